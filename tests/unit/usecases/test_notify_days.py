"""Who is told that a day is closed: targets of the default route that ask for it, once for each version."""

from datetime import timedelta

import pytest

from faxledger.adapters.delivery_emails import content_of_day
from faxledger.domain.closed_days import ChangeCause
from faxledger.domain.day_events import DayClosed, DayFigures
from faxledger.domain.deliveries import DEFAULT_ROUTE, Channel, Route, RouteKey, Target
from faxledger.domain.events import FAX_EVENTS, EventType
from faxledger.domain.fax import Provider
from faxledger.domain.reconciliation import ReasonCode
from faxledger.usecases.notify_days import PlanDayDeliveries
from faxledger.usecases.ports.notifying import DueDelivery
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries, InMemoryDeliveryQueue, InMemoryRoutes
from tests.fakes.events import CLOSED, FIGURES, HOOK, MAIL, RESTATED, day_delivery_of

DESK = Target(Channel.EMAIL, "mornings@example.org", frozenset({EventType.DAY_CLOSED}))
PROGRAM = Target(Channel.WEBHOOK, "https://days.example.org/", frozenset(EventType))


class Morning:
    """The default route has these targets, of which `disabled` are told no more."""

    def __init__(self, *targets: Target) -> None:
        self.clock = StoppedClock()
        self.deliveries, self.queue = InMemoryDeliveries(self.clock), InMemoryDeliveryQueue()
        self.routes = InMemoryRoutes()
        self.routes.put(Route(DEFAULT_ROUTE, targets))
        self.plan = PlanDayDeliveries(self.deliveries, self.queue, routes=self.routes, clock=self.clock)

    def told(self, event: DayClosed = CLOSED) -> set[str]:
        return {delivery.target.address for delivery in self.deliveries.about(event.day)}


def test_those_who_name_it_are_told_and_nobody_else() -> None:
    morning = Morning(DESK, PROGRAM, HOOK, MAIL)
    morning.plan(CLOSED)
    assert morning.told() == {DESK.address, PROGRAM.address}
    assert {due.key.target_id for due, _ in morning.queue.sent} == {DESK.id, PROGRAM.id}


def test_whoever_names_no_event_wants_those_of_faxes() -> None:
    assert {event for event in EventType if HOOK.wants(event)} == FAX_EVENTS
    assert {event for event in EventType if DESK.wants(event)} == {EventType.DAY_CLOSED}


def test_a_version_that_is_announced_twice_is_told_once() -> None:
    morning = Morning(DESK)
    morning.plan(CLOSED)
    morning.clock.advance(minutes=1)
    morning.plan(CLOSED)
    (delivery,) = morning.deliveries.about(CLOSED.day)
    assert (delivery.planned_at, delivery.body) == (NOON, day_delivery_of().body)
    assert morning.queue.sent == [(DueDelivery(delivery.key), timedelta(0))]


def test_a_version_that_comes_later_is_told_as_well() -> None:
    morning = Morning(DESK)
    morning.plan(CLOSED)
    morning.plan(RESTATED)
    assert morning.told() == morning.told(RESTATED) == {DESK.address}


def test_a_target_that_is_disabled_and_one_of_another_route_are_told_nothing() -> None:
    morning = Morning(DESK)
    morning.routes.disable(DEFAULT_ROUTE, DESK.id, now=NOON)
    morning.routes.put(Route(RouteKey.of(Provider.SOFTLINX, "jane"), (PROGRAM,)))
    morning.plan(CLOSED)
    assert morning.told() == set()


def test_without_a_route_nobody_is_told() -> None:
    morning = Morning()
    morning.routes.delete(DEFAULT_ROUTE)
    morning.plan(CLOSED)
    assert morning.told() == set()


# --- what the email says ---


def text_of(event: DayClosed) -> tuple[str, str]:
    content = content_of_day(event)
    return content["Subject"]["Data"], content["Body"]["Text"]["Data"]


def test_a_day_is_one_line_that_stands_in_the_subject() -> None:
    subject, text = text_of(CLOSED)
    assert subject == "2026-11-26: 214 sent, 3 failed, 41 received; complete"
    assert text.startswith("214 sent, 3 failed, 41 received; complete.\n")
    assert "faxledger report 2026-11-26 tells the rest." in text
    assert "Before" not in text


@pytest.mark.parametrize("event", [CLOSED, RESTATED])
def test_both_forms_hold_the_same_and_the_subject_is_one_line(event: DayClosed) -> None:
    content = content_of_day(event)
    text, html = content["Body"]["Text"]["Data"], content["Body"]["Html"]["Data"]
    for fact in ("214 sent, 3 failed", event.day.key, event.sha256, event.id, "America/New_York"):
        assert fact in text
        assert fact in html
    assert "$" not in text + html
    assert "\n" not in content["Subject"]["Data"]
    assert "faxledger report 2026-11-26</code>" in html


def test_why_a_day_is_not_complete_is_said_in_words() -> None:
    figures = DayFigures(sent=1, failed=0, received=0, open=2, is_complete=False)
    reasons = (*ReasonCode, "a_reason_of_a_later_version")
    subject, text = text_of(
        DayClosed(CLOSED.day, "UTC", NOON, figures, tuple(map(str, reasons)), undelivered=7, sha256="0" * 64)
    )
    assert subject == "2026-11-26: 1 sent, 0 failed, 0 received; not complete"
    first = text.splitlines()[0]
    assert "; not complete: the day was not over, " in first
    assert not [code for code in ReasonCode if "_" in code and code in text], "a code, and no words"
    assert "a_reason_of_a_later_version" in first
    assert "Open:        2\nUndelivered: 7\n" in text


def test_a_day_that_is_stated_anew_says_what_was_said_before_and_why() -> None:
    subject, text = text_of(RESTATED)
    assert subject == "2026-11-26 stated anew: 214 sent, 3 failed, 41 received; complete"
    assert "Before:      213 sent, 4 failed, 41 received; not complete, 1 open\n" in text
    assert "Since then:  a fax was amended, a fax was settled\n" in text


def test_whatever_has_changed_a_day_has_words() -> None:
    event = DayClosed(
        RESTATED.day, "UTC", NOON, FIGURES, (), 0, "0" * 64, before=FIGURES, causes=frozenset(ChangeCause)
    )
    _, text = text_of(event)
    assert not [cause for cause in ChangeCause if "_" in cause and cause in text], "a code, and no words"
    assert "Before:      the same counts; other figures of the report have changed\n" in text
