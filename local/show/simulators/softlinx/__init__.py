"""Softlinx ReplixFax: SOAP and REST, the mark flag, documents, and URL callbacks with their 12 attempts."""

from local.show.simulators.softlinx.api_faults import ApiFaults
from local.show.simulators.softlinx.faxes import SoftlinxFax
from local.show.simulators.softlinx.options import SoftlinxCustomer, SoftlinxOptions, XopStyle
from local.show.simulators.softlinx.realm import SoftlinxShelves
from local.show.simulators.softlinx.rest_service import RestRequest
from local.show.simulators.softlinx.sends import AcceptedSend, ApiKind, Attachment, SendRecipient
from local.show.simulators.softlinx.simulator import SoftlinxSimulator
from local.show.simulators.softlinx.soap_service import SoapRequest
from local.show.simulators.softlinx.times import RowTimes

__all__ = [
    "AcceptedSend",
    "ApiFaults",
    "ApiKind",
    "Attachment",
    "RestRequest",
    "RowTimes",
    "SendRecipient",
    "SoapRequest",
    "SoftlinxCustomer",
    "SoftlinxFax",
    "SoftlinxOptions",
    "SoftlinxShelves",
    "SoftlinxSimulator",
    "XopStyle",
]
