"""What targets of a route have missed is planned for them once, as it would have been then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from faxledger.domain.deliveries import DEFAULT_ROUTE, Delivery, Route, RouteKey, Target
from faxledger.domain.events import EventType, FaxEvent, events_between
from faxledger.domain.fax import FaxId, Provider, Source, Status
from faxledger.domain.report import Conflict, Facts, Fax
from faxledger.domain.submission import KeptOrder, Order, Recipient, SubmissionState, failed_fax
from faxledger.errors import ItemUnreadable
from faxledger.providers.softlinx.transmissions import transmission_of
from faxledger.usecases.cases import Cases
from faxledger.usecases.missed import Missed, PlanMissed
from faxledger.usecases.notify import PlanDeliveries
from faxledger.usecases.redrive import PACE, Redriven
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries, InMemoryDeliveryQueue, InMemoryRoutes
from tests.fakes.events import HOOK, MAIL, OTHER_HOOK, job_of
from tests.fakes.faxes import greenfax, inbound, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryFaxListing
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import InMemoryOrders
from tests.fakes.timeless import InMemoryTimelessFaxes
from tests.fakes.transmissions import InMemoryTransmissions

HOUR = timedelta(hours=1)
RETENTION = timedelta(days=400)
ACCOUNTS = {Provider.SOFTLINX: "acme", Provider.GREENFAX: "12345"}
JO = RouteKey(Provider.SOFTLINX, "jo")
SUBMISSION = f"{'a' * 32}-1"
OF_ALL = Missed(NOON - timedelta(days=900), route=DEFAULT_ROUTE)


class NoAttempts:
    """Leaves every delivery to the queue."""

    def is_resting(self, _target_id: str) -> bool:
        return True

    def first(self, delivery: Delivery) -> None:
        raise AssertionError(f"{delivery.key} was attempted")


class Desk:
    """The default route has a webhook, and another that is disabled."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger, self.orders = InMemoryFaxLedger(self.clock), InMemoryOrders(self.clock)
        self.deliveries, self.routes = InMemoryDeliveries(self.clock), InMemoryRoutes()
        self.timeless = InMemoryTimelessFaxes()
        self.cases = Cases(InMemoryTransmissions(), transmission_of)
        self.count, self.log = Counts(), LogLines()
        self.tell_from = NOON - timedelta(days=30)
        self.routes.put(Route(DEFAULT_ROUTE, (HOOK, OTHER_HOOK)))
        self.routes.disable(DEFAULT_ROUTE, OTHER_HOOK.id, now=NOON)
        self.plan_missed = PlanMissed(
            InMemoryFaxListing(self.ledger, self.orders.submissions),
            self.deliveries,
            self.routes,
            self.orders,
            cases=self.cases,
            timeless=self.timeless,
            accounts=ACCOUNTS,
            tell_from=lambda: self.tell_from,
            retention=RETENTION,
            clock=self.clock,
            count=self.count,
            log=self.log,
        )

    def settle(self, fax: FaxId, status: Status = Status.SENT, facts: Facts | None = None) -> Fax:
        self.ledger.settle(report(fax, status, completed_at=self.clock.now(), facts=facts))
        return self.ledger.faxes[fax]

    def change(self, fax: FaxId, change: Callable[[Fax], Fax]) -> None:
        self.ledger.faxes[fax] = change(self.ledger.faxes[fax])

    def ask(self, missed: Missed = OF_ALL, *, is_dry_run: bool = False) -> list[Redriven]:
        found: list[Redriven] = []
        cursor = None
        while True:
            page = self.plan_missed(missed, cursor=cursor, is_dry_run=is_dry_run)
            found += page.deliveries
            if (cursor := page.cursor) is None:
                return found

    def planned(self, missed: Missed = OF_ALL) -> list[str]:
        """The jobs of those that are due now, and of which event."""
        due = [one for one in self.ask(missed) if one.due_at is not None]
        deliveries = [one for fax in {one.key.subject for one in due} for one in self.deliveries.about(fax)]
        keys = {one.key for one in due}
        return sorted(f"{job_of(one.key)} {one.event.dotted}" for one in deliveries if one.key in keys)

    def told_at_once(self, event: FaxEvent) -> list[Delivery]:
        """What is planned where the targets are told when it happens."""
        deliveries = InMemoryDeliveries(self.clock)
        plan = PlanDeliveries(
            deliveries,
            InMemoryDeliveryQueue(),
            NoAttempts(),
            ledger=self.ledger,
            orders=self.orders,
            submissions=self.orders,
            routes=self.routes,
            clock=self.clock,
            count=Counts(),
            log=LogLines(),
        )
        plan(event)
        return list(deliveries.about(event.fax))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_whoever_was_disabled_is_told_what_it_has_missed_once_it_is_enabled_and_never_twice(
    desk: Desk,
) -> None:
    desk.settle(outbound(1))
    desk.settle(outbound(2), Status.FAILED)
    missed = replace(OF_ALL, target_id=OTHER_HOOK.id)

    assert [one.is_wanted for one in desk.ask(missed)] == [False, False]
    assert desk.deliveries.about(outbound(1)) == []

    desk.routes.put(Route(DEFAULT_ROUTE, (HOOK, OTHER_HOOK)))
    assert len(desk.ask(missed, is_dry_run=True)) == 2
    assert desk.deliveries.about(outbound(1)) == []
    assert desk.planned(missed) == ["1 fax.sent", "2 fax.failed"]
    assert desk.ask(missed) == []
    assert desk.count["DeliveriesRedriven"] == 2


