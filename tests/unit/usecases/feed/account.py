"""Both feeds of an account, in memory, with everything around them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Direction, Source, Status
from faxledger.domain.report import Report
from faxledger.errors import (
    ProviderAnswerUnreadable,
)
from faxledger.providers.greenfax.feed_plan import ALLOWANCE, MOST_DAYS
from faxledger.usecases.feed import ReadFeed
from faxledger.usecases.feed_plan import FeedPlan
from faxledger.usecases.feed_reading import WindowReader
from faxledger.usecases.record import Recorder
from tests.fakes.claims import InMemoryClaims, InMemoryFeedProgresses
from tests.fakes.clock import RETENTION, StoppedClock
from tests.fakes.faxes import greenfax, report
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import InMemoryFeed, InMemoryFeedMemory

QUARTER_HOUR = timedelta(minutes=15)


PERIOD = timedelta(minutes=20)


DAY = timedelta(days=1)


PLAN = FeedPlan(
    time_zone=ZoneInfo("America/New_York"), overlap_days=2, first_days=7, inbound_every=3, most_days=MOST_DAYS
)


TODAY = date(2026, 3, 10)


# Today and the two days before are read again and again: a job may be completed late.
READ_UP_TO = TODAY - 3 * DAY


OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND


class Account:
    """Both feeds of an account with everything around them; `run` is one run."""

    def __init__(self, plan: FeedPlan = PLAN, *, is_shared: bool = True, has_inbound: bool = True) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.claims = InMemoryClaims()
        self.progresses = InMemoryFeedProgresses()
        self.memory = InMemoryFeedMemory()
        self.outbound = InMemoryFeed(self.clock)
        self.inbound = InMemoryFeed(self.clock)
        self.count = Counts()
        self.log = LogLines()
        self.way = "this way"
        self.is_shared = is_shared
        self.has_inbound = has_inbound
        self.plan = plan

    def run(self, time_left: timedelta = QUARTER_HOUR) -> None:
        read = ReadFeed(
            "greenfax",
            {OUTBOUND: self.outbound, INBOUND: self.inbound}
            if self.has_inbound
            else {OUTBOUND: self.outbound},
            allowance=replace(ALLOWANCE, is_shared=self.is_shared),
            plan=self.plan,
            claims=self.claims,
            progresses=self.progresses,
            reader=WindowReader(
                way=self.way,
                memory=self.memory,
                recorder=Recorder(
                    self.ledger, self.unreadables, self.count, self.log, clock=self.clock, retention=RETENTION
                ),
                clock=self.clock,
                count=self.count,
                log=self.log,
            ),
            clock=self.clock,
            count=self.count,
            log=self.log,
        )
        read(time_left)

    def run_later(self, **later: float) -> None:
        self.clock.advance(**later)
        self.run()

    def left_at(self) -> list[datetime]:
        return sorted(self.outbound.left_at() + self.inbound.left_at())

    def covered(self, direction: Direction = OUTBOUND) -> list[str]:
        progress = self.progresses.read(f"greenfax-{direction}")
        return [str(span) for span in progress.covered.spans] if progress else []

    def settled(self) -> set[str]:
        return {fax_id.job_id for fax_id, fax in self.ledger.faxes.items() if fax.is_settled}


def row(number: int, status: Status | None = Status.SENT) -> Report:
    return report(greenfax(number), status, source=Source.FEED)


BROKEN_OFF = ProviderAnswerUnreadable("the feed is not XML as agreed: ParseError")
