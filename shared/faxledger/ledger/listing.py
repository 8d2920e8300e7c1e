"""Pages of faxes and submissions, newest first: ids from the sharded indexes, and the items behind them.

Whatever is asked, a request examines a bounded number of entries, and answers what it has found with a
cursor.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.numbers import canonical
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission
from faxledger.domain.submission_ids import is_submission_id
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys, submissions
from faxledger.ledger.index_pages import (
    EVER,
    MOST_EXAMINED,
    NEVER,
    IndexRange,
    Match,
    matching_page,
    read_cursor,
)
from faxledger.ledger.reading import Item
from faxledger.ledger.table import Table
from faxledger.usecases.ports.listing import Listed, ListedPage, Listing
from faxledger.usecases.ports.world import Clock

_DIRECTION_OF: Final = {
    Status.SENT: Direction.OUTBOUND,
    Status.FAILED: Direction.OUTBOUND,
    Status.RECEIVED: Direction.INBOUND,
    Status.RECEIVED_PARTIAL: Direction.INBOUND,
}
# A received fax that broke off says why as well.
_FAILED: Final = frozenset({Status.FAILED, Status.RECEIVED_PARTIAL})


class DynamoFaxListing:
    """Implements `FaxListing`."""

    def __init__(self, table: Table, clock: Clock, *, most_examined: int = MOST_EXAMINED) -> None:
        self._table = table
        self._clock = clock
        self._most_examined = most_examined

    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedPage:
        def decoded(item: Item) -> tuple[Fax | Submission, datetime | None] | None:
            known = _decode(item)
            if known is None or not _is_meant(item, known, listing):
                return None
            return known, keys.look_at_of(item)

        matches, more = matching_page(
            self._table,
            self._clock,
            _where(listing, read_cursor(cursor, _position_in) if cursor else None),
            limit=limit,
            cursor=cursor,
            most_examined=self._most_examined,
            decoded=decoded,
        )
        return ListedPage(tuple(_listed(match) for match in matches), more)


def _where(listing: Listing, position: str | None) -> IndexRange:
    since, until = listing.since or EVER, listing.until or NEVER
    index, partitions = _partitions_of(listing)
    if index is keys.DUE:
        # These stand in the order they are due in; `_matches` sees to when they were completed.
        since, until = EVER, NEVER
    before = timestamp(until)
    return IndexRange(
        index, tuple(partitions), timestamp(since), before if position is None else min(before, position)
    )


def _partitions_of(listing: Listing) -> tuple[keys.Index, list[str]]:
    """The index that leaves least to be examined, and where in it to look."""
    shards = range(keys.SHARDS)
    if listing.number is not None:
        return keys.BY_NUMBER, [keys.number_partition(listing.number)]
    if listing.reference is not None:
        kept = items.as_kept(listing.reference) or ""
        return keys.BY_REFERENCE, [keys.reference_partition(kept, shard) for shard in shards]
    if listing.is_unfinished or listing.is_given_up:
        # What was given up stays there for as long as it waits for a person.
        return keys.DUE, keys.due_partitions(keys.DUE_FAX)
    providers = [listing.provider] if listing.provider else list(Provider)
    by_status = [
        partition
        for provider in providers
        for word in _listed_as(listing)
        for shard in shards
        if (partition := keys.status_partition(provider, word, shard)) is not None
    ]
    if by_status:
        return keys.BY_STATUS, by_status
    status = Status.SENT if listing.is_incomplete else listing.status
    implied = _DIRECTION_OF.get(status) if status else None
    return keys.BY_TIME, [
        keys.time_partition(provider, direction, shard)
        for provider in providers
        for direction in Direction
        if listing.direction in (None, direction) and implied in (None, direction)
        for shard in shards
    ]


def _listed_as(listing: Listing) -> Sequence[str]:
    """As what the faxes and submissions of a status or state stand in the index of statuses."""
    if listing.state is not None:
        return [submissions.listed_as(listing.state)]
    if listing.status is None:
        return [] if listing.failure_class is None else [*submissions.AS_FAILED, Status.RECEIVED_PARTIAL]
    return submissions.AS_FAILED if listing.status is Status.FAILED else [listing.status]


def _decode(item: Mapping[str, Any]) -> Fax | Submission | None:
    """None for what is neither: other things stand in the same indexes."""
    if keys.is_fax(item):
        return items.decode(item)
    return submissions.decode(item) if submissions.is_submission(item) else None


def _listed(match: Match[tuple[Fax | Submission, datetime | None]]) -> Listed:
    known, look_at = match.found
    return Listed(known, match.cursor, look_at)


def _is_meant(item: Mapping[str, Any], known: Fax | Submission, listing: Listing) -> bool:
    # Where another index is asked than that of what is due, the item says what is unfinished.
    return (keys.DUE.partition in item or not listing.is_unfinished) and _matches(known, listing)


def _matches(known: Fax | Submission, listing: Listing) -> bool:
    """Whether it is meant, as it is by now: an index lags behind, and decides only some of it."""
    facts = known.facts
    if isinstance(known, Fax):
        provider, direction, settled_by = known.id.provider, known.id.direction, known.settled_by
    else:
        provider, direction = known.provider, Direction.OUTBOUND
        settled_by = Source.HANDOVER if known.status is Status.FAILED else None
    number = facts.to_number if direction is Direction.OUTBOUND else facts.from_number
    return (
        listing.provider in (None, provider)
        and listing.direction in (None, direction)
        and listing.status in (None, known.status)
        and (listing.state is None or (isinstance(known, Submission) and known.state is listing.state))
        and (listing.reference is None or facts.reference == items.as_kept(listing.reference))
        and (listing.user is None or (facts.user or "").casefold() == listing.user.casefold())
        and listing.settled_by in (None, settled_by)
        and listing.failure_class in (None, _failed_as(known))
        and (listing.number is None or canonical(number or "") == canonical(listing.number))
        and (not listing.is_incomplete or (isinstance(known, Fax) and known.is_incomplete))
        and (not listing.is_in_conflict or (isinstance(known, Fax) and known.has_open_conflict))
        and (not listing.is_given_up or (isinstance(known, Fax) and bool(known.given_up)))
        and (not (listing.is_unfinished or listing.is_given_up) or _was_within(known, listing))
    )


def _failed_as(known: Fax | Submission) -> FailureClass | None:
    """Its class while its status, which a person may have amended, is one that has one."""
    if known.status not in _FAILED or known.failure is None:
        return None
    return known.failure.failure_class


def _was_within(known: Fax | Submission, listing: Listing) -> bool:
    if isinstance(known, Submission):
        moment: datetime | None = known.accepted_at
    else:
        moment = known.completed_at or known.settled_at or known.submitted_at
    if moment is None:
        return listing.since is None and listing.until is None
    return (listing.since or EVER) <= moment < (listing.until or NEVER)


def _position_in(moment: str, name: str) -> str:
    """As the indexes write it, of what a cursor says."""
    public_id = name if is_submission_id(name) else str(FaxId.parse(name))
    return keys.position(datetime.fromisoformat(moment), public_id)
