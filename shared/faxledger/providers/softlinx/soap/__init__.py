"""The SOAP API of Softlinx ReplixFax."""

from faxledger.providers.softlinx.api import Page
from faxledger.providers.softlinx.soap.client import Session, SoftlinxSoap

__all__ = ["Page", "Session", "SoftlinxSoap"]
