"""Softlinx ReplixFax: SOAP, the mark flag, and URL callbacks with their 12 attempts."""

from local.simulators.softlinx.options import SoftlinxAccount, SoftlinxOptions
from local.simulators.softlinx.service import SoapRequest
from local.simulators.softlinx.simulator import SoftlinxSimulator
from local.simulators.softlinx.times import RowTimes

__all__ = ["RowTimes", "SoapRequest", "SoftlinxAccount", "SoftlinxOptions", "SoftlinxSimulator"]
