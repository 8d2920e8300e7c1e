"""Softlinx ReplixFax: SOAP and REST, the mark flag, documents, and URL callbacks with their 12 attempts."""

from local.show.simulators.softlinx.options import SoftlinxAccount, SoftlinxOptions, XopStyle
from local.show.simulators.softlinx.orders import Api, Attachment, Order, Recipient
from local.show.simulators.softlinx.rest import RestRequest
from local.show.simulators.softlinx.service import SoapRequest
from local.show.simulators.softlinx.simulator import SoftlinxSimulator
from local.show.simulators.softlinx.times import RowTimes
from local.show.simulators.softlinx.trouble import ApiFaults

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
