"""Pages of the sharded indexes, newest first: all partitions of a listing read side by side, within a bound.

A position in an index ends in an id, so it is unique, and one position cuts all partitions alike: a cursor is
the position of the last entry that was looked at.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from faxledger.domain.timestamps import timestamp
from faxledger.errors import ItemUnreadable, MalformedInput
from faxledger.ledger import keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.reading import KEYS_AT_ONCE, Item, items_behind, name_of
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.world import Clock

# So many entries of an index one request examines at most, whatever is asked.
MOST_EXAMINED: Final = 2_000
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
# As many partitions are asked at once as one unfiltered listing has.
_SIDE_BY_SIDE: Final = 16

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class IndexRange:
    """Where in an index to look: its partitions, and the positions in [since, before)."""

    index: keys.Index
    partitions: tuple[str, ...]
    since: str
    before: str


@dataclass(slots=True)
class _Partition:
    """One partition of an index, read from its newest entry on; `start` is None at its end."""

    name: str
    entries: deque[Item] = field(default_factory=deque)
    start: Mapping[str, Any] | None = field(default_factory=dict)


class NewestFirst:
    """The entries of a range, newest first, up to so many in all; those that were read and left count.

    `position` is that of the last entry that was given.
    """

    def __init__(self, table: Table, where: IndexRange, most: int) -> None:
        self._table = table
        self._where = where
        self._left = most
        self._partitions = [_Partition(name) for name in where.partitions]
        self._share = max(1, min(KEYS_AT_ONCE, most // (2 * len(self._partitions))))
        self.position: str | None = None
        self._read(self._partitions)

    @property
    def is_at_end(self) -> bool:
        return all(part.start is None and not part.entries for part in self._partitions)

    def next(self, most: int) -> list[Item]:
        """The next entries; none at the end, or where no more may be read."""
        found: list[Item] = []
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

    def _position_of(self, entry: Item) -> str:
        return str(entry[self._where.index.sort]["S"])


def page_of(
    table: Table,
    clock: Clock,
    index: keys.Index,
    partitions: Sequence[str],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Item], str | None]:
    """The items of these partitions together where every one is wanted, and the cursor of the next page.

    A page may be shorter: what has left the index meanwhile is left out. Raises `MalformedInput` for a cursor
    that is none, `LedgerUnavailable`.
    """
    before = timestamp(NEVER) if cursor is None else read_cursor(cursor, _moment_of)
    where = IndexRange(index, tuple(partitions), timestamp(EVER), before)
    entries = NewestFirst(table, where, MOST_EXAMINED).next(limit + 1)
    more = write_cursor(entries[limit - 1][index.sort]["S"]) if len(entries) > limit else None
    behind = items_behind(table, clock, entries[:limit])
    return [item for item in behind if index.partition in item], more


@dataclass(frozen=True, slots=True)
class Match(Generic[Found]):
    """What stands behind an entry that is wanted; `cursor` goes on behind it."""

    found: Found
    cursor: str


def matching_page(
    table: Table,
    clock: Clock,
    where: IndexRange,
    *,
    limit: int,
    cursor: str | None,
    most_examined: int,
    decoded: Callable[[Item], Found | None],
    may_match: Callable[[Item], bool] = lambda _: True,
) -> tuple[Sequence[Match[Found]], str | None]:
    """The items of a range that are wanted, newest first, and the cursor of the next page.

    `cursor` is that of the page before, which `where` begins behind. `decoded` gives None for an item that is
    not wanted, as it is by now: an index lags behind. Of an entry for which `may_match` is False no item is
    read. Whatever is asked, a bounded number of entries is examined: a page may be short, or empty, and have
    others behind it. Raises `LedgerUnavailable`.
    """
    if where.before <= where.since or not where.partitions:
        return (), None
    search = NewestFirst(table, where, most_examined)
    found: dict[tuple[str, str], Match[Found]] = {}
    # One more than the page tells whether there is another. Mostly that many will do.
    at_once = min(limit + 1, KEYS_AT_ONCE)
    while len(found) <= limit and (entries := search.next(at_once)):
        at_once = KEYS_AT_ONCE
        entries = [entry for entry in entries if may_match(entry)]
        by_name = {name_of(item): item for item in items_behind(table, clock, entries)}
        for entry in entries:
            name, position = name_of(entry), entry[where.index.sort]["S"]
            # Whatever moved in the index while it was read may stand there twice; what is gone is gone, and
            # what lacks what made the index list it has left it.
            if name in found or (item := by_name.get(name)) is None or where.index.partition not in item:
                continue
            try:
                known = decoded(item)
            except ItemUnreadable as error:
                table.unreadable(error)
                continue
            if known is not None:
                found[name] = Match(known, write_cursor(position))
    shown = tuple(islice(found.values(), limit))
    if len(found) > limit:
        return shown, shown[-1].cursor
    if search.is_at_end:
        return shown, None
    return shown, cursor if search.position is None else write_cursor(search.position)


def write_cursor(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def read_cursor(cursor: str, rebuilt: Callable[[str, str], str]) -> str:
    """The position in it.

    Raises `MalformedInput` unless the position is what `rebuilt` makes of its moment and its name; so may
    `rebuilt` itself, and `ValueError`.
    """
    try:
        position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, name = position.partition("#")
        is_ours = bool(name) and rebuilt(moment, name) == position
    except (BadBase64, ValueError, OverflowError, MalformedInput):
        is_ours, position = False, ""
    if not is_ours:
        raise MalformedInput("cursor", "is not one of ours: give the cursor of the page before")
    return position


def _moment_of(moment: str, name: str) -> str:
    return f"{timestamp(datetime.fromisoformat(moment))}#{name}"
