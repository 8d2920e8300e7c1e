"""The chain of closed days: it is what lies in the bucket, and what the ledger knows of it follows from that.

A run may end between any two steps: the record is written, the head goes on to it, the day's item names it.
So each run begins with what lies in the bucket and is not known yet. That holds for a ledger that came back
from a backup, too, which knows less than the bucket.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from faxledger.domain.closed_days import (
    ChainHead,
    ChainLink,
    ClosedDay,
    DayRecord,
    DayVersion,
    in_order,
    link_of,
)
from faxledger.errors import ChainBroken, MalformedInput
from faxledger.usecases.ports.closing import ClosedDays, DayRecords


@dataclass(slots=True)
class DayChain:
    """As it stands once it is `opened`, and goes on; whoever uses it holds the lease.

    `gone` are the keys of records that were known and lie in the bucket no more.
    """

    closed: ClosedDays
    records: DayRecords
    head: ChainHead = field(default_factory=ChainHead)
    days: dict[date, ClosedDay] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def open(self) -> None:
        """Take in what was written and is not known.

        Raises `ChainBroken`, `LedgerUnavailable`, `DocumentsUnavailable`.
        """
        there = {key for key in self.records.all_keys() if DayVersion.of_key(key)}
        self.head = self.closed.head()
        self.days = dict(self.closed.all())
        known = set(self._known())
        unknown = {key: self._read(key) for key in sorted(there - known)}
        last = self.head.last
        if last is not None and last.key in unknown:
            self._keep(unknown.pop(last.key), last)
        for key in list(in_order(unknown, last.key if last else None)):
            self._follow(unknown.pop(key))
        if unknown:
            raise ChainBroken(f"{min(unknown)} does not follow the records before it")
        self.gone = frozenset(known - there)

    @property
    def there(self) -> Sequence[ClosedDay]:
        """The days of which the latest record can be read, the first before the others."""
        days = (closed for _, closed in sorted(self.days.items()))
        return [closed for closed in days if closed.version.key not in self.gone]

    def append(self, record: DayRecord) -> None:
        """Raises as `open`."""
        if not self.records.write(record.version.key, record.encoded()):
            raise ChainBroken(f"there is another record under {record.version.key}")
        self._follow(record)

    def latest(self, day: date) -> DayRecord:
        """Raises as `open`."""
        return self._read(self.days[day].version.key)

    def _known(self) -> Iterator[str]:
        for closed in self.days.values():
            for version in range(1, closed.version.version + 1):
                yield DayVersion(closed.version.day, version).key

    def _read(self, key: str) -> DayRecord:
        try:
            record = DayRecord.decode(self.records.read(key))
        except MalformedInput as error:
            raise ChainBroken(f"{key} {error.problem}") from None
        if record.version.key != key:
            raise ChainBroken(f"{key} is of another day or version")
        return record

    def _follow(self, record: DayRecord) -> None:
        if record.previous != self.head.last:
            raise ChainBroken(f"{record.version.key} names another record before it than was written last")
        link = link_of(record.version.key, record.encoded())
        head = self.closed.advance(self.head, link)
        if head is None:
            raise ChainBroken("another run goes on with the chain at the same time")
        self.head = head
        self._keep(record, link)

    def _keep(self, record: DayRecord, link: ChainLink) -> None:
        closed = ClosedDay(record.version, link, record.closed_at, record.is_complete)
        self.closed.keep(closed)
        known = self.days.get(record.version.day)
        if known is None:
            self.days[record.version.day] = closed
        elif known.version < record.version:
            # What has happened since stays, as it does in the ledger.
            self.days[record.version.day] = replace(
                known,
                version=closed.version,
                link=closed.link,
                closed_at=closed.closed_at,
                is_complete=closed.is_complete,
            )
