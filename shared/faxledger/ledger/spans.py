"""Everything that counts to a span of time, partition by partition of the indexes, and the items behind.

A lane is one partition of one index. Of each a page is held at a time, so that a day may have any number of
faxes. Where an entry stands says which span it counts to; what it is, its item says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any, Final

from faxledger.domain.fax import Direction, FaxId, Provider, Status
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.domain.submission import Submission
from faxledger.domain.submission_ids import is_submission_id
from faxledger.domain.tallies import Flow, Owed, flow_of
from faxledger.domain.timestamps import timestamp
from faxledger.errors import ItemUnreadable
from faxledger.ledger import deliveries, items, keys, submissions
from faxledger.ledger.attributes import to_attributes
from faxledger.ledger.index_pages import EVER, NEVER
from faxledger.ledger.reading import Item, items_behind
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.reconciling import LanePage
from faxledger.usecases.ports.world import Clock

# Entries hold keys alone, about 150 bytes each; the items behind are read a hundred at a time.
_ENTRIES: Final = 500
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Lane:
    """One partition: where in it a span's entries stand, and what is counted of them."""

    index: keys.Index
    partition: str
    bounds: Callable[[Span], tuple[str, str]]
    counted: Callable[[DynamoSpanReading, Span, Sequence[Item], str | None], LanePage]


class DynamoSpanReading:
    """Implements `SpanReading`."""

    def __init__(self, table: Table, clock: Clock, *, entries: int = _ENTRIES) -> None:
        self._table = table
        self._clock = clock
        self._entries = entries

    def lanes(self) -> Sequence[str]:
        return list(_LANES)

    def page(self, lane: str, span: Span, *, after: str | None) -> LanePage:
        where = _LANES[lane]
        since, before = where.bounds(span)
        with ledger_errors():
            answer = self._table.client.query(
                TableName=self._table.name,
                IndexName=where.index.name,
                KeyConditionExpression="#partition = :partition AND #sort BETWEEN :since AND :before",
                ExpressionAttributeNames={"#partition": where.index.partition, "#sort": where.index.sort},
                ExpressionAttributeValues=to_attributes(
                    {":partition": where.partition, ":since": after or since, ":before": before}
                ),
                Limit=self._entries,
            )
        sort = where.index.sort
        # BETWEEN includes both ends: no entry is given twice, and none that stands at the end.
        entries = [one for one in answer["Items"] if (after or "") < one[sort]["S"] < before]
        start = answer.get("LastEvaluatedKey")
        return where.counted(self, span, entries, start and start[sort]["S"])

    def of_time(self, _: Span, entries: Sequence[Item], position: str | None) -> LanePage:
        found, unreadable = self._known(entries, keys.BY_TIME)
        return LanePage(position, found=found, unreadable_items=unreadable)

    def open_before(self, _: Span, entries: Sequence[Item], position: str | None) -> LanePage:
        found, unreadable = self._known(entries, keys.BY_STATUS)
        is_open = [one for one in found if one.status is Status.SUBMITTED]
        return LanePage(position, open_before=len(is_open), unreadable_items=unreadable)

    def set_aside(self, _: Span, entries: Sequence[Item], position: str | None) -> LanePage:
        return LanePage(position, set_aside=len(entries))

    def undelivered(self, span: Span, entries: Sequence[Item], position: str | None) -> LanePage:
        return self._owed(Owed.UNDELIVERED, span, entries, position)

    def deliveries_given_up(self, span: Span, entries: Sequence[Item], position: str | None) -> LanePage:
        return self._owed(Owed.DELIVERIES_GIVEN_UP, span, entries, position)

    def _known(self, entries: Sequence[Item], index: keys.Index) -> tuple[list[Fax | Submission], int]:
        """What stands there by now, and how many items can't be read.

        An index lags: what has moved meanwhile counts where it stands now, also where it is listed twice.
        """
        listed = {(entry["pk"]["S"], entry[index.sort]["S"]) for entry in entries}
        found: list[Fax | Submission] = []
        unreadable = 0
        for item in items_behind(self._table, self._clock, entries):
            if index.partition not in item or (item["pk"]["S"], item[index.sort]["S"]) not in listed:
                continue
            try:
                found += _decode(item)
            except ItemUnreadable as error:
                self._table.unreadable(error)
                unreadable += 1
        return found, unreadable

    def _owed(self, owed: Owed, span: Span, entries: Sequence[Item], position: str | None) -> LanePage:
        """A delivery counts to the span of its fax, which its own key names; that of a closed day to none."""
        of_fax = Counter(filter(None, map(_told_of, entries)))
        since, before = _within(span)
        flows: Counter[tuple[Flow, Owed]] = Counter()
        for item in items_behind(self._table, self._clock, map(_key_of, of_fax)):
            if not since <= item.get(keys.BY_TIME.sort, {}).get("S", "") < before:
                continue
            for one in self._decoded(item):
                flows[flow_of(one), owed] += of_fax[str(one.id)]
        return LanePage(position, owed=flows)

    def _decoded(self, item: Item) -> list[Fax | Submission]:
        try:
            return _decode(item)
        except ItemUnreadable:
            # It is counted where it stands itself.
            return []


def _told_of(entry: Item) -> str | None:
    """The fax that a delivery is about, or the failed submission, whose id stands in the place of a job's."""
    fax = deliveries.subject_in(entry)
    if not isinstance(fax, FaxId):
        return None
    return fax.job_id if is_submission_id(fax.job_id) else str(fax)


def _key_of(id_: str) -> dict[str, Any]:
    return submissions.key_of(id_) if is_submission_id(id_) else keys.of_fax(FaxId.parse(id_))


def _decode(item: Item) -> list[Fax | Submission]:
    if keys.is_fax(item):
        return [items.decode(item)]
    return [submissions.decode(item)] if submissions.is_submission(item) else []


def _within(span: Span) -> tuple[str, str]:
    return timestamp(span.since), timestamp(span.until)


def _the_day_before(span: Span) -> tuple[str, str]:
    return timestamp(span.since - _DAY), timestamp(span.since)


def _until_a_day_later(span: Span) -> tuple[str, str]:
    """For so long what nobody can read may be the first that was heard of a fax of the span."""
    return timestamp(span.since), timestamp(span.until + _DAY)


def _since(span: Span) -> tuple[str, str]:
    return timestamp(span.since), timestamp(NEVER)


def _ever(_: Span) -> tuple[str, str]:
    return timestamp(EVER), timestamp(NEVER)


def _lanes() -> Iterator[_Lane]:
    shards = range(keys.SHARDS)
    reading = DynamoSpanReading
    for provider, direction, shard in product(Provider, Direction, shards):
        name = keys.time_partition(provider, direction, shard)
        yield _Lane(keys.BY_TIME, name, _within, reading.of_time)
    for provider, shard in product(Provider, shards):
        if open_ones := keys.status_partition(provider, Status.SUBMITTED, shard):
            yield _Lane(keys.BY_STATUS, open_ones, _the_day_before, reading.open_before)
    for shard in shards:
        name = keys.unreadable_partition(shard)
        yield _Lane(keys.BY_STATUS, name, _until_a_day_later, reading.set_aside)
        # No delivery is given up before its fax has come to its end.
        name = keys.given_up_partition(shard)
        yield _Lane(keys.BY_STATUS, name, _since, reading.deliveries_given_up)
    for name in keys.due_partitions(keys.DUE_DELIVERY):
        yield _Lane(keys.DUE, name, _ever, reading.undelivered)


_LANES: Final = {f"{lane.index.name} {lane.partition}": lane for lane in _lanes()}
