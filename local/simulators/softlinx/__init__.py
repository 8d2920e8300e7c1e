"""Softlinx ReplixFax: SOAP and REST, the mark flag, documents, and URL callbacks with their 12 attempts."""

from local.simulators.softlinx.options import SoftlinxAccount, SoftlinxOptions, XopStyle
from local.simulators.softlinx.orders import Api, Attachment, Order, Recipient
from local.simulators.softlinx.rest import RestRequest
from local.simulators.softlinx.service import SoapRequest
from local.simulators.softlinx.simulator import SoftlinxSimulator
from local.simulators.softlinx.times import RowTimes
from local.simulators.softlinx.trouble import ApiFaults

__all__ = [
    "Api",
    "ApiFaults",
    "Attachment",
    "Order",
    "Recipient",
    "RestRequest",
    "RowTimes",
    "SoapRequest",
    "SoftlinxAccount",
    "SoftlinxOptions",
    "SoftlinxSimulator",
    "XopStyle",
]
