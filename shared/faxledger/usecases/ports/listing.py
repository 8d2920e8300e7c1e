"""Which faxes there were: the listing that people and programs page through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from faxledger.domain.fax import Direction, FailureClass, Provider, Source, Status
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission, SubmissionState


@dataclass(frozen=True, slots=True, repr=False)
class Listing:
    """Which faxes and submissions to list: those of [since, until), newest first; None means any.

    A fax counts by when it was completed, without such a time by when it was settled, and unsettled by when
    it was submitted or first heard of; a submission by when it was accepted. `number` is the other side's, in
    any spelling. `state` is one that only a submission has. The unfinished have no final status yet, or owe
    something; they come in the order in which they are due, the latest first, and so do those of which a mark
    or a document was given up. The incomplete were sent, but not all of their pages. Those in conflict have
    two ends, and no person has said which is right.
    """

    status: Status | None = None
    state: SubmissionState | None = None
    since: datetime | None = None
    until: datetime | None = None
    reference: str | None = None
    provider: Provider | None = None
    direction: Direction | None = None
    user: str | None = None
    settled_by: Source | None = None
    failure_class: FailureClass | None = None
    number: str | None = None
    is_unfinished: bool = False
    is_given_up: bool = False
    is_incomplete: bool = False
    is_in_conflict: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """A fax, or a submission that is not joined with one; `cursor` goes on behind it.

    `look_at` is as in `AmendedFax`.
    """

    entry: Fax | Submission
    cursor: str
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ListedPage:
    """Some of a listing. Without a `cursor` this was its end, with one there may be more."""

    listed: tuple[Listed, ...]
    cursor: str | None

    @property
    def faxes(self) -> tuple[Fax, ...]:
        return tuple(one.entry for one in self.listed if isinstance(one.entry, Fax))


class FaxListing(Protocol):
    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedPage:
        """At most `limit` entries; fewer, or none, with a cursor where looking further would take too long.

        Raises `MalformedInput` for a cursor that is not one of ours, and `LedgerUnavailable`.
        """