def test_who_was_told_or_given_up_is_not_planned_again(desk: Desk) -> None:
    told = desk.settle(outbound(1))
    given_up = desk.settle(outbound(2))
    for fax in (told, given_up):
        (event,) = events_between(None, fax)
        (delivery,) = desk.told_at_once(event)
        desk.deliveries.plan(delivery)
        attempt = desk.deliveries.begin(delivery.key, now=NOON, until=NOON)
        assert attempt is not None
        if fax is told:
            desk.deliveries.done(attempt)
        else:
            desk.deliveries.give_up(attempt, "answered 503")
    desk.settle(outbound(3))
    assert desk.planned(replace(OF_ALL, target_id=HOOK.id)) == ["3 fax.sent"]


def conflicting(fax: Fax) -> Fax:
    return replace(fax, conflict=Conflict(Status.FAILED, Source.POLL, NOON, {}))


def amended(fax: Fax) -> Fax:
    return replace(fax, amended_status=Status.FAILED, amended_at=NOON)


@pytest.mark.parametrize(
    ("fax", "status", "changes"),
    [
        (outbound(), Status.SENT, [conflicting, amended]),
        (outbound(), Status.FAILED, []),
        (inbound(), Status.RECEIVED, []),
        (inbound(), Status.RECEIVED_PARTIAL, []),
        (greenfax(), Status.SENT, [amended]),
    ],
)
def test_it_is_what_would_have_been_planned_then(
    desk: Desk, fax: FaxId, status: Status, changes: list[Callable[[Fax], Fax]]
) -> None:
    desk.settle(fax, status)
    for change in changes:
        desk.change(fax, change)
    events = events_between(None, desk.ledger.faxes[fax])
    assert len(events) == 1 + len(changes)
    at_once = [delivery for event in events for delivery in desk.told_at_once(event)]

    desk.ask()

    late = {delivery.key: delivery for delivery in desk.deliveries.about(fax)}
    assert late.keys() == {delivery.key for delivery in at_once}
    for delivery in at_once:
        assert replace(late[delivery.key], next_at=delivery.next_at) == delivery


def test_a_received_fax_is_told_with_its_case(desk: Desk) -> None:
    given = {"TSI": "Clinic 7", "DestFaxNumber": "12025550100"}
    for job, status in ((1, Status.RECEIVED_PARTIAL), (2, Status.RECEIVED)):
        desk.ledger.settle(report(inbound(job), status, completed_at=desk.clock.now(), given=given))
        desk.cases.enter(desk.ledger.faxes[inbound(job)])
        desk.clock.advance(minutes=1)
    desk.ask()
    for job in (1, 2):
        (delivery,) = desk.deliveries.about(inbound(job))
        assert f'"case_id":"{inbound(2)}"' in delivery.body


def test_only_the_faxes_of_the_span_and_of_the_route_are_looked_at(desk: Desk) -> None:
    for job, user in ((1, "jo"), (2, "jo"), (3, "sam"), (4, None)):
        desk.settle(outbound(job), facts=Facts(user=user))
        desk.clock.advance(hours=1)
    desk.settle(greenfax(5))
    desk.routes.put(Route(JO, (HOOK, MAIL)))
    assert desk.planned(Missed(NOON + HOUR, route=JO)) == ["2 fax.sent"]
    assert desk.planned(Missed(NOON, NOON + 4 * HOUR, route=DEFAULT_ROUTE)) == ["3 fax.sent", "4 fax.sent"]
    # By its id, in whatever route it stands.
    assert desk.planned(Missed(NOON, target_id=HOOK.id)) == ["1 fax.sent", "5 fax.sent"]


def test_a_target_is_told_what_it_wants_to_know(desk: Desk) -> None:
    desk.routes.put(Route(DEFAULT_ROUTE, (MAIL,)))
    desk.settle(outbound(1))
    desk.settle(outbound(2), Status.FAILED)
    assert MAIL.events == {EventType.FAX_FAILED}
    assert desk.planned() == ["2 fax.failed"]


