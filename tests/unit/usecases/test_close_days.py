"""Each day is closed once it is over, whatever was cut short; what changes later is a further version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.closed_days import (
    ChainHead,
    ChangeCause,
    DayRecord,
    DayVersion,
    FigureChange,
    breaks_of,
    link_of,
)
from faxledger.domain.fax import Source, Status
from faxledger.domain.reconciliation import Evidence, Reason, ReasonCode, Reconciliation
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.errors import ChainBroken, LedgerUnavailable
from faxledger.usecases.close_days import LEASE, CloseDays
from faxledger.usecases.ports.reconciling import LanePage
from faxledger.usecases.reconcile import Reconcile
from tests.fakes.claims import InMemoryClaims
from tests.fakes.clock import RETENTION, StoppedClock
from tests.fakes.closed_days import (
    InMemoryClosedDays,
    InMemoryDayBus,
    InMemoryDayReadings,
    InMemoryDayRecords,
)
from tests.fakes.faxes import outbound
from tests.fakes.observe import Counts, LogLines

# Three days are over by then; the first of them began with the deployment at noon.
SIX = datetime(2026, 3, 10, 6, tzinfo=UTC)
FIRST = datetime(2026, 3, 7, 12, tzinfo=UTC)
DAYS = [date(2026, 3, day) for day in (7, 8, 9)]
MINUTES = timedelta(minutes=15)


@dataclass
class Ledger:
    """Implements `SpanReading` and `Evidences`: faxes by when they were completed."""

    clock: StoppedClock
    faxes: dict[str, Fax] = field(default_factory=dict)
    missing: tuple[Reason, ...] = ()
    seconds_for_a_page: float = 1
    before_page: Callable[[Span], object] = lambda _: None

    def put(self, name: str, at: datetime, status: Status = Status.SENT) -> None:
        self.faxes[name] = Fax(
            outbound(name),
            first_status=status,
            settled_at=at,
            settled_by=Source.CALLBACK,
            completed_at=at,
        )

    def lanes(self) -> Sequence[str]:
        return ["all"]

    def page(self, lane: str, span: Span, *, after: str | None) -> LanePage:
        assert (lane, after) == ("all", None)
        self.clock.advance(seconds=self.seconds_for_a_page)
        found = [
            fax
            for fax in self.faxes.values()
            if fax.completed_at and span.since <= fax.completed_at < span.until
        ]
        self.before_page(span)
        return LanePage(None, found)

    def of(self, span: Span, now: datetime) -> Evidence:
        assert span.since < span.until <= now
        return Evidence(missing=self.missing)


def report_of(found: Reconciliation) -> Mapping[str, Any]:
    statuses = found.tally.total.statuses
    return {
        "as_of": found.begun_at.isoformat(),
        "is_complete": found.is_complete,
        "reasons": [{"code": reason.code} for reason in found.reasons],
        "total": {"statuses": {status: statuses[status] for status in Status}},
    }


@dataclass
class Office:
    clock: StoppedClock = field(default_factory=lambda: StoppedClock(SIX))
    closed: InMemoryClosedDays = field(default_factory=InMemoryClosedDays)
    records: InMemoryDayRecords = field(default_factory=InMemoryDayRecords)
    readings: InMemoryDayReadings = field(default_factory=InMemoryDayReadings)
    bus: InMemoryDayBus = field(default_factory=InMemoryDayBus)
    claims: InMemoryClaims = field(default_factory=InMemoryClaims)
    count: Counts = field(default_factory=Counts)
    log: LogLines = field(default_factory=LogLines)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.clock)
        self.use_case = CloseDays(
            self.closed,
            self.records,
            self.readings,
            Reconcile(self.ledger, self.ledger, clock=self.clock, at_once=1),
            report_of,
            self.bus,
            self.claims,
            time_zone=ZoneInfo("UTC"),
            first=lambda: FIRST,
            retention=RETENTION,
            clock=self.clock,
            count=self.count,
            log=self.log,
        )

    def run(self, time_left: timedelta = MINUTES) -> None:
        self.use_case(time_left)

    def read(self, pages: int) -> "Pages":
        """From now on everything has so many pages."""
        reading = Pages(self.ledger, pages)
        reconcile = Reconcile(reading, self.ledger, clock=self.clock, at_once=1)
        self.use_case = replace(self.use_case, reconcile=reconcile)
        return reading

    def next_day(self) -> None:
        self.clock.advance(days=1)

    def record(self, day: date, version: int = 1) -> DayRecord:
        return DayRecord.decode(self.records.contents[DayVersion(day, version).key])

    @property
    def keys(self) -> list[str]:
        return [key.removeprefix("reports/2026-03-").removesuffix(".json") for key in self.records.contents]

    def holds(self) -> bool:
        """Whether the chain does, and the ledger knows its head."""
        head = self.closed.head()
        return not breaks_of(self.records.contents) and head.records == len(self.records.contents)


@pytest.fixture
def office() -> Office:
    return Office()


# --- closing ---


def test_each_day_that_is_over_is_closed_oldest_first_and_names_the_one_before(office: Office) -> None:
    office.ledger.put("1", FIRST)
    office.ledger.put("2", FIRST + timedelta(days=2), Status.FAILED)

    office.run()

    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    assert office.record(DAYS[0]).previous is None
    assert office.record(DAYS[1]).previous == link_of(
        "reports/2026-03-07.v1.json", office.records.contents["reports/2026-03-07.v1.json"]
    )
    assert [office.record(day).report["total"]["statuses"]["sent"] for day in DAYS] == [1, 0, 0]
    assert office.record(DAYS[2]).report["total"]["statuses"]["failed"] == 1
    assert office.holds()


def test_a_day_is_closed_once(office: Office) -> None:
    office.run()
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    office.next_day()
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1", "10.v1"]
    assert office.holds()


def test_a_day_ends_by_the_time_zone(office: Office) -> None:
    office.use_case = replace(office.use_case, time_zone=ZoneInfo("Pacific/Auckland"))
    office.clock.advance(hours=6)  # one in the morning of the next day there
    office.run()
    assert office.keys == ["08.v1", "09.v1", "10.v1"]
    assert office.record(date(2026, 3, 8)).time_zone == "Pacific/Auckland"


def test_what_is_older_than_faxes_are_kept_is_not_closed(office: Office) -> None:
    office.use_case = replace(office.use_case, retention=timedelta(days=2))
    office.run()
    assert office.keys == ["09.v1"]


def test_each_day_is_announced_with_its_counts(office: Office) -> None:
    office.run()
    assert [record.version.day for record in office.bus.taken] == DAYS
    assert all(closed.announced == 1 for closed in office.closed.all().values())


def test_what_the_bus_did_not_take_is_announced_by_the_next_run_and_once(office: Office) -> None:
    office.bus.is_up = False
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    office.bus.is_up = True
    office.run()
    office.run()
    assert [record.version.day for record in office.bus.taken] == DAYS


def test_days_that_the_time_does_not_suffice_for_are_left_to_the_next_run(office: Office) -> None:
    office.ledger.seconds_for_a_page = 50
    office.read(2)
    office.run(timedelta(seconds=200))
    assert office.keys == ["07.v1"]
    assert office.count["DaysNotClosed"] == 2
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    assert office.holds()


def test_a_day_that_takes_longer_than_a_run_is_read_on_by_the_next(office: Office) -> None:
    office.ledger.put("1", FIRST)
    reading = office.read(10)
    runs = 0
    while "07.v1" not in office.keys:
        office.ledger.seconds_for_a_page = 300
        office.run()
        runs += 1
    assert runs == 4
    assert reading.read[:10] == [None, *map(str, range(1, 10))], "a page was read twice"
    assert office.record(DAYS[0]).report["total"]["statuses"]["sent"] == 1
    assert office.record(DAYS[0]).report["as_of"] == SIX.isoformat()


def test_what_happens_while_a_day_is_read_in_two_runs_is_looked_at_afterwards(office: Office) -> None:
    office.read(10)
    office.ledger.seconds_for_a_page = 300
    office.run()
    office.ledger.put("1", FIRST)
    assert office.closed.note(DAYS[0], [ChangeCause.SETTLED], office.clock.now())
    office.ledger.seconds_for_a_page = 1
    office.run()
    office.run()
    assert office.record(DAYS[0]).report["total"]["statuses"]["sent"] == 0
    assert office.record(DAYS[0], 2).report["total"]["statuses"]["sent"] == 1


def test_a_closed_day_that_takes_longer_to_look_at_is_read_on_and_misses_nothing(office: Office) -> None:
    office.run()
    office.next_day()
    office.run()
    office.read(10)
    office.ledger.put("1", FIRST)
    office.closed.note(DAYS[0], [ChangeCause.SETTLED], office.clock.now())
    office.ledger.seconds_for_a_page = 300
    office.run()
    office.ledger.put("2", FIRST)
    office.closed.note(DAYS[0], [ChangeCause.SETTLED], office.clock.now())
    office.ledger.seconds_for_a_page = 1
    office.run()
    assert office.record(DAYS[0], 2).report["total"]["statuses"]["sent"] == 1
    office.run()
    assert office.record(DAYS[0], 3).report["total"]["statuses"]["sent"] == 2
    office.run()
    assert office.keys[-1] == "07.v3"


def test_a_reading_that_another_has_overtaken_is_not_gone_on_with(office: Office) -> None:
    office.run()
    office.closed.note(DAYS[0], [ChangeCause.PUSHED], office.clock.now())
    office.read(10)
    office.ledger.seconds_for_a_page = 300
    office.run()
    kept = dict(office.readings.kept)
    office.ledger.seconds_for_a_page = 1
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]

    # Nobody deletes it: it lies there for a day or two.
    office.readings.kept = kept
    office.ledger.put("1", FIRST)
    office.closed.note(DAYS[0], [ChangeCause.SETTLED], office.clock.now())
    office.run()
    assert office.record(DAYS[0], 2).report["total"]["statuses"]["sent"] == 1


def test_a_day_of_another_time_zone_is_read_from_its_beginning(office: Office) -> None:
    office.read(10)
    office.ledger.seconds_for_a_page = 300
    office.run()
    office.ledger.seconds_for_a_page = 1
    office.use_case = replace(office.use_case, time_zone=ZoneInfo("Asia/Tokyo"))
    office.ledger.put("1", datetime(2026, 3, 6, 23, tzinfo=UTC))
    office.run()
    assert office.record(DAYS[0]).report["total"]["statuses"]["sent"] == 1


@dataclass
class Pages:
    """Implements `SpanReading`: behind a page with everything more without anything."""

    ledger: Ledger
    pages: int
    read: list[str | None] = field(default_factory=list)

    def lanes(self) -> Sequence[str]:
        return self.ledger.lanes()

    def page(self, lane: str, span: Span, *, after: str | None) -> LanePage:
        found = self.ledger.page(lane, span, after=None).found
        self.read.append(after)
        number = int(after or 0) + 1
        position = str(number) if number < self.pages else None
        return LanePage(position, found if after is None else ())


def test_a_read_that_fails_among_others_is_tried_again(office: Office) -> None:
    reading = OneFails(office.ledger)
    office.use_case = replace(
        office.use_case, reconcile=Reconcile(reading, office.ledger, clock=office.clock, at_once=1)
    )
    office.ledger.put("1", FIRST)
    office.run()
    assert reading.failed == 1
    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    assert office.record(DAYS[0]).report["total"]["statuses"]["sent"] == 1


@dataclass
class OneFails:
    """Implements `SpanReading`: beside the ledger's lane an empty one, whose first reading fails."""

    ledger: Ledger
    failed: int = 0

    def lanes(self) -> Sequence[str]:
        return [*self.ledger.lanes(), "other"]

    def page(self, lane: str, span: Span, *, after: str | None) -> LanePage:
        if lane != "other":
            return self.ledger.page(lane, span, after=after)
        if not self.failed:
            self.failed += 1
            raise LedgerUnavailable("down")
        return LanePage(None)


