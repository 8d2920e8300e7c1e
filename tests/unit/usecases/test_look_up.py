"""A person has certain faxes looked up at their provider, marked or not."""

from datetime import datetime, timedelta

import pytest

from faxledger.domain.fax import FaxId, Source, Status
from faxledger.errors import LoginRefused, MalformedInput, ProviderUnavailable
from faxledger.triggers.poll_runs import PollRuns
from faxledger.usecases.leases import query_lease_of
from faxledger.usecases.look_up import LookedUp, LookUpFaxes
from faxledger.usecases.poll import PollUnmarked
from faxledger.usecases.record import Recorder
from tests.fakes.claims import InMemoryClaims, InMemoryCursors
from tests.fakes.clock import RETENTION, StoppedClock
from tests.fakes.faxes import MARK, outbound, report, unreadable
from tests.fakes.heard import InMemoryHeard
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import InMemoryMarkingProvider
from tests.support import canaries

QUARTER_HOUR = timedelta(minutes=15)
CALLED = [outbound(number) for number in (33, 34, 35, 36, 37)]


class Desk:
    """A provider with what it knows, and a ledger in which callbacks have settled all of `CALLED`."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.claims = InMemoryClaims()
        self.provider = InMemoryMarkingProvider(self.clock)
        self.count = Counts()
        self.log = LogLines()
        self.renewals: list[datetime] = []
        self._recorder = Recorder(
            self.ledger, self.unreadables, self.count, self.log, clock=self.clock, retention=RETENTION
        )
        self.look_up = LookUpFaxes(
            self.provider,
            ledger=self.ledger,
            recorder=self._recorder,
            claims=self.claims,
            clock=self.clock,
            log=self.log,
        )
        for fax_id in CALLED:
            self.ledger.settle(report(fax_id, Status.SENT, source=Source.CALLBACK, owes=MARK))

    def says(self, fax_id: FaxId, status: Status = Status.SENT) -> None:
        self.provider.known[fax_id] = report(fax_id, status, source=Source.POLL, owes=MARK)

    def sources(self, fax_id: FaxId) -> list[Source]:
        return [one.source for one in self.ledger.faxes[fax_id].sightings]

    def runs(self) -> PollRuns:
        poll = PollUnmarked(
            self.provider,
            recorder=self._recorder,
            ledger=self.ledger,
            claims=self.claims,
            cursors=InMemoryCursors(),
            heard=InMemoryHeard(),
            clock=self.clock,
            count=self.count,
            log=self.log,
        )
        return PollRuns(
            poll,
            self.look_up,
            "softlinx",
            CALLED[0].account,
            renew_login=lambda: self.renewals.append(self.clock.now()),
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_the_provider_says_confirms_or_contradicts_and_nothing_is_marked(desk: Desk) -> None:
    desk.says(CALLED[0])
    desk.says(CALLED[1], Status.FAILED)
    assert desk.look_up(CALLED[:3], QUARTER_HOUR) == LookedUp(
        stated=(CALLED[0], CALLED[1]), unknown=(CALLED[2],), left=()
    )
    assert desk.sources(CALLED[0]) == [Source.CALLBACK, Source.POLL]
    conflict = desk.ledger.faxes[CALLED[1]].conflict
    assert conflict is not None
    assert (conflict.status, conflict.source) == (Status.FAILED, Source.POLL)
    assert desk.sources(CALLED[2]) == [Source.CALLBACK]
    assert desk.provider.marked == []
    assert ("warning", "unknown to its provider", {"fax_id": str(CALLED[2])}) in desk.log.lines


def test_attempts_of_one_fax_are_asked_for_once(desk: Desk) -> None:
    desk.says(CALLED[0])
    again = outbound("33~2")
    desk.look_up([again, CALLED[0]], QUARTER_HOUR)
    assert desk.provider.journal == ["login", "find 33", "logout"]


def test_a_fax_that_cant_be_looked_up_holds_no_other_and_is_left(desk: Desk) -> None:
    for fax_id in CALLED:
        desk.says(fax_id)
    desk.provider.find_faults[CALLED[1]] = ProviderUnavailable("no answer")
    assert desk.look_up(CALLED, QUARTER_HOUR).left == (CALLED[1],)


def test_after_three_in_a_row_nothing_more_is_asked(desk: Desk) -> None:
    for fax_id in CALLED[:3]:
        desk.provider.find_faults[fax_id] = ProviderUnavailable("no answer")
    assert desk.look_up(CALLED, QUARTER_HOUR).left == tuple(CALLED)
    assert desk.provider.journal == ["login", "find 33", "find 34", "find 35", "logout"]


def test_it_stops_in_time_and_says_what_is_left(desk: Desk) -> None:
    for fax_id in CALLED:
        desk.says(fax_id)
    desk.provider.page_seconds = 60.0
    found = desk.look_up(CALLED, timedelta(minutes=3))
    assert (found.stated, found.left) == (tuple(CALLED[:2]), tuple(CALLED[2:]))


def test_while_another_run_asks_nothing_is_asked(desk: Desk) -> None:
    now = desk.clock.now()
    desk.claims.claim(query_lease_of("softlinx"), now=now, until=now + QUARTER_HOUR)
    assert desk.look_up(CALLED, QUARTER_HOUR).left == tuple(CALLED)
    assert desk.provider.journal == []


def test_a_refused_login_is_told_and_the_lease_given_back(desk: Desk) -> None:
    desk.provider.login_fault = LoginRefused("Login", "7")
    with pytest.raises(LoginRefused):
        desk.look_up(CALLED, QUARTER_HOUR)
    desk.provider.login_fault = None
    desk.says(CALLED[0])
    assert desk.look_up(CALLED[:1], QUARTER_HOUR).stated == (CALLED[0],)


def test_what_cant_be_read_is_set_aside(desk: Desk) -> None:
    desk.provider.known[CALLED[0]] = unreadable()
    desk.look_up(CALLED[:1], QUARTER_HOUR)
    assert len(desk.unreadables.kept) == 1


def test_an_event_that_names_faxes_looks_them_up_and_any_other_is_the_schedule_s(desk: Desk) -> None:
    desk.says(CALLED[0])
    told = desk.runs()({"look_up": [str(CALLED[0]), str(CALLED[1])]}, QUARTER_HOUR)
    assert told == {"stated": 1, "unknown": [str(CALLED[1])], "left": []}
    assert "page 1 of failed" not in desk.provider.journal
    assert desk.runs()({"detail-type": "Scheduled Event"}, QUARTER_HOUR) is None
    assert "page 1 of failed" in desk.provider.journal


@pytest.mark.parametrize(
    "text", ["greenfax.outbound.12345.33", "softlinx.outbound.other.33", " ".join(canaries.PLANTED), None]
)
def test_a_fax_of_somebody_else_is_refused_before_anything_is_asked_and_not_repeated(
    desk: Desk, text: object
) -> None:
    with pytest.raises(MalformedInput) as refused:
        desk.runs()({"look_up": [str(CALLED[0]), text]}, QUARTER_HOUR)
    assert desk.provider.journal == []
    assert str(text) not in str(refused.value)
    assert canaries.found_in(str(refused.value)) == []
