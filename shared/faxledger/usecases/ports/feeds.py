"""Feeds that are read by days, under an allowance."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from faxledger.domain.coverage import Days, FeedProgress
from faxledger.domain.report import Report, Unreadable


class FeedProgresses(Protocol):
    """How far each feed has been read. Every method raises `LedgerUnavailable`."""

    def read(self, feed: str) -> FeedProgress | None: ...

    def write(self, feed: str, progress: FeedProgress) -> None:
        """Keep the progress, unless one of the same or a later revision stands."""


class FeedMemory(Protocol):
    """Something to remember from one reading of a feed to the next. Raises `DocumentsUnavailable`.

    Forgetting is harmless, and costs what remembering saves.
    """

    def recall(self, feed: str) -> bytes | None: ...

    def keep(self, feed: str, content: bytes) -> None: ...


class FeedRow(Protocol):
    """One row; `digest` is the same, in 64 bits, for a row that reads the same in all its parts."""

    @property
    def digest(self) -> int: ...

    def read(self) -> Report | Unreadable:
        """What the row says; made when asked for."""


class FeedRows(Protocol):
    def window(self, days: Days, *, leave_by: datetime) -> Iterator[FeedRow]:
        """The faxes of these days, by one request.

        Raises `RequestTooLate` if the request could not leave by `leave_by`, and then none was made;
        `AskedTooSoon` if the allowance was used up by somebody else; `ProviderError` otherwise, possibly
        after some rows.
        """


class Feed(Protocol):
    def ready(self) -> FeedRows:
        """With whatever a request needs at hand, before its moment comes. Raises `SecretUnavailable`."""