def test_two_runs_at_once_are_one(office: Office) -> None:
    now = office.clock.now()
    office.claims.claim(LEASE, now=now, until=now + MINUTES)
    office.run()
    assert office.keys == []
    office.clock.advance(hours=1)
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]


def test_two_runs_whose_lease_has_failed_do_not_fork_the_chain(office: Office) -> None:
    def overtake(_: Span) -> None:
        office.ledger.before_page = lambda _: None
        # As if the first had slept through its lease.
        replace(office.use_case, claims=InMemoryClaims())(MINUTES)

    office.ledger.before_page = overtake
    office.ledger.put("1", FIRST)
    with pytest.raises(ChainBroken, match="another record under reports/2026-03-07"):
        office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    assert office.holds()
    office.next_day()
    office.run()
    assert office.holds()


# --- versions ---


def test_what_has_happened_since_is_a_second_version_that_says_what_and_why(office: Office) -> None:
    office.ledger.put("1", FIRST, Status.FAILED)
    office.run()
    office.ledger.put("1", FIRST, Status.SENT)
    office.closed.note(DAYS[0], [ChangeCause.AMENDED, ChangeCause.PUSHED], office.clock.now())

    office.next_day()
    office.run()

    second = office.record(DAYS[0], 2)
    assert second.changes == (
        FigureChange("total.statuses.failed", 1, 0),
        FigureChange("total.statuses.sent", 0, 1),
    )
    assert second.causes == {ChangeCause.AMENDED, ChangeCause.PUSHED}
    assert office.keys == ["07.v1", "08.v1", "09.v1", "10.v1", "07.v2"]
    assert office.bus.taken[-1] == second
    assert office.holds()
    office.next_day()
    office.run()
    assert office.keys[-1] == "11.v1", "what was looked at is looked at again"


