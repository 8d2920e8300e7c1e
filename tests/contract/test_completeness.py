"""No record forgets a field: whatever is kept or sent comes back with all that was in it.

The records are made from their own definition, so that a field which somebody adds to one, and to nothing
that writes or reads it, fails here. What is left out on purpose stands in `LEFT_OUT`, with the reason. A
claim is no record: of it the table keeps what tests/contract/test_claims.py asks for.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

import pytest

from faxledger.adapters.notify_queue import SqsDeliveryQueue, SqsEventQueue
from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.cases import Transmission
from faxledger.domain.coverage import FeedProgress
from faxledger.domain.day_events import DayClosed, day_closed_of, day_detail_of
from faxledger.domain.deliveries import Delivery, Route
from faxledger.domain.events import EventType, FaxEvent, detail_of, event_of
from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import Duty, DutyState, Facts, Fax, Report, StoredDocument, Unreadable
from faxledger.domain.submission import HandedOver, Handover, KeptOrder, Order, Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.triggers.notify_queue import NotifyBatches
from faxledger.usecases.ports.notifying import DueDelivery
from tests.contract.worlds import World
from tests.fakes.events import RESTATED, day_delivery_of
from tests.fakes.faxes import inbound, outbound
from tests.fakes.ledger import Kept
from tests.fakes.observe import Counts, LogLines
from tests.support.filled import filled, filled_paths, paths

ORDER_ID = "0123456789abcdef" * 2
SUBMISSION = f"{ORDER_ID}-1"
HOUR = timedelta(hours=1)

LEFT_OUT: Mapping[type, Mapping[str, str]] = {
    Fax: {"unsettling.status": "a word that settles nothing means no status"},
    Submission: {
        "facts.from_number": "known from reports, which are about a fax",
        "facts.pages": "known from reports, which are about a fax",
        "facts.pages_total": "known from reports, which are about a fax",
        "facts.duration_seconds": "known from reports, which are about a fax",
        "facts.cost_usd": "known from reports, which are about a fax",
    },
    Delivery: {"target.events": "a delivery is of one event"},
}
# Where a fax says what a report or a handing over says under another name.
SAID_AS: Mapping[str, Callable[[Fax], object]] = {
    "fax": lambda fax: fax.id,
    "source": lambda fax: fax.settled_by,
    "status": lambda fax: fax.first_status,
    "word": lambda fax: fax.sightings[0].word,
    "given": lambda fax: fax.sightings[0].given,
    "unread": lambda fax: frozenset(fax.sightings[0].unread),
    "owes": lambda fax: frozenset(fax.duties),
}


def missing(kind: type, *lives: object) -> set[str]:
    """The fields of a record that none of its lives has filled, and that are not left out on purpose."""
    left_out = LEFT_OUT.get(kind, {})
    assert set(left_out) <= paths(kind), "a reason is given for what is no field any more"
    found = frozenset[str]().union(*(filled_paths(life) for life in lives))
    assert not found & set(left_out), "a reason is given for what is kept after all"
    return set(paths(kind) - found - set(left_out))


def said_differently(record: Report | HandedOver, fax: Fax) -> list[str]:
    """The fields of what was said of a fax that the ledger's fax tells otherwise, or not at all."""
    names = [field.name for field in fields(record)]
    return [name for name in names if getattr(record, name) != SAID_AS.get(name, attrgetter(name))(fax)]


def failed(number: int, **given: object) -> Report:
    return filled(
        Report, **{"fax": outbound(number), "status": Status.FAILED, "owes": frozenset({Duty.MARK}), **given}
    )


def found(world: World, fax_id: FaxId) -> Fax:
    fax = world.ledger.find(fax_id)
    assert fax is not None
    return fax


def test_a_fax_tells_all_that_a_report_said(world: World) -> None:
    report = failed(1)
    world.ledger.settle(report)
    assert said_differently(report, found(world, report.fax)) == []


def test_a_fax_tells_all_that_was_known_when_it_was_handed_over(world: World) -> None:
    handed_over = filled(HandedOver, fax=outbound(1), submission=SUBMISSION)
    world.ledger.open(handed_over)
    assert said_differently(handed_over, found(world, handed_over.fax)) == []