def test_what_is_no_news_is_nothing_that_was_missed(desk: Desk) -> None:
    desk.settle(outbound(1))
    desk.settle(outbound(2))
    desk.change(outbound(2), lambda fax: replace(fax, is_history=True))
    for job in (3, 4):
        desk.settle(outbound(job))
        desk.change(outbound(job), lambda fax: replace(fax, completed_at=desk.tell_from - HOUR))
    desk.change(outbound(4), amended)
    # Settled and announced under its id before it expired, and said again now by who names no time.
    desk.settle(outbound(5))
    desk.change(outbound(5), lambda fax: replace(fax, completed_at=None, is_timeless=True))
    desk.timeless.first_settled(outbound(5), NOON - timedelta(days=500))
    desk.ledger.note(report(outbound(6), None))
    assert desk.planned() == ["1 fax.sent", "4 fax.amended"]


@pytest.mark.parametrize(("days", "jobs"), [(399, ["1 fax.amended", "1 fax.sent"]), (401, [])])
def test_nothing_is_told_whose_delivery_may_have_expired(desk: Desk, days: int, jobs: list[str]) -> None:
    desk.settle(outbound(1))
    desk.change(outbound(1), amended)
    desk.clock.advance(hours=24 * days)
    assert desk.planned() == jobs


def test_a_submission_that_its_provider_refused_was_missed_too(desk: Desk) -> None:
    submission = accept(desk)
    refused = replace(
        desk.orders.submissions[submission], state=SubmissionState.REFUSED, state_at=desk.clock.now()
    )
    desk.orders.submissions[submission] = refused
    fax = failed_fax(refused, ACCOUNTS)
    assert fax is not None
    (event,) = events_between(None, fax)
    (at_once,) = desk.told_at_once(event)
    desk.ask()
    (late,) = desk.deliveries.about(fax.id)
    assert replace(late, next_at=at_once.next_at) == at_once


def test_whose_sender_has_named_others_is_no_fax_of_a_route(desk: Desk) -> None:
    accept(desk, MAIL)
    desk.settle(outbound(1), facts=Facts(reference=SUBMISSION, to_number="12025550100"))
    desk.settle(outbound(2))
    desk.change(outbound(2), lambda fax: replace(fax, submission=SUBMISSION))
    desk.settle(outbound(3))
    assert desk.planned() == ["3 fax.sent"]


def accept(desk: Desk, *notify: Target) -> str:
    order = Order(
        id=SUBMISSION.partition("-")[0],
        provider=Provider.SOFTLINX,
        submissions=(SUBMISSION,),
        recipients=(Recipient("12025550100"),),
        accepted_at=desk.clock.now(),
        fingerprint="f",
        notify=notify,
    )
    desk.orders.accept(order)
    return SUBMISSION


def test_an_order_that_can_t_be_read_holds_up_no_other_fax(desk: Desk) -> None:
    class Unreadable(InMemoryOrders):
        def find(self, order_id: str) -> KeptOrder | None:
            raise ItemUnreadable(f"ORDER#{order_id}", "novelty")

    desk.settle(outbound(1), facts=Facts(reference=SUBMISSION))
    desk.settle(outbound(2))
    plan_missed = replace(desk.plan_missed, orders=Unreadable(desk.clock))
    page = plan_missed(OF_ALL, cursor=None, is_dry_run=False)
    assert {one.key.subject for one in page.deliveries if one.due_at} == {outbound(2)}
    assert [level for level, _, _ in desk.log.lines] == ["error", "info"]


def test_a_long_list_is_worked_off_in_pages_at_one_pace(desk: Desk) -> None:
    for job in range(1, 252):
        desk.settle(outbound(job))
    moments: list[datetime] = []
    cursor, pages = None, 0
    missed = replace(OF_ALL, target_id=HOOK.id)
    while pages == 0 or cursor is not None:
        page = desk.plan_missed(missed, cursor=cursor, is_dry_run=False)
        moments += [one.due_at for one in page.deliveries if one.due_at is not None]
        cursor, pages = page.cursor, pages + 1
    assert pages == 3
    assert moments == [NOON + n * PACE for n in range(251)]


def test_a_route_of_many_targets_is_worked_off_a_few_faxes_at_a_time(desk: Desk) -> None:
    targets = tuple(Target(HOOK.channel, f"https://hooks.example.org/{n}") for n in range(20))
    desk.routes.put(Route(DEFAULT_ROUTE, targets))
    for job in range(1, 41):
        desk.settle(outbound(job))
    page = desk.plan_missed(OF_ALL, cursor=None, is_dry_run=True)
    assert len(page.deliveries) == 300
    assert len(desk.ask()) == 800