def test_what_has_happened_and_changes_no_figure_is_no_version(office: Office) -> None:
    office.run()
    office.closed.note(DAYS[0], [ChangeCause.PUSHED], office.clock.now())
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]
    assert all(closed.changed_at is None for closed in office.closed.all().values())


def test_what_happens_while_a_day_is_read_is_looked_at_by_the_next_run(office: Office) -> None:
    def settle(_: Span) -> None:
        office.ledger.before_page = lambda _: None
        office.ledger.put("1", FIRST)
        assert office.closed.note(DAYS[0], [ChangeCause.SETTLED], office.clock.now())

    office.ledger.before_page = settle
    office.run()
    assert office.record(DAYS[0]).report["total"]["statuses"]["sent"] == 0
    office.next_day()
    office.run()
    assert office.record(DAYS[0], 2).report["total"]["statuses"]["sent"] == 1


def test_a_day_that_was_not_complete_is_once_what_was_missing_is_read(office: Office) -> None:
    office.ledger.missing = (Reason(ReasonCode.FEED_NOT_READ, "the feed"),)
    office.run()
    assert not office.record(DAYS[2]).is_complete
    office.run()
    assert office.keys == ["07.v1", "08.v1", "09.v1"]

    office.ledger.missing = ()
    office.next_day()
    office.run()

    assert office.keys == ["07.v1", "08.v1", "09.v1", "10.v1", "07.v2", "08.v2", "09.v2"]
    second = office.record(DAYS[2], 2)
    assert second.is_complete
    assert second.causes == {ChangeCause.READ}
    assert office.holds()