def test_everything_that_can_become_of_a_fax_is_kept(world: World) -> None:
    assert missing(Fax, *_faxes(world)) == set()


def _faxes(world: World) -> Iterator[Fax]:
    # Sent from here, said to have failed and to have been sent, amended, and sent once more.
    fax_id = outbound(33)
    world.ledger.open(filled(HandedOver, fax=fax_id, submission=SUBMISSION))
    world.ledger.note(failed(33, status=None, owes=frozenset(), source=Source.EMAIL))
    world.ledger.settle(failed(33, source=Source.CALLBACK))
    world.ledger.settle(failed(33, source=Source.POLL, facts=Facts(cost_usd=Decimal("9.99"))))
    world.ledger.settle(failed(33, status=Status.SENT, source=Source.FEED))
    world.amendments.add(AmendedFax(found(world, fax_id)), filled(Amendment))
    world.resends.begin(fax_id, ORDER_ID)
    world.resends.went_on(fax_id, ORDER_ID, outbound(34))
    yield found(world, fax_id)

    # Sent once more, and nothing was heard of that; another one of which nothing was heard at all.
    world.ledger.settle(failed(35))
    world.ledger.duty_failed(outbound(35), Duty.MARK, "ModifySendFax: no answer in time")
    world.resends.begin(outbound(35), ORDER_ID)
    world.due.stop_waiting(outbound(35), resent_at=world.clock.now())
    yield found(world, outbound(35))
    world.ledger.open(filled(HandedOver, fax=outbound(36)))
    world.due.found_overdue(found(world, outbound(36)), look_at=world.clock.now())
    yield found(world, outbound(36))

    # Sent, but for two of its pages, and nobody says when.
    broken_off = Facts(pages=1, pages_total=3)
    world.ledger.settle(failed(37, status=Status.SENT, facts=broken_off, completed_at=None))
    yield found(world, outbound(37))

    # Received, and its document is safe.
    fax_id = inbound(7)
    owes = frozenset({Duty.STORE, Duty.MARK})
    world.ledger.settle(filled(Report, fax=fax_id, status=Status.RECEIVED, owes=owes))
    document = filled(StoredDocument)
    world.ledger.store_done(found(world, fax_id), document)
    yield found(world, fax_id)
    assert found(world, fax_id).document == document


def order() -> Order:
    return filled(Order, id=ORDER_ID, submissions=(SUBMISSION, f"{ORDER_ID}-2"))


def test_an_order_is_kept_with_all_that_was_asked_and_answered(world: World) -> None:
    asked, answer = order(), (filled(Handover), filled(Handover))
    world.orders.accept(asked)
    world.orders.begin(ORDER_ID, until=world.clock.now() + HOUR)
    world.orders.answered(ORDER_ID, answer)
    kept = world.orders.find(ORDER_ID)
    assert kept is not None
    assert kept.order == asked
    assert kept.handovers == answer
    assert missing(KeptOrder, kept) == set()


def test_everything_that_can_become_of_a_submission_is_kept(world: World) -> None:
    assert missing(Submission, *_submissions(world)) == set()


def _submissions(world: World) -> Iterator[Submission]:
    world.orders.accept(order())
    refused, arrived = (_submission(world, submission_id) for submission_id in order().submissions)
    yield arrived
    world.orders.record(refused.id, filled(Handover, state=SubmissionState.REFUSED, fax=None))
    yield _submission(world, refused.id)
    world.due.found_overdue(arrived, look_at=world.clock.now() + HOUR)
    yield _submission(world, arrived.id)
    world.ledger.settle(failed(1))
    assert world.joins.join(arrived, outbound(1), JoinedBy.CODE)
    yield _submission(world, arrived.id)


def _submission(world: World, submission_id: str) -> Submission:
    submission = world.orders.submission(submission_id)
    assert submission is not None
    return submission


def test_a_delivery_is_kept_with_all_that_was_planned_and_became_of_it(world: World) -> None:
    now = world.clock.now()
    planned = filled(
        Delivery, next_at=now, attempts=1, state=DutyState.PENDING, problem=None, delivered_at=None
    )
    planned = replace(planned, target=replace(planned.target, events=frozenset()))
    world.deliveries.plan(planned)
    (kept,) = world.deliveries.about(planned.key.subject)
    assert kept == planned
    world.deliveries.later(kept, "answered 500", next_at=now, look_at=now)
    (put_off,) = world.deliveries.about(planned.key.subject)
    world.deliveries.done(put_off)
    (delivered,) = world.deliveries.about(planned.key.subject)
    assert missing(Delivery, kept, put_off, delivered) == set()


