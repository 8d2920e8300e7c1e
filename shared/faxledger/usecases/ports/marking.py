"""Providers that offer a fax until it is marked."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from faxledger.domain.report import Fax, Report, Unreadable


@dataclass(frozen=True, slots=True)
class Offer:
    """One query for unmarked faxes. One with `every` is asked at most once in that time.

    One that `looks_back` is for marked ones too, from a position on, and asked only where one was kept: a
    ledger that came back from a backup does not know of faxes that were marked since.
    """

    name: str
    every: timedelta | None = None
    looks_back: bool = False


@dataclass(frozen=True, slots=True)
class OfferedPage:
    """`position` is where a later query may go on behind this page, as text that sorts as it advances.

    None where marks see to it that nothing is read twice.
    """

    reports: tuple[Report, ...]
    unreadable: tuple[Unreadable, ...]
    position: str | None = None


class MarkingSession(Protocol):
    """One login at a provider that offers every fax again until it is marked as handled.

    `mark` may be called by several threads at once.
    """

    def pages(self, offer: Offer, *, after: str | None = None) -> Iterator[OfferedPage]:
        """The faxes of one query, page by page, from a page's position on. Raises `ProviderError`."""

    def find(self, fax: Fax) -> Report | Unreadable | None:
        """What is said of one fax, marked or not; None where it is not known. Raises `ProviderError`."""

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        """Set the fax's mark, or take it back; doing so again is harmless. Raises `ProviderError`."""


class MarkingProvider(Protocol):
    """A provider that keeps a mark on each fax; `offers` are its queries in the order to ask them."""

    @property
    def name(self) -> str: ...

    @property
    def offers(self) -> Sequence[Offer]: ...

    def session(self, *, patience: float = 0.0) -> AbstractContextManager[MarkingSession]:
        """Log in, and out at the end. Raises `ProviderError`.

        In the first `patience` seconds what failed for the moment is tried again.
        """
