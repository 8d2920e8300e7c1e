"""What the bundle on this machine is called, where a deployed stack has its name."""

from typing import Final

STACK: Final = "faxledger"