def test_a_route_is_kept_with_its_targets_and_which_of_them_are_disabled(world: World) -> None:
    now = world.clock.now()
    route = filled(Route, disabled={})
    world.routes.put(route)
    for target in route.targets:
        world.routes.disable(route.key, target.id, now=now)
    kept = world.routes.find(route.key)
    assert kept is not None
    assert set(kept.targets) == set(route.targets)
    assert kept == replace(route, targets=kept.targets, disabled={one.id: now for one in route.targets})
    assert missing(Route, kept) == set()


def test_an_amendment_is_kept_whole(world: World) -> None:
    amendment = filled(Amendment)
    world.ledger.settle(failed(1))
    world.amendments.add(AmendedFax(found(world, outbound(1))), amendment)
    amended = world.amendments.find(outbound(1))
    assert amended is not None
    assert amended.amendments == (amendment,)


def test_how_far_a_feed_was_read_is_kept_whole(world: World) -> None:
    progress = filled(FeedProgress)
    world.progresses.write("feed", progress)
    assert world.progresses.read("feed") == progress
    assert missing(FeedProgress, progress) == set()


def test_a_transmission_is_found_whole(world: World) -> None:
    transmission = filled(Transmission)
    world.transmissions.enter(transmission)
    later = replace(transmission, fax=inbound(7), at=transmission.at + HOUR / 2)
    assert list(world.transmissions.before(later, HOUR)) == [transmission]


def test_what_could_not_be_read_is_kept_whole(world: World) -> None:
    unreadable = filled(Unreadable)
    world.unreadables.set_aside(unreadable)
    assert world.kept() == [Kept(unreadable, times=1)]


def event() -> FaxEvent:
    return filled(FaxEvent, type=EventType.FAX_AMENDED, submission=SUBMISSION)


def test_an_event_comes_off_the_bus_as_it_was_put_there() -> None:
    assert missing(FaxEvent, event()) == set()
    assert event_of(event().type, json.loads(json.dumps(detail_of(event())))) == event()


class Queue:
    """Takes what is sent, and hands it on as Lambda would."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803 - botocore's names
        self.bodies += [entry["MessageBody"] for entry in Entries]
        return {}

    def event(self) -> Mapping[str, Any]:
        return {
            "Records": [
                {"messageId": "m", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
                for body in self.bodies
            ]
        }


def test_what_is_put_on_the_notify_queue_comes_off_it_whole() -> None:
    queue, due = Queue(), filled(DueDelivery)
    SqsDeliveryQueue(queue, "").send([due])
    SqsEventQueue(queue, "").publish([event()])
    planned: list[FaxEvent] = []
    attempted: list[DueDelivery] = []
    days: list[DayClosed] = []
    batches = NotifyBatches(planned.append, days.append, attempted.append, Counts(), LogLines())
    assert batches.answer(queue.event()) == {"batchItemFailures": []}
    assert (planned, days, attempted) == ([event()], [], [due])
    assert missing(DueDelivery, due) == set()


@pytest.mark.parametrize("after_round", [None, 2])
def test_what_is_due_of_a_closed_day_comes_off_the_notify_queue_as_it_was_put_there(
    after_round: int | None,
) -> None:
    queue, due = Queue(), DueDelivery(day_delivery_of().key, after_round)
    SqsDeliveryQueue(queue, "").send([due])
    attempted: list[DueDelivery] = []
    batches = NotifyBatches(lambda _: None, lambda _: None, attempted.append, Counts(), LogLines())
    assert batches.answer(queue.event()) == {"batchItemFailures": []}
    assert attempted == [due]


def test_a_closed_day_comes_off_the_bus_as_it_was_put_there() -> None:
    assert missing(DayClosed, RESTATED, replace(RESTATED, reasons=("open",))) == set()
    assert day_closed_of(json.loads(json.dumps(day_detail_of(RESTATED)))) == RESTATED
