"""Where an item stands in the indexes is what it is like, whatever became of it and in whatever order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from faxledger.domain.amendments import Amendment
from faxledger.domain.attempts import next_attempt
from faxledger.domain.fax import FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import DocumentType, Facts, Failure, Fax, StoredDocument
from faxledger.domain.submission import HandedOver, Handover, Order, Recipient, Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.ledger import items, keys, submissions
from tests.contract import worlds
from tests.contract.worlds import INDEX_ATTRIBUTES, Server, World
from tests.fakes.clock import NOON
from tests.fakes.faxes import MARK, STORE, STORE_AND_MARK, greenfax, inbound, outbound, report

SENT, RECEIVED, MAILED = outbound(1), inbound(1), greenfax(1)
FAXES: Final = (SENT, next_attempt(SENT), outbound(2), RECEIVED, MAILED)
ORDER_ID = "0123456789abcdef" * 2
SUBMISSION = f"{ORDER_ID}-1"
ORDER = Order(
    id=ORDER_ID,
    provider=Provider.GREENFAX,
    submissions=(SUBMISSION,),
    recipients=(Recipient("12025550100"),),
    accepted_at=NOON,
    fingerprint="f",
    user="frontdesk",
    reference="case-7",
)
DOCUMENT = StoredDocument("1.pdf", DocumentType.PDF, 5, "ab" * 32)
REFUSED = Failure(FailureClass.REJECTED, "9", "not allowed")
KNOWN = Facts(to_number="(202) 555-0100", from_number="12025550199", reference="case-8")
LATER = timedelta(days=7)

Act = Callable[[World], object]


def _amend(fax_id: FaxId, status: Status) -> Act:
    def act(world: World) -> object:
        known = world.amendments.find(fax_id)
        amendment = Amendment(status, Status.FAILED, "jo", world.clock.now(), "called")
        return known and world.amendments.add(known, amendment)

    return act


def _mark(fax_id: FaxId) -> Act:
    def act(world: World) -> object:
        fax = world.ledger.find(fax_id)
        return fax and world.ledger.mark_done(fax_id, resent_at=fax.resent_at)

    return act


def _store(fax_id: FaxId) -> Act:
    def act(world: World) -> object:
        fax = world.ledger.find(fax_id)
        if fax is not None:
            world.ledger.store_done(fax, DOCUMENT)
        return fax

    return act


def _give_up_storing(world: World) -> object:
    fax = world.ledger.find(RECEIVED)
    return fax and world.ledger.store_given_up(fax)


def _with_submission(act: Callable[[World, Submission], object]) -> Act:
    def found(world: World) -> object:
        submission = world.joins.submission(SUBMISSION)
        return submission and act(world, submission)

    return found


def _look_at_what_is_overdue(world: World) -> None:
    for what in list(world.due.overdue(before=world.clock.now() + timedelta(days=2))):
        world.due.found_overdue(what, look_at=world.clock.now() + LATER)


def _stop_waiting(world: World) -> None:
    fax = world.ledger.find(SENT)
    if fax is not None and fax.resent_at is not None:
        world.due.stop_waiting(SENT, resent_at=fax.resent_at)


def _postpone(world: World) -> None:
    for one in list(world.due.all()):
        if one.fax.id == SENT:
            world.due.postpone(SENT, look_at=one.look_at, until=world.clock.now() + LATER)


ACTS: Mapping[str, Act] = {
    "opened": lambda world: world.ledger.open(HandedOver(SENT, world.clock.now(), KNOWN)),
    "noted": lambda world: world.ledger.note(report(SENT, None, facts=KNOWN)),
    "hinted": lambda world: world.ledger.note(report(RECEIVED, Status.RECEIVED)),
    "sent": lambda world: world.ledger.settle(report(SENT, Status.SENT, owes=MARK)),
    "sent, the feed says": lambda world: world.ledger.settle(
        report(MAILED, Status.SENT, source=Source.FEED, completed_at=NOON, facts=KNOWN)
    ),
    "failed": lambda world: world.ledger.settle(report(SENT, Status.FAILED, owes=MARK)),
    "failed, the poll says": lambda world: world.ledger.settle(
        report(SENT, Status.FAILED, source=Source.POLL, completed_at=world.clock.now(), facts=KNOWN)
    ),
    "received": lambda world: world.ledger.settle(
        report(RECEIVED, Status.RECEIVED, owes=STORE_AND_MARK, facts=KNOWN)
    ),
    "received, the feed says": lambda world: world.ledger.settle(
        report(RECEIVED, Status.RECEIVED, source=Source.FEED, owes=STORE, completed_at=NOON)
    ),
    "received in part": lambda world: world.ledger.settle(
        report(RECEIVED, Status.RECEIVED_PARTIAL, owes=STORE_AND_MARK)
    ),
    "marked": _mark(SENT),
    "marked on what was known at first": lambda world: world.ledger.mark_done(SENT),
    "mark owed": lambda world: world.ledger.mark_owed(world.ledger.find(SENT) or Fax(SENT)),
    "received one's mark owed": lambda world: world.ledger.mark_owed(
        world.ledger.find(RECEIVED) or Fax(RECEIVED)
    ),
    "mark refused": lambda world: world.ledger.mark_refused(SENT, most=2),
    "received one marked": lambda world: world.ledger.mark_done(RECEIVED),
    "received one's mark refused": lambda world: world.ledger.mark_refused(RECEIVED, most=1),
    "stored": _store(RECEIVED),
    "storing given up": _give_up_storing,
    "amended to sent": _amend(SENT, Status.SENT),
    "amended to failed": _amend(SENT, Status.FAILED),
    "sent once more": lambda world: world.resends.begin(SENT, ORDER_ID),
    "went on": lambda world: world.resends.went_on(SENT, ORDER_ID, next_attempt(SENT)),
    "went on as another": lambda world: world.resends.went_on(SENT, ORDER_ID, outbound(2)),
    "not sent once more": lambda world: world.resends.dropped(SENT, ORDER_ID),
    "resend lost": _stop_waiting,
    "accepted": lambda world: world.orders.accept(ORDER),
    "handed over": lambda world: world.orders.record(SUBMISSION, Handover(SubmissionState.HANDED_OVER)),
    "unknown": lambda world: world.orders.record(SUBMISSION, Handover(SubmissionState.UNKNOWN)),
    "named": lambda world: world.orders.record(SUBMISSION, Handover(SubmissionState.HANDED_OVER, MAILED)),
    "refused": lambda world: world.orders.record(
        SUBMISSION, Handover(SubmissionState.REFUSED, failure=REFUSED)
    ),
    "bounced": lambda world: world.joins.fail(SUBMISSION, REFUSED),
    "joined": _with_submission(lambda world, one: world.joins.join(one, MAILED, JoinedBy.CODE)),
    "guessed": _with_submission(lambda world, one: world.joins.join(one, MAILED, JoinedBy.GUESS)),
    "parted": _with_submission(lambda world, one: world.joins.part(one)),
    "postponed": _postpone,
    "looked at": _look_at_what_is_overdue,
    "a day later": lambda world: world.clock.advance(days=1),
}

lives = st.lists(st.sampled_from(sorted(ACTS)), max_size=14)


@dataclass(frozen=True, slots=True)
class Known:
    """All that a ledger says, but for where its items lie."""

    faxes: Mapping[FaxId, Fax | None]
    submission: Submission | None
    due: list[tuple[FaxId, datetime]]
    overdue: list[str]


def known(world: World) -> Known:
    ever = world.clock.now() + timedelta(days=4_000)
    return Known(
        {fax_id: world.ledger.find(fax_id) for fax_id in FAXES},
        world.joins.submission(SUBMISSION),
        [(one.fax.id, one.look_at) for one in world.due.all()],
        [str(what.id) for what in world.due.overdue(before=ever)],
    )


def keys_of(fax: Fax) -> dict[str, str | None]:
    """Where a fax stands in the listings."""
    shard = keys.shard_of(str(fax.id))
    found_by: Any = items.encode_index_keys(fax.facts, fax.id.direction, shard)
    return {
        "time_key": keys.time_partition(fax.id.provider, fax.id.direction, shard),
        "status_key": keys.status_partition(fax.id.provider, fax.status, shard),
        **found_by,
    }


def hold_keys_and_item_together(item: Mapping[str, Any]) -> None:
    there = {name: item[name]["S"] for name in INDEX_ATTRIBUTES if name in item}
    if submissions.is_submission(item):
        one = submissions.decode(item)
        written = submissions.encode(one)
        assert there == {name: written[name] for name in INDEX_ATTRIBUTES if written[name] is not None}
        assert ("due_key" in there) == one.has_no_fax_yet
        assert ("time_key" in there) == (one.fax is None)
    elif keys.is_fax(item):
        fax = items.decode(item)
        assert items.decode(dict(reversed([*item.items()]))) == fax
        assert {name: there.get(name) for name in keys_of(fax)} == keys_of(fax)
        assert there["listed_at"].endswith(f"#{fax.id}")
        if fax.is_settled:
            assert keys.moment_of(there["listed_at"]) == (fax.completed_at or fax.settled_at)
        assert ("due_key" in there) == ("due_at" in there) == (not fax.is_finished)
        # What somebody is to do next stands where somebody looks.
        assert fax.next_duty is None or "due_key" in there


def differences(there: Fax | None, here: Fax | None) -> list[str]:
    return [
        field.name for field in fields(Fax) if getattr(there, field.name, 0) != getattr(here, field.name, 0)
    ]


def live(server: Server, life: list[str]) -> None:
    """Both ledgers say the same after each act, and every item stands where it belongs."""
    real, fake = server.world(), worlds.in_memory()
    for name in life:
        assert ACTS[name](real) == ACTS[name](fake), name
    there, here = known(real), known(fake)
    assert there.due == here.due
    assert there.overdue == here.overdue
    assert there.submission == here.submission
    for fax_id in FAXES:
        assert there.faxes[fax_id] == here.faxes[fax_id], differences(there.faxes[fax_id], here.faxes[fax_id])
    for item in server.items():
        hold_keys_and_item_together(item)


@settings(max_examples=80, deadline=None)
@given(lives)
@example(["received", "storing given up", "received one marked"])
@example(["received", "received one's mark refused", "stored"])
@example(["sent", "noted", "opened", "marked"])
@example(["opened", "looked at", "sent", "marked", "noted"])
@example(["accepted", "looked at", "sent, the feed says", "guessed", "bounced", "parted"])
@example(["failed", "sent once more", "resend lost", "failed", "marked"])
@example(["received, the feed says", "mark owed", "stored", "received one's mark owed"])
@example(["failed", "sent once more", "went on", "mark owed", "mark refused"])
@example(["failed", "amended to sent", "failed, the poll says"])
@example(["failed, the poll says", "sent", "failed"])
def test_on_tables_in_memory_keys_item_and_fake_agree_whatever_happens(
    memory_client: object, life: list[str]
) -> None:
    with worlds.memory_tables(), worlds.new_table(memory_client) as table:
        live(table, life)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(lives)
@example(["failed, the poll says", "sent", "failed"])
def test_on_dynamodb_local_keys_item_and_fake_agree_whatever_happens(
    dynamodb_client: object, life: list[str]
) -> None:
    with worlds.new_table(dynamodb_client) as table:
        live(table, life)


@pytest.mark.parametrize(
    ("life", "act"),
    [
        (["failed"], "mark refused"),
        (["failed, the poll says"], "failed"),
        (["failed"], "sent once more"),
        (["opened", "failed"], "noted"),
        (["opened", "sent", "marked"], "noted"),
        (["opened", "sent", "marked"], "opened"),
        (["received", "stored", "received one marked"], "hinted"),
        (["failed"], "amended to failed"),
        (["opened"], "noted"),
        (["received"], "stored"),
        (["received"], "storing given up"),
        (["accepted"], "handed over"),
        (["accepted", "handed over"], "unknown"),
        (["sent, the feed says", "accepted", "joined"], "joined"),
    ],
)
def test_what_leaves_the_keys_alone_rewrites_no_index(server: Server, life: list[str], act: str) -> None:
    world = server.world()
    for name in life:
        ACTS[name](world)
    before = _indexed(server)
    ACTS[act](world)
    assert _indexed(server) == before


def _indexed(server: Server) -> list[dict[str, Any]]:
    return sorted(
        (
            {name: item[name] for name in ("pk", "sk", *INDEX_ATTRIBUTES) if name in item}
            for item in server.items()
        ),
        key=str,
    )
