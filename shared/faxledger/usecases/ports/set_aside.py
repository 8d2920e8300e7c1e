"""What nobody could read, for the person who has a look at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from faxledger.domain.report import Unreadable


@dataclass(frozen=True, slots=True, repr=False)
class SetAside:
    """The same bytes from the same origin are kept once, under their hash, and counted."""

    id: str
    unreadable: Unreadable
    first_seen_at: datetime
    last_seen_at: datetime
    times: int


@dataclass(frozen=True, slots=True, repr=False)
class ListedSetAside:
    found: Sequence[SetAside]
    cursor: str | None


class SetAsides(Protocol):
    """Every method raises `LedgerUnavailable`."""

    def find(self, id_: str) -> SetAside | None: ...

    def page(self, *, limit: int, cursor: str | None) -> ListedSetAside:
        """Those that were seen first last come first. Raises `MalformedInput` for a strange cursor."""
