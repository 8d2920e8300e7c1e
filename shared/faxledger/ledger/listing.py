"""Pages of faxes and submissions, newest first: ids from the sharded indexes, and the items behind them.

Whatever is asked, a request examines a bounded number of entries, and answers what it has found with a
cursor.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.numbers import canonical
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission
from faxledger.domain.submission_ids import is_submission_id
from faxledger.domain.timestamps import timestamp
from faxledger.errors import MalformedInput
from faxledger.ledger import items, keys, submissions
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.reading import items_behind
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.listing import Listed, ListedPage, Listing
from faxledger.usecases.ports.world import Clock

# So many entries of an index one request examines at most, whatever is asked.
MOST_EXAMINED: Final = 2_000
# As many partitions are asked at once as one unfiltered listing has.
_SIDE_BY_SIDE: Final = 16
# BatchGetItem takes at most so many keys (DynamoDB's API reference).
_ITEMS_AT_ONCE: Final = 100
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
# What reading an item raises that is not as this version or the one before writes it.
_UNREADABLE: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError, MalformedInput)
_DIRECTION_OF: Final = {
    Status.SENT: Direction.OUTBOUND,
    Status.FAILED: Direction.OUTBOUND,
    Status.RECEIVED: Direction.INBOUND,
    Status.RECEIVED_PARTIAL: Direction.INBOUND,
}
# A received fax that broke off says why as well.
_FAILED: Final = frozenset({Status.FAILED, Status.RECEIVED_PARTIAL})

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Range:
    """Where in an index to look: its partitions, and the positions in [since, before)."""

    index: keys.Index
    partitions: tuple[str, ...]
    since: str
    before: str


@dataclass(slots=True)
class _Partition:
    """One partition of an index, read from its newest entry on; `start` is None at its end."""

    name: str
    entries: deque[Entry] = field(default_factory=deque)
    start: Mapping[str, Any] | None = field(default_factory=dict)


class DynamoFaxListing:
    """Implements `FaxListing`.

    A position in an index ends in an id, so it is unique, and one position cuts all partitions alike: the
    cursor is the position of the last entry that was looked at.
    """

    def __init__(self, table: Table, clock: Clock, *, most_examined: int = MOST_EXAMINED) -> None:
        self._table = table
        self._clock = clock
        self._most_examined = most_examined

    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedPage:
        where = _where(listing, _read_cursor(cursor) if cursor else None)
        if where.before <= where.since or not where.partitions:
            return ListedPage((), None)
        search = _Search(self._table, where, self._most_examined)
        found: dict[str, Listed] = {}
        unreadable: list[str] = []
        # One more than the page tells whether there is another. Mostly that many will do.
        at_once = min(limit + 1, _ITEMS_AT_ONCE)
        while len(found) <= limit and (entries := search.next(at_once)):
            at_once = _ITEMS_AT_ONCE
            by_key = {item["pk"]["S"]: item for item in items_behind(self._table, self._clock, entries)}
            for entry in entries:
                key, position = entry["pk"]["S"], entry[where.index.sort]["S"]
                # Whatever moved in the index while it was read may stand there twice; what is gone is gone.
                if key in found or (item := by_key.get(key)) is None:
                    continue
                try:
                    known = _decode(item)
                except _UNREADABLE:
                    unreadable.append(_public_id_in(key))
                    continue
                if known is not None and _stands_in(item, where, listing) and _matches(known, listing):
                    found[key] = Listed(known, _write_cursor(position), keys.look_at_of(item))
        shown = tuple(islice(found.values(), limit))
        if len(found) > limit:
            more: str | None = shown[-1].cursor
        elif search.is_at_end:
            more = None
        else:
            more = cursor if search.position is None else _write_cursor(search.position)
        return ListedPage(shown, more, tuple(unreadable))


class _Search:
    """The entries of a range, newest first, up to so many in all; those that were read and left count.

    `position` is that of the last entry that was given.
    """

    def __init__(self, table: Table, where: _Range, most: int) -> None:
        self._table = table
        self._where = where
        self._left = most
        self._partitions = [_Partition(name) for name in where.partitions]
        self._share = max(1, min(_ITEMS_AT_ONCE, most // (2 * len(self._partitions))))
        self.position: str | None = None
        self._read(self._partitions)

    @property
    def is_at_end(self) -> bool:
        return all(part.start is None and not part.entries for part in self._partitions)

    def next(self, most: int) -> list[Entry]:
        """The next entries; none at the end, or where no more may be read."""
        found: list[Entry] = []
        while len(found) < most and self._may_go_on():
            waiting = [part for part in self._partitions if part.entries]
            if not waiting:
                break
            entry = max(waiting, key=lambda part: self._position_of(part.entries[0])).entries.popleft()
            self.position = self._position_of(entry)
            found.append(entry)
        return found

    def _may_go_on(self) -> bool:
        """Whether it is known of every partition what comes next, after reading on where it was not."""
        while dry := [part for part in self._partitions if not part.entries and part.start is not None]:
            if self._left < len(dry):
                return False
            self._read(dry)
        return True

    def _read(self, partitions: Sequence[_Partition]) -> None:
        share = min(self._share, self._left // len(partitions))
        if len(partitions) == 1:
            answers = [self._query(partitions[0], share)]
        else:
            with ThreadPoolExecutor(min(len(partitions), _SIDE_BY_SIDE)) as pool:
                answers = list(pool.map(lambda part: self._query(part, share), partitions))
        for part, answer in zip(partitions, answers, strict=True):
            # A page may be empty and have others behind it.
            self._left -= max(1, len(answer["Items"]))
            # BETWEEN includes both ends.
            part.entries.extend(one for one in answer["Items"] if self._position_of(one) < self._where.before)
            part.start = answer.get("LastEvaluatedKey")

    def _query(self, part: _Partition, most: int) -> Mapping[str, Any]:
        index = self._where.index
        with ledger_errors():
            answer: Mapping[str, Any] = self._table.client.query(
                TableName=self._table.name,
                IndexName=index.name,
                KeyConditionExpression="#partition = :partition AND #sort BETWEEN :since AND :before",
                ExpressionAttributeNames={"#partition": index.partition, "#sort": index.sort},
                ExpressionAttributeValues={
                    ":partition": to_attribute(part.name),
                    ":since": to_attribute(self._where.since),
                    ":before": to_attribute(self._where.before),
                },
                ScanIndexForward=False,
                Limit=most,
                **({"ExclusiveStartKey": part.start} if part.start else {}),
            )
        return answer

    def _position_of(self, entry: Entry) -> str:
        return str(entry[self._where.index.sort]["S"])


def _where(listing: Listing, position: str | None) -> _Range:
    since, until = listing.since or _EVER, listing.until or _NEVER
    index, partitions = _partitions_of(listing)
    if index is keys.DUE:
        # These stand in the order they are due in; `_matches` sees to when they were completed.
        since, until = _EVER, _NEVER
    before = timestamp(until)
    return _Range(
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
    if listing.is_unfinished:
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
    implied = _DIRECTION_OF.get(listing.status) if listing.status else None
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


def _public_id_in(key: str) -> str:
    """The id of a fax or a submission, without looking whether it can be one."""
    return key.partition("#")[2].replace("#", ".")


def _decode(item: Mapping[str, Any]) -> Fax | Submission | None:
    """None for what is neither: other things stand in the same indexes."""
    if keys.is_fax(item):
        return items.decode(item)
    return submissions.decode(item) if submissions.is_submission(item) else None


def _stands_in(item: Mapping[str, Any], where: _Range, listing: Listing) -> bool:
    """Whether it still has what made the index list it, and is unfinished where that is asked."""
    is_unfinished = keys.DUE.partition in item
    return where.index.partition in item and (is_unfinished or not listing.is_unfinished)


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
        and (not listing.is_unfinished or _was_within(known, listing))
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
    return (listing.since or _EVER) <= moment < (listing.until or _NEVER)


def _write_cursor(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    try:
        position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, public_id = position.partition("#")
        named = public_id if is_submission_id(public_id) else str(FaxId.parse(public_id))
        rebuilt = keys.position(datetime.fromisoformat(moment), named)
    except (BadBase64, ValueError, OverflowError, MalformedInput):
        rebuilt = position = ""
    if not position or rebuilt != position:
        raise MalformedInput("cursor", "is not one of ours: give the cursor of the page before")
    return position
