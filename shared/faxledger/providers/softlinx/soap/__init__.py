"""The SOAP API of Softlinx ReplixFax."""

from faxledger.providers.softlinx.soap.client import Page, Session, SoftlinxSoap

__all__ = ["Page", "Session", "SoftlinxSoap"]