def test_a_day_that_is_not_complete_is_looked_at_once_a_day(office: Office) -> None:
    office.ledger.missing = (Reason(ReasonCode.FEED_NOT_READ, "the feed"),)
    reading = office.read(1)
    office.run()
    office.run()
    assert len(reading.read) == 3, "a day that was closed this morning was looked at"
    office.next_day()
    office.run()
    office.run()
    assert len(reading.read) == 7


def test_a_day_that_stays_incomplete_is_looked_at_for_a_month(office: Office) -> None:
    office.ledger.missing = (Reason(ReasonCode.FEED_NOT_READ, "the feed"),)
    office.run()
    office.clock.advance(days=40)
    office.ledger.missing = ()
    office.run()
    assert [key for key in office.keys if key.endswith("v2")] == []


def test_what_has_expired_since_is_no_change(office: Office) -> None:
    office.ledger.put("1", FIRST)
    office.run()
    office.clock.advance(days=RETENTION.days)
    del office.ledger.faxes["1"]
    office.closed.note(DAYS[0], [ChangeCause.AMENDED], office.clock.now())
    office.run()
    assert [key for key in office.keys if key.endswith("v2")] == []


def test_a_later_version_is_of_the_day_in_its_first_time_zone(office: Office) -> None:
    office.ledger.put("1", datetime(2026, 3, 7, 23, 30, tzinfo=UTC))
    office.run()
    office.use_case = replace(office.use_case, time_zone=ZoneInfo("America/New_York"))
    office.closed.note(DAYS[0], [ChangeCause.AMENDED], office.clock.now())
    office.ledger.put("2", datetime(2026, 3, 7, 23, 30, tzinfo=UTC))
    office.run()
    assert office.record(DAYS[0], 2).report["total"]["statuses"]["sent"] == 2
    assert office.record(DAYS[0], 2).time_zone == "UTC"


