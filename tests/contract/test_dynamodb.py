"""What the ledger promises of its table: calls, tokens, sizes, retention, and errors that tell no secret."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from faxledger.adapters import aws
from faxledger.domain.coverage import FeedProgress
from faxledger.domain.fax import FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import (
    DocumentType,
    Duty,
    DutyState,
    Facts,
    Failure,
    Fax,
    Outcome,
    Settlement,
    StoredDocument,
)
from faxledger.domain.submission import UNKNOWN, HandedOver, Order, Recipient
from faxledger.errors import ItemRefused, LedgerUnavailable
from faxledger.ledger import keys
from faxledger.usecases.ports.claims import Claim
from faxledger.usecases.ports.listing import Listing
from tests.contract.wire import counting, losing_the_answer, refusing_client, watching
from tests.contract.worlds import INDEX_ATTRIBUTES, INDEXES, RETENTION_DAYS, Server, World
from tests.fakes.clock import NOON
from tests.fakes.events import delivery_of
from tests.fakes.faxes import MARK, REPORTERS, STORE, inbound, outbound, report, unreadable
from tests.support.ledger_tables import table_properties

FAX = outbound()
NUMBER = "2155550100"
PROGRESS = FeedProgress(NOON.date(), most_current=90, most_older=90)
SENT = report(FAX, Status.SENT, owes=MARK)
SENT_BY_POLL = report(FAX, Status.SENT, source=Source.POLL)
FAILED_BY_POLL = report(FAX, Status.FAILED, source=Source.POLL)
ONE = ["UpdateItem"]
TWO = ["UpdateItem", "UpdateItem"]


def test_a_new_fax_costs_one_call_a_repeat_one_and_a_further_source_two(server: Server) -> None:
    ledger = server.world().ledger
    costs = []
    for said in (SENT, SENT, SENT_BY_POLL, SENT_BY_POLL, SENT):
        with counting(server.client) as requests:
            ledger.settle(said)
        costs.append(requests)

    assert costs == [ONE, ONE, TWO, ONE, ONE]


def test_a_further_source_costs_one_call_where_the_fax_is_known_to_be_settled(server: Server) -> None:
    ledger = server.world().ledger
    ledger.settle(SENT)
    known = ledger.find(FAX)
    with counting(server.client) as requests:
        ledger.settle(FAILED_BY_POLL, known=known)
    assert requests == ONE


def test_a_conflict_costs_two_calls_and_its_repeat_one(server: Server) -> None:
    ledger = server.world().ledger
    ledger.settle(SENT)
    costs = []
    for _ in range(2):
        with counting(server.client) as requests:
            ledger.settle(FAILED_BY_POLL)
        costs.append(requests)

    assert costs == [TWO, ONE]


def test_opening_noting_finding_and_marking_cost_one_call_each(server: Server) -> None:
    ledger = server.world().ledger
    with counting(server.client) as requests:
        ledger.open(HandedOver(FAX, NOON))
        ledger.note(report(FAX, None))
        ledger.find(FAX)
        ledger.find_many([outbound(number) for number in range(1, 101)])
        ledger.mark_done(FAX)

    assert requests == ["UpdateItem", "UpdateItem", "GetItem", "BatchGetItem", "UpdateItem"]


def test_storing_a_fax_that_owes_its_mark_costs_one_call_and_one_that_owes_nothing_too(
    server: Server,
) -> None:
    ledger = server.world().ledger
    for fax, owes in ((inbound(1), STORE | MARK), (inbound(2), STORE)):
        ledger.settle(report(fax, Status.RECEIVED, owes=owes))
        known = ledger.find(fax)
        assert known is not None
        with counting(server.client) as requests:
            ledger.store_done(known, StoredDocument("a.pdf", DocumentType.PDF, 1, "ab" * 32))
        assert requests == ONE


def test_a_report_of_the_next_attempt_costs_two_calls(server: Server) -> None:
    world = server.world()
    world.ledger.settle(report(FAX, Status.FAILED))
    world.resends.begin(FAX, ORDER.id)
    costs = []
    for _ in range(2):
        with counting(server.client) as requests:
            world.ledger.settle(SENT)
        costs.append(requests)

    assert costs == [TWO, TWO]


def test_an_order_whose_beginning_was_not_heard_of_was_begun_by_us(server: Server) -> None:
    world = server.world()
    world.orders.accept(ORDER)
    with losing_the_answer(server.client, to_request=1), counting(server.client) as requests:
        is_begun = world.orders.begin(ORDER.id, until=NOON)

    assert (requests, is_begun) == (TWO, True)
    assert not world.orders.begin(ORDER.id, until=NOON)


def test_our_own_repeated_write_is_told_from_somebody_elses(server: Server) -> None:
    world = server.world()
    with losing_the_answer(server.client, to_request=1), counting(server.client) as requests:
        settlement = world.ledger.settle(SENT)

    assert requests == TWO
    assert settlement == Settlement(Outcome.SETTLED, is_news=True)
    assert world.ledger.settle(SENT) == Settlement(Outcome.KNOWN, is_news=False)


def test_our_own_repeated_conflict_is_still_news(server: Server) -> None:
    world = server.world()
    world.ledger.settle(SENT)
    with losing_the_answer(server.client, to_request=2), counting(server.client) as requests:
        settlement = world.ledger.settle(FAILED_BY_POLL)

    assert len(requests) == 3
    assert settlement == Settlement(Outcome.CONFLICT, is_news=True)
    assert world.ledger.settle(FAILED_BY_POLL) == Settlement(Outcome.CONFLICT, is_news=False)


def test_our_own_repeated_sighting_is_still_news(server: Server) -> None:
    world = server.world()
    world.ledger.settle(SENT)
    with losing_the_answer(server.client, to_request=2), counting(server.client) as requests:
        settlement = world.ledger.settle(SENT_BY_POLL)

    assert len(requests) == 3
    assert settlement == Settlement(Outcome.KNOWN, is_news=True)
    assert world.ledger.settle(SENT_BY_POLL) == Settlement(Outcome.KNOWN, is_news=False)


def test_our_own_repeated_claim_is_granted(server: Server) -> None:
    world = server.world()
    until = NOON + timedelta(minutes=20)
    with losing_the_answer(server.client, to_request=1):
        claim = world.claims.claim("greenfax-feed", now=NOON, until=until)

    assert claim.is_granted
    assert claim.next_at == until
    assert not world.claims.claim("greenfax-feed", now=NOON, until=until).is_granted


def test_our_own_repeated_giving_back_gives_back(server: Server) -> None:
    world = server.world()
    until = NOON + timedelta(minutes=20)
    lease = world.claims.claim("softlinx-query", now=NOON, until=until)
    with losing_the_answer(server.client, to_request=1):
        world.claims.give_back(lease)

    assert world.claims.claim("softlinx-query", now=NOON, until=until).is_granted


@contextmanager
def overtaken(server: Server, by: Callable[[], object]) -> Iterator[None]:
    """Between the first write of the block, which finds the fax settled, and the second `by` is done."""
    calls = 0

    def overtake(_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            by()

    with watching(server.client, overtake, "UpdateItem"):
        yield


def test_of_two_conflicts_at_once_one_is_news_and_both_are_seen(server: Server) -> None:
    world, other = server.world(), server.world()
    fax = outbound()
    world.ledger.settle(report(fax, Status.SENT))
    faster: list[Settlement] = []
    polled = report(fax, Status.FAILED, source=Source.POLL)

    with overtaken(server, lambda: faster.append(other.ledger.settle(polled))):
        slower = world.ledger.settle(report(fax, Status.FAILED, source=Source.FEED))

    assert [said.is_news for said in faster] == [True]
    assert slower == Settlement(Outcome.CONFLICT, is_news=False)
    found = world.ledger.find(fax)
    assert found is not None
    assert found.conflict is not None
    assert found.conflict.source is Source.POLL
    assert {said.source for said in found.sightings} == {Source.CALLBACK, Source.POLL, Source.FEED}


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED], ids=["agreed", "in conflict"])
@pytest.mark.parametrize("faster", [Status.SENT, Status.FAILED], ids=["after one agreed", "after a conflict"])
def test_costs_of_two_sources_that_speak_at_once_are_compared(
    server: Server, status: Status, faster: Status
) -> None:
    world, other = server.world(), server.world()
    world.ledger.settle(SENT)
    ten = report(FAX, faster, source=Source.POLL, facts=Facts(cost_usd=Decimal("0.10")))
    eleven = report(FAX, status, source=Source.FEED, facts=Facts(cost_usd=Decimal("0.11")))

    with overtaken(server, lambda: other.ledger.settle(ten)):
        world.ledger.settle(eleven)

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.costs_differ
    assert [said.cost_usd for said in fax.sightings] == [None, Decimal("0.11"), Decimal("0.10")]


def test_of_two_repeats_at_once_that_say_otherwise_both_are_kept(server: Server) -> None:
    world, other = server.world(), server.world()
    world.ledger.settle(SENT)
    first, second = (
        report(FAX, given={"FaxId": "33", "FaxNumber": number}) for number in ("12155550101", "12155550102")
    )

    with overtaken(server, lambda: other.ledger.settle(first)):
        world.ledger.settle(second)

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert {said.given.get("FaxNumber") for said in fax.sightings} == {None, "12155550101", "12155550102"}


def test_of_two_sources_that_know_at_once_when_a_fax_ended_the_first_is_believed(server: Server) -> None:
    world, other = server.world(), server.world()
    world.ledger.settle(SENT)
    first, second = (
        report(FAX, source=source, completed_at=NOON - timedelta(hours=hours))
        for hours, source in enumerate((Source.POLL, Source.FEED), start=1)
    )

    with overtaken(server, lambda: other.ledger.settle(first)):
        world.ledger.settle(second)

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.completed_at == first.completed_at
    assert keys.moment_of(server.item(FAX)["listed_at"]["S"]) == first.completed_at


def test_a_document_that_is_given_up_while_a_further_source_speaks_is_due_again(server: Server) -> None:
    world, other = server.world(), server.world()
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE))
    before = world.ledger.find(inbound())
    assert before is not None

    with overtaken(server, lambda: other.ledger.store_given_up(before)):
        world.ledger.settle(report(inbound(), Status.RECEIVED, source=Source.FEED))

    fax = world.ledger.find(inbound())
    assert fax is not None
    assert fax.duties == {Duty.STORE: DutyState.PENDING}
    assert [one.look_at for one in world.due.all()] == [NOON]


def test_a_document_that_is_waived_while_a_further_source_knows_of_pages_is_due(server: Server) -> None:
    world, other = server.world(), server.world()
    broken_off = report(inbound(), Status.RECEIVED_PARTIAL, owes=STORE)
    world.ledger.settle(broken_off)
    before = world.ledger.find(inbound())
    assert before is not None

    with overtaken(server, lambda: other.ledger.store_waived(before)):
        world.ledger.settle(replace(broken_off, source=Source.POLL, facts=Facts(pages=2)))

    fax = world.ledger.find(inbound())
    assert fax is not None
    assert fax.duties == {Duty.STORE: DutyState.PENDING}


@pytest.mark.parametrize("further", [SENT_BY_POLL, FAILED_BY_POLL])
def test_a_fax_that_retention_takes_meanwhile_is_settled_again_and_leaves_no_stump(
    server: Server, further: Any
) -> None:
    world = server.world()
    world.ledger.settle(SENT)
    calls = 0

    def expire(_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            server.client.delete_item(TableName=server.table, Key=keys.of_fax(FAX))

    with watching(server.client, expire, "UpdateItem"):
        assert world.ledger.settle(further).outcome is Outcome.SETTLED

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.status, fax.conflict) == (further.status, None)
    assert "expires_at" in server.item(FAX)


def _expiry(server: Server, fax: FaxId = FAX) -> int:
    return int(server.item(fax)["expires_at"]["N"])


def _kept_from(moment: Any) -> int:
    return int((moment + timedelta(days=RETENTION_DAYS)).timestamp())


def test_a_fax_is_kept_for_the_retention_from_when_it_was_settled(server: Server) -> None:
    world = server.world()
    world.ledger.open(HandedOver(FAX, NOON - timedelta(days=1)))
    assert _expiry(server) == _kept_from(NOON)
    world.clock.advance(days=3)
    world.ledger.note(report(FAX, None))
    assert _expiry(server) == _kept_from(NOON)
    world.ledger.settle(SENT)
    settled = _kept_from(NOON + timedelta(days=3))
    assert _expiry(server) == settled

    world.clock.advance(days=30)
    world.ledger.settle(SENT_BY_POLL)
    world.ledger.settle(FAILED_BY_POLL)
    world.ledger.note(report(FAX, None))
    world.ledger.open(HandedOver(FAX, NOON))
    world.ledger.mark_done(FAX)

    assert _expiry(server) == settled


def test_a_fax_that_is_sent_once_more_is_kept_for_as_long_as_its_next_attempt(server: Server) -> None:
    world = server.world()
    world.ledger.settle(report(FAX, Status.FAILED))
    world.clock.advance(days=5)
    world.resends.begin(FAX, ORDER.id)
    world.clock.advance(days=1)
    world.ledger.settle(SENT)

    assert _expiry(server) >= _expiry(server, outbound("33~2"))


def test_a_mark_that_is_owed_late_is_kept_for_the_retention_from_then(server: Server) -> None:
    world = server.world()
    world.ledger.settle(report(FAX, Status.SENT))
    world.clock.advance(days=RETENTION_DAYS - 1)
    world.ledger.mark_owed(Fax(FAX))

    assert _expiry(server) == _kept_from(world.clock.now())


def test_a_document_that_is_owed_again_is_kept_for_the_retention_from_then(server: Server) -> None:
    world = server.world()
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE))
    before = world.ledger.find(inbound())
    assert before is not None
    world.ledger.store_given_up(before)
    world.clock.advance(days=RETENTION_DAYS - 1)
    world.ledger.settle(report(inbound(), Status.RECEIVED, source=Source.FEED))

    assert _expiry(server, inbound()) == _kept_from(world.clock.now())


def test_a_delivery_that_is_made_again_is_kept_for_the_retention_from_then(server: Server) -> None:
    world = server.world()
    delivery = delivery_of(next_at=NOON)
    world.deliveries.plan(delivery)
    begun = world.deliveries.begin(delivery.key, now=NOON, until=NOON)
    assert begun is not None
    world.deliveries.give_up(begun, "nobody takes it")
    world.clock.advance(days=RETENTION_DAYS - 1)
    assert world.deliveries.reopen(delivery.key, round_=1, next_at=world.clock.now())

    (item,) = server.items()
    assert int(item["expires_at"]["N"]) == _kept_from(world.clock.now())


def test_what_is_only_noted_expires_too(server: Server) -> None:
    server.world().ledger.note(report(FAX, None))

    assert _expiry(server) == _kept_from(NOON)


def test_what_nobody_can_read_is_kept_for_the_retention_from_its_last_repeat(server: Server) -> None:
    world = server.world()
    world.unreadables.set_aside(unreadable())
    world.clock.advance(days=2)
    world.unreadables.set_aside(unreadable())

    (item,) = server.items()
    assert int(item["expires_at"]["N"]) == _kept_from(NOON + timedelta(days=2))


def test_claims_cursors_and_progresses_never_expire(server: Server) -> None:
    world = server.world()
    world.claims.claim("greenfax-feed", now=NOON, until=NOON)
    world.cursors.advance("softlinx-outbound", "33")
    world.progresses.write("greenfax-outbound", PROGRESS)

    assert [item.get("expires_at") for item in server.items()] == [None] * 3


def test_every_index_holds_keys_and_nothing_else_so_that_none_ever_has_to_change() -> None:
    defined = {
        index["IndexName"]: (index["Projection"], [key["AttributeName"] for key in index["KeySchema"]])
        for index in table_properties()["GlobalSecondaryIndexes"]
    }
    assert defined == {
        index.name: ({"ProjectionType": "KEYS_ONLY"}, [index.partition, index.sort]) for index in INDEXES
    }


def test_no_key_holds_who_was_faxed_or_what_about(server: Server) -> None:
    facts = Facts(to_number="2155550100", from_number="2155550199", user="jo", reference="patient Doe")
    world = server.world()
    world.ledger.settle(report(FAX, facts=facts, owes=MARK))
    world.unreadables.set_aside(unreadable(b"to=2155550100"))

    indexed = {"pk", "sk", *INDEX_ATTRIBUTES}
    texts = [item[name]["S"] for item in server.items() for name in indexed if name in item]
    assert not [text for text in texts for fact in ("21555501", "jo", "doe") if fact in text.lower()]


@pytest.mark.parametrize(
    "given",
    [
        {f"Field{number}": "\U0001f4e0" * 4_000 for number in range(4)},
        {f"{number:x}": "" for number in range(20_000)},
        {"\U0001f4e0" * 8_000: "\U0001f4e0" * 8_000},
    ],
    ids=["long values", "many fields", "long names"],
)
def test_a_fax_fits_into_an_item_with_everything_at_its_worst(
    dynamodb: Server, given: Mapping[str, str]
) -> None:
    long = "\U0001f4e0" * 16_000
    facts = Facts(to_number=long, from_number=long, user=long, reference=long)
    failure = Failure(FailureClass.OTHER, long, long)
    ledger = dynamodb.world().ledger
    ledger.open(HandedOver(FAX, NOON, facts))
    for source in REPORTERS:
        ledger.note(report(FAX, None, source=source, word=long, given=given))
    for source in REPORTERS:
        ledger.settle(
            report(
                FAX,
                Status.FAILED,
                source=source,
                word=long,
                given=given,
                facts=facts,
                failure=failure,
                owes=MARK,
            )
        )
    ledger.settle(report(FAX, Status.SENT, word=long, given=given))

    fax = ledger.find(FAX)
    assert fax is not None
    assert fax.conflict is not None
    assert len(fax.sightings) == len(fax.unsettling) == len(REPORTERS)
    assert all(said.given for said in fax.sightings)
    assert _bytes_of({"M": dynamodb.item(FAX)}) < 400_000


def _bytes_of(attribute: Mapping[str, Any]) -> int:
    """An item's size as DynamoDB's developer guide counts it."""
    ((kind, value),) = attribute.items()
    match kind:
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes_of(inner) for name, inner in value.items())
        case "S":
            return len(value.encode())
        case "N":
            return 21
        case _:
            return 1


def test_what_a_sighting_can_hold_it_holds_unchanged(server: Server) -> None:
    given = {"FaxId": "33", "ErrorText": "x" * 18_000, "Empty": ""}
    ledger = server.world().ledger
    ledger.settle(report(FAX, given=given))

    fax = ledger.find(FAX)
    assert fax is not None
    assert dict(fax.sightings[0].given) == given


def test_a_field_without_a_name_does_not_cost_us_the_report(server: Server) -> None:
    ledger = server.world().ledger
    ledger.settle(report(FAX, given={"FaxId": "33", "": "stray"}))

    fax = ledger.find(FAX)
    assert fax is not None
    assert dict(fax.sightings[0].given) == {"FaxId": "33", "(no name)": "stray"}


def _leave_unread(server: Server, *, answers: int) -> Callable[..., None]:
    def handler(parsed: dict[str, Any], **_: Any) -> None:
        nonlocal answers
        if answers == 0:
            return
        answers -= 1
        found = parsed["Responses"][server.table]
        left = found[len(found) // 2 :]
        del found[len(found) // 2 :]
        left_keys = [{"pk": item["pk"], "sk": item["sk"]} for item in left]
        parsed["UnprocessedKeys"] = {server.table: {"Keys": left_keys, "ConsistentRead": True}}

    return handler


@pytest.mark.parametrize("answers", [1, 3])
def test_keys_that_a_batch_leaves_unread_are_asked_for_again(server: Server, answers: int) -> None:
    world = server.world()
    told = {outbound(number) for number in range(1, 41)}
    for fax in told:
        world.ledger.settle(report(fax))
    handler = _leave_unread(server, answers=answers)
    server.client.meta.events.register("after-call.dynamodb.BatchGetItem", handler)
    try:
        found = world.ledger.find_many(told)
    finally:
        server.client.meta.events.unregister("after-call.dynamodb.BatchGetItem", handler)

    assert set(found) == told
    assert world.clock.slept


def test_a_batch_that_stays_unread_is_an_error_and_not_an_absence(server: Server) -> None:
    world = server.world()
    world.ledger.settle(SENT)
    handler = _leave_unread(server, answers=99)
    server.client.meta.events.register("after-call.dynamodb.BatchGetItem", handler)
    try:
        with pytest.raises(LedgerUnavailable):
            world.ledger.find_many([FAX])
    finally:
        server.client.meta.events.unregister("after-call.dynamodb.BatchGetItem", handler)


ORDER = Order(
    id="0123456789abcdef" * 2,
    provider=Provider.SOFTLINX,
    submissions=("0123456789abcdef" * 2 + "-1",),
    recipients=(Recipient(NUMBER),),
    accepted_at=NOON,
    fingerprint="one",
)
CALLS: dict[str, Callable[[World], object]] = {
    "open": lambda world: world.ledger.open(HandedOver(FAX, NOON)),
    "settle": lambda world: world.ledger.settle(report(FAX, facts=Facts(to_number=NUMBER))),
    "note": lambda world: world.ledger.note(report(FAX, None)),
    "find": lambda world: world.ledger.find(FAX),
    "find_many": lambda world: world.ledger.find_many([FAX]),
    "mark_done": lambda world: world.ledger.mark_done(FAX),
    "mark_owed": lambda world: world.ledger.mark_owed(Fax(FAX)),
    "set_aside": lambda world: world.unreadables.set_aside(unreadable()),
    "claim": lambda world: world.claims.claim("greenfax-feed", now=NOON, until=NOON),
    "give_back": lambda world: world.claims.give_back(
        Claim("greenfax-feed", "token", is_granted=True, next_at=NOON)
    ),
    "prolong": lambda world: world.claims.prolong(
        Claim("greenfax-feed", "token", is_granted=True, next_at=NOON), NOON
    ),
    "read": lambda world: world.cursors.read("softlinx-outbound"),
    "advance": lambda world: world.cursors.advance("softlinx-outbound", "33"),
    "read_progress": lambda world: world.progresses.read("greenfax-outbound"),
    "write_progress": lambda world: world.progresses.write("greenfax-outbound", PROGRESS),
    "accept": lambda world: world.orders.accept(ORDER),
    "find_order": lambda world: world.orders.find(ORDER.id),
    "begin": lambda world: world.orders.begin(ORDER.id, until=NOON),
    "release": lambda world: world.orders.release(ORDER.id),
    "give_up": lambda world: world.orders.give_up(ORDER),
    "answered": lambda world: world.orders.answered(ORDER.id, (UNKNOWN,)),
    "record": lambda world: world.orders.record(ORDER.submissions[0], UNKNOWN),
    "submission": lambda world: world.orders.submission(ORDER.submissions[0]),
    "begin_resend": lambda world: world.resends.begin(FAX, ORDER.id),
    "page": lambda world: world.listing.page(Listing(), limit=10, cursor=None),
}


def test_what_the_table_takes_at_no_time_is_told_from_what_it_can_t_take_now(server: Server) -> None:
    with pytest.raises(ItemRefused):
        server.world().unreadables.set_aside(unreadable(b"x" * 410_000))


@pytest.mark.parametrize("code", ["ValidationException", "SerializationException"])
def test_a_refusal_for_good_is_one_and_tells_no_secret(code: str) -> None:
    world = Server(refusing_client(code, "a secret"), "faxes").world()
    with pytest.raises(ItemRefused) as refused:
        world.ledger.find(FAX)
    assert str(refused.value) == f"the table answered {code}"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "InternalServerError",
    ],
)
def test_whatever_the_table_refuses_with_the_ledger_is_unavailable_and_tells_no_secret(
    code: str, call: Callable[[World], object]
) -> None:
    secret = "arn:aws:sts::123456789012:assumed-role/clinic on table faxes"
    world = Server(refusing_client(code, secret), "faxes").world()

    with pytest.raises(LedgerUnavailable) as unavailable:
        call(world)

    told = "".join(traceback.format_exception(unavailable.value))
    assert code in str(unavailable.value)
    assert "clinic" not in told
    assert NUMBER not in told


def test_a_table_that_nothing_answers_for_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    world = Server(aws.client("dynamodb"), "faxes").world()

    with pytest.raises(LedgerUnavailable, match="EndpointConnectionError"):
        world.ledger.settle(SENT)
