"""The REST API of Softlinx ReplixFax."""

from faxledger.providers.softlinx.rest.client import SoftlinxRest

__all__ = ["SoftlinxRest"]
