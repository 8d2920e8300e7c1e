"""What a caller asks for, by the names that both APIs give its values, and the readers these share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from local.show.simulators.softlinx.refusals import BadArgument
from local.show.simulators.softlinx.times import read_date

_BOOLEANS = {"true": True, "false": False}


class NamedValues(Protocol):
    def text(self, name: str) -> str:
        """The value of that name, empty when it is absent."""
        ...

    def texts(self, name: str) -> Sequence[str]:
        """All values of a name that may repeat."""
        ...


def read_fax_id(text: str) -> int:
    """Raises `BadArgument`."""
    if not (text.isascii() and text.isdecimal()):
        raise BadArgument("Invalid FaxId")
    return int(text)


def read_boolean(values: NamedValues, name: str) -> bool:
    """Raises `BadArgument`; booleans are the words `true` and `false` (doc)."""
    try:
        return _BOOLEANS[values.text(name)]
    except KeyError:
        raise BadArgument(f"Invalid {name}") from None


def read_moment(values: NamedValues, name: str) -> datetime | None:
    """Raises `BadArgument`; a date without a zone is US Eastern (doc)."""
    text = values.text(name)
    try:
        return read_date(text) if text else None
    except ValueError:
        raise BadArgument(f"Invalid {name}") from None