# --- what a bucket says ---


def test_a_ledger_that_knows_nothing_learns_the_chain_from_the_bucket(office: Office) -> None:
    office.ledger.missing = (Reason(ReasonCode.FEED_NOT_READ, "the feed"),)
    office.run()
    office.ledger.missing = ()
    office.next_day()
    office.run()
    again = Office(clock=office.clock, records=office.records)
    again.next_day()
    again.run()
    assert again.keys == [*office.keys[:7], "11.v1"]
    assert again.holds()
    assert again.closed.all()[DAYS[0]].version == DayVersion(DAYS[0], 2)


def test_a_record_that_was_changed_stops_everything_where_the_chain_would_go_on(office: Office) -> None:
    office.run()
    key = DayVersion(DAYS[1]).key
    office.records.contents[key] = office.records.contents[key].replace(b'"sent":0', b'"sent":9')
    again = Office(clock=office.clock, records=office.records)
    with pytest.raises(ChainBroken, match="another record before it"):
        again.run()
    assert len(office.records.contents) == 3


def test_a_record_that_follows_none_of_ours_stops_everything(office: Office) -> None:
    office.run()
    forged = replace(office.record(DAYS[1]), version=DayVersion(date(2026, 3, 20)))
    office.records.contents[forged.version.key] = forged.encoded()
    office.next_day()
    with pytest.raises(ChainBroken, match="2026-03-20"):
        office.run()
    assert len(office.records.contents) == 4


def test_a_record_that_is_gone_is_said_after_the_days_are_closed(office: Office) -> None:
    office.run()
    del office.records.contents[DayVersion(DAYS[0]).key]
    office.next_day()
    with pytest.raises(ChainBroken, match=r"2026-03-07\.v1\.json is gone"):
        office.run()
    assert office.keys == ["08.v1", "09.v1", "10.v1"]


def test_a_record_that_is_gone_holds_up_no_other_day(office: Office) -> None:
    office.bus.is_up = False
    office.run()
    del office.records.contents[DayVersion(DAYS[0]).key]
    office.ledger.put("1", FIRST + timedelta(days=1))
    for day in DAYS[:2]:
        office.closed.note(day, [ChangeCause.SETTLED], office.clock.now())
    office.bus.is_up = True
    office.next_day()
    with pytest.raises(ChainBroken, match=r"2026-03-07\.v1\.json is gone"):
        office.run()
    assert office.keys == ["08.v1", "09.v1", "10.v1", "08.v2"]
    assert [record.version.day for record in office.bus.taken[:2]] == DAYS[1:]


def test_what_else_lies_in_the_bucket_is_no_matter(office: Office) -> None:
    office.records.contents["reports/readme.txt"] = b"hello"
    office.run()
    assert office.closed.head() == ChainHead(
        link_of(DayVersion(DAYS[2]).key, office.records.contents[DayVersion(DAYS[2]).key]), 3
    )
