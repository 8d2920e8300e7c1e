"""What every ledger promises, whatever it is kept in."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from faxledger.domain.fax import FailureClass, FaxId, Source, Status
from faxledger.domain.report import (
    LATE_AFTER,
    DocumentType,
    Duty,
    DutyState,
    Facts,
    Failure,
    Fax,
    Outcome,
    Report,
    Settlement,
    StoredDocument,
)
from faxledger.domain.submission import HandedOver
from faxledger.usecases.ports.listing import Listing
from tests.contract.worlds import World
from tests.fakes.clock import NOON
from tests.fakes.faxes import BUSY, MARK, STORE, STORE_AND_MARK, greenfax, inbound, outbound, report

FAX = outbound()
SETTLED = Settlement(Outcome.SETTLED, is_news=True)
KNOWN = Settlement(Outcome.KNOWN, is_news=True)
REPEATED = Settlement(Outcome.KNOWN, is_news=False)
CONFLICT = Settlement(Outcome.CONFLICT, is_news=True)
CONFLICT_AGAIN = Settlement(Outcome.CONFLICT, is_news=False)

SENT = report(FAX, Status.SENT)
FAILED = report(FAX, Status.FAILED)
SENT_BY_POLL = report(FAX, Status.SENT, source=Source.POLL)
FAILED_BY_POLL = report(FAX, Status.FAILED, source=Source.POLL)


def test_a_duty_says_how_often_it_failed_and_why_the_last_time_until_it_is_done(world: World) -> None:
    world.ledger.duty_failed(FAX, Duty.MARK, "nothing is known of it")
    world.ledger.settle(report(FAX, owes=MARK))
    for problem in ("Login: the connection failed", "ModifySendFax: no answer in time"):
        world.ledger.duty_failed(FAX, Duty.MARK, problem)
    world.ledger.duty_failed(FAX, Duty.STORE, "it is not owed")
    world.ledger.mark_done(FAX)
    world.ledger.duty_failed(FAX, Duty.MARK, "it is done")

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.failed_tries == {Duty.MARK: 2}
    assert fax.last_problems == {Duty.MARK: "ModifySendFax: no answer in time"}


def test_a_mark_is_given_up_when_it_was_refused_once_too_often(world: World) -> None:
    world.ledger.settle(report(FAX, owes=MARK))

    assert [world.ledger.mark_refused(FAX, most=3) for _ in range(4)] == [False, False, True, True]
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.duties == {Duty.MARK: DutyState.GIVEN_UP}
    assert (fax.failed_tries, fax.last_problems) == ({Duty.MARK: 4}, {Duty.MARK: "it was refused"})

    unfinished = world.listing.page(Listing(is_unfinished=True), limit=9, cursor=None)
    assert [fax.id for fax in unfinished.faxes] == [FAX]
    world.ledger.mark_done(FAX)
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.duties == {Duty.MARK: DutyState.DONE}


def test_a_mark_that_is_wanted_only_later_is_owed_from_then_on(world: World) -> None:
    world.ledger.settle(report(FAX))
    world.clock.advance(days=9)
    for _ in range(2):
        world.ledger.mark_owed(Fax(FAX))
        assert [(one.fax.duties, one.look_at) for one in world.due.all()] == [
            ({Duty.MARK: DutyState.PENDING}, NOON + timedelta(days=9) + LATE_AFTER[Duty.MARK])
        ]
    assert [world.ledger.mark_refused(FAX, most=2) for _ in range(2)] == [False, True]


def test_no_mark_is_owed_before_a_document_is_stored_or_once_it_is_set(world: World) -> None:
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE))
    world.ledger.settle(report(FAX, owes=MARK))
    world.ledger.mark_done(FAX)
    world.ledger.note(report(outbound(7), None))
    for fax_id in (inbound(), FAX, outbound(7), outbound(8)):
        world.ledger.mark_owed(Fax(fax_id))

    duties = {
        fax_id: fax.duties for fax_id, fax in world.ledger.find_many([inbound(), FAX, outbound(7)]).items()
    }
    assert duties == {
        inbound(): {Duty.STORE: DutyState.PENDING},
        FAX: {Duty.MARK: DutyState.DONE},
        outbound(7): {},
    }
    assert world.ledger.find(outbound(8)) is None


def test_a_mark_that_is_done_or_due_to_nobody_is_not_given_up(world: World) -> None:
    world.ledger.settle(report(FAX, owes=MARK))
    world.ledger.mark_done(FAX)
    world.ledger.note(report(outbound(7), None))
    world.ledger.settle(report(outbound(9)))

    assert not world.ledger.mark_refused(FAX, most=1)
    assert not world.ledger.mark_refused(outbound(9), most=1)
    assert not world.ledger.mark_refused(outbound(7), most=1)
    assert not world.ledger.mark_refused(outbound(8), most=1)
    assert world.ledger.find(outbound(8)) is None
    owes_none = world.ledger.find(outbound(9))
    assert owes_none is not None
    assert (owes_none.duties, owes_none.failed_tries) == ({}, {})


def test_a_fax_nobody_told_of_is_not_found(world: World) -> None:
    assert world.ledger.find(FAX) is None


def test_a_first_report_settles(world: World) -> None:
    said = report(FAX, Status.FAILED, completed_at=NOON, word="sendFailed", owes=MARK)

    assert world.ledger.settle(said) == SETTLED

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.id, fax.status, fax.first_status, fax.is_settled) == (
        FAX,
        Status.FAILED,
        Status.FAILED,
        True,
    )
    assert (fax.settled_by, fax.settled_at, fax.completed_at) == (Source.CALLBACK, NOON, NOON)
    assert fax.failure == BUSY
    assert fax.duties == {Duty.MARK: DutyState.PENDING}
    assert [(s.source, s.word, s.status, s.seen_at, dict(s.given)) for s in fax.sightings] == [
        (Source.CALLBACK, "sendFailed", Status.FAILED, NOON, dict(said.given))
    ]


@pytest.mark.parametrize(
    ("fax", "status"),
    [(inbound(), Status.RECEIVED), (inbound(), Status.RECEIVED_PARTIAL), (FAX, Status.SENT)],
)
def test_every_final_status_settles(world: World, fax: FaxId, status: Status) -> None:
    world.ledger.settle(report(fax, status))

    found = world.ledger.find(fax)
    assert found is not None
    assert found.status is status


def test_the_same_number_out_and_in_and_at_another_provider_are_three_faxes(world: World) -> None:
    for fax, status in ((FAX, Status.SENT), (inbound(), Status.RECEIVED), (greenfax(33), Status.FAILED)):
        assert world.ledger.settle(report(fax, status)) == SETTLED


def test_a_word_that_is_not_final_is_refused_by_settle(world: World) -> None:
    with pytest.raises(ValueError, match="final status"):
        world.ledger.settle(report(FAX, None))
    assert world.ledger.find(FAX) is None


def test_a_repeat_is_known_and_no_news(world: World) -> None:
    world.ledger.settle(SENT)
    before = world.ledger.find(FAX)
    world.clock.advance(hours=2)

    assert world.ledger.settle(SENT) == REPEATED
    assert world.ledger.find(FAX) == before


def test_a_further_source_is_known_and_its_sighting_is_kept(world: World) -> None:
    world.ledger.settle(SENT)
    world.clock.advance(hours=1)

    assert world.ledger.settle(SENT_BY_POLL) == KNOWN
    assert world.ledger.settle(SENT_BY_POLL) == REPEATED

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.settled_by is Source.CALLBACK
    assert [(sighting.source, sighting.seen_at) for sighting in fax.sightings] == [
        (Source.CALLBACK, NOON),
        (Source.POLL, NOON + timedelta(hours=1)),
    ]


def test_another_status_is_a_conflict_kept_beside_the_first(world: World) -> None:
    world.ledger.settle(SENT)
    world.clock.advance(hours=1)

    assert world.ledger.settle(FAILED_BY_POLL) == CONFLICT
    assert world.ledger.settle(FAILED_BY_POLL) == CONFLICT_AGAIN

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.status, fax.settled_by, fax.failure) == (Status.SENT, Source.CALLBACK, None)
    assert fax.conflict is not None
    assert (fax.conflict.status, fax.conflict.source) == (Status.FAILED, Source.POLL)
    assert fax.conflict.seen_at == NOON + timedelta(hours=1)
    assert dict(fax.conflict.given) == dict(FAILED_BY_POLL.given)
    assert [sighting.source for sighting in fax.sightings] == [Source.CALLBACK, Source.POLL]


def test_a_source_that_contradicts_itself_is_a_conflict(world: World) -> None:
    world.ledger.settle(SENT)

    assert world.ledger.settle(FAILED) == CONFLICT
    assert world.ledger.settle(FAILED) == CONFLICT_AGAIN
    assert world.ledger.settle(SENT) == REPEATED


def test_a_source_that_agreed_and_then_contradicts_is_a_conflict(world: World) -> None:
    world.ledger.settle(SENT)
    world.ledger.settle(SENT_BY_POLL)

    assert world.ledger.settle(FAILED_BY_POLL) == CONFLICT

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert [(sighting.source, sighting.status) for sighting in fax.sightings] == [
        (Source.CALLBACK, Status.SENT),
        (Source.POLL, Status.SENT),
    ]


def test_a_second_source_of_the_same_conflict_is_seen_but_no_news(world: World) -> None:
    world.ledger.settle(SENT)
    world.ledger.settle(FAILED)

    assert world.ledger.settle(FAILED_BY_POLL) == CONFLICT_AGAIN

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.conflict is not None
    assert fax.conflict.source is Source.CALLBACK
    assert {sighting.source for sighting in fax.sightings} == {Source.CALLBACK, Source.POLL}


def test_the_first_status_stays_whatever_comes_in_whatever_order(world: World) -> None:
    reports = (SENT, FAILED, SENT_BY_POLL, FAILED_BY_POLL)
    for number, order in enumerate(permutations(range(len(reports)))):
        fax = outbound(1000 + number)
        said = [
            report(fax, reports[index].status, source=reports[index].source)
            for index in (*order, *reversed(order))
        ]
        outcomes = [world.ledger.settle(one).outcome for one in said]

        found = world.ledger.find(fax)
        assert found is not None
        assert found.status is said[0].status
        assert outcomes[0] is Outcome.SETTLED
        assert outcomes[1:] == [
            Outcome.KNOWN if one.status is said[0].status else Outcome.CONFLICT for one in said[1:]
        ]


def _submitted(
    to_number: str | None = None, reference: str | None = None, user: str | None = None
) -> HandedOver:
    facts = Facts(to_number=to_number, reference=reference, user=user)
    return HandedOver(FAX, NOON - timedelta(minutes=3), facts)


def test_a_submission_is_open(world: World) -> None:
    world.ledger.open(_submitted(to_number="2155550100", reference="Order:1"))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.status, fax.is_settled, fax.submitted_at) == (
        Status.SUBMITTED,
        False,
        NOON - timedelta(minutes=3),
    )
    assert (fax.facts.to_number, fax.facts.reference) == ("2155550100", "Order:1")


@pytest.mark.parametrize("order", ["os", "so", "oso", "sos", "oos", "soo", "osos"])
def test_submission_and_report_may_come_in_any_order_and_twice(world: World, order: str) -> None:
    for step in order:
        if step == "o":
            world.ledger.open(_submitted(to_number="2155550100", reference="Order:1"))
        else:
            world.ledger.settle(report(FAX, Status.SENT, completed_at=NOON, facts=Facts(pages=3), owes=MARK))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.first_status is Status.SENT
    assert fax.settled_by is Source.CALLBACK
    assert fax.submitted_at == NOON - timedelta(minutes=3)
    assert fax.completed_at == NOON
    assert fax.duties == {Duty.MARK: DutyState.PENDING}
    assert fax.facts == Facts(to_number="2155550100", reference="Order:1", pages=3)


def test_a_submission_overwrites_nothing_a_report_has_written(world: World) -> None:
    world.ledger.settle(report(FAX, Status.SENT, facts=Facts(to_number="1", reference="from the report")))

    world.ledger.open(_submitted(to_number="2", reference="from the submission", user="jo"))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.facts == Facts(to_number="1", reference="from the report", user="jo")


def test_a_second_submission_changes_nothing(world: World) -> None:
    world.ledger.open(_submitted(to_number="1"))
    world.ledger.open(HandedOver(FAX, NOON, Facts(to_number="2")))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.submitted_at == NOON - timedelta(minutes=3)
    assert fax.facts.to_number == "1"


def test_later_sources_fill_in_facts_and_overwrite_none(world: World) -> None:
    world.ledger.settle(report(FAX, facts=Facts(to_number="1", pages=2)))

    later = Facts(to_number="other", from_number="4", user="jo", reference="r", pages=9, duration_seconds=78)
    world.ledger.settle(report(FAX, source=Source.POLL, facts=later))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.facts == Facts(
        to_number="1", from_number="4", user="jo", reference="r", pages=2, duration_seconds=78
    )


def test_a_conflicting_source_fills_in_nothing(world: World) -> None:
    world.ledger.settle(report(FAX, facts=Facts(pages=2)))
    world.ledger.settle(
        report(
            FAX,
            Status.FAILED,
            source=Source.POLL,
            completed_at=NOON,
            facts=Facts(pages=0, cost_usd=Decimal(1)),
        )
    )

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.facts, fax.completed_at, fax.failure) == (Facts(pages=2), None, None)


@pytest.mark.parametrize(
    "before", [(SENT,), (SENT, FAILED_BY_POLL)], ids=["the conflict itself", "one that says the same"]
)
def test_a_conflicting_source_fills_in_a_code_of_ours(world: World, before: tuple[Report, ...]) -> None:
    code, another_code = f"{'0123456789abcdef' * 2}-1", f"{'f' * 32}-1"
    for said in before:
        world.ledger.settle(said)
    facts = Facts(to_number="1", reference=code, pages=0)
    world.ledger.settle(report(FAX, Status.FAILED, source=Source.EMAIL, facts=facts))
    world.ledger.settle(report(FAX, Status.FAILED, source=Source.NOTIFY, facts=Facts(reference=another_code)))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.facts == Facts(reference=code)


def test_a_conflicting_source_fills_in_nobody_else_s_reference(world: World) -> None:
    world.ledger.settle(SENT)
    world.ledger.settle(report(FAX, Status.FAILED, source=Source.POLL, facts=Facts(reference="case-7")))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.facts == Facts()


def test_a_later_source_tells_when_it_was_completed_if_the_first_did_not(world: World) -> None:
    completed_at = NOON - timedelta(days=2)
    world.ledger.settle(SENT)
    world.ledger.settle(report(FAX, source=Source.POLL, completed_at=completed_at))
    world.ledger.settle(report(FAX, source=Source.FEED, completed_at=NOON))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.completed_at == completed_at


@pytest.mark.parametrize(
    ("first", "later", "kept"),
    [
        (Failure(FailureClass.OTHER), BUSY, BUSY),
        (Failure(FailureClass.OTHER, "5"), BUSY, Failure(FailureClass.OTHER, "5")),
        (BUSY, Failure(FailureClass.LINE, "9", "hung up"), BUSY),
    ],
)
def test_a_later_source_tells_why_it_failed_if_the_first_did_not(
    world: World, first: Failure, later: Failure, kept: Failure
) -> None:
    world.ledger.settle(report(FAX, Status.FAILED, failure=first))
    world.ledger.settle(report(FAX, Status.FAILED, source=Source.POLL, failure=later))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.failure == kept


def test_a_cost_stays_to_the_last_nought(world: World) -> None:
    world.ledger.settle(report(FAX, facts=Facts(cost_usd=Decimal("0.10"))))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert str(fax.facts.cost_usd) == "0.10"


def _unknown(word: str, source: Source = Source.POLL) -> Report:
    return report(FAX, None, word=word, source=source, facts=Facts(pages=1))


def test_an_unknown_word_is_kept_and_settles_nothing(world: World) -> None:
    world.ledger.note(_unknown("spooled"))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.status, fax.is_settled, fax.sightings, fax.duties) == (Status.SUBMITTED, False, (), {})
    assert fax.facts.pages == 1
    assert [(said.source, said.word, said.status) for said in fax.unsettling] == [
        (Source.POLL, "spooled", None)
    ]
    assert dict(fax.unsettling[0].given) == {"FaxId": "33", "FaxStatus": "spooled"}


def test_the_latest_unknown_word_of_each_source_is_kept(world: World) -> None:
    for word, source in (("spooled", Source.POLL), ("queued", Source.CALLBACK), ("dialing", Source.POLL)):
        world.ledger.note(_unknown(word, source))
        world.clock.advance(minutes=1)

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert [(said.source, said.word) for said in fax.unsettling] == [
        (Source.CALLBACK, "queued"),
        (Source.POLL, "dialing"),
    ]


def test_a_fax_with_an_unknown_word_settles_later(world: World) -> None:
    world.ledger.note(_unknown("spooled"))
    world.clock.advance(minutes=1)

    assert world.ledger.settle(SENT_BY_POLL) == SETTLED

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.status is Status.SENT
    assert [said.word for said in fax.unsettling] == ["spooled"]
    assert [said.word for said in fax.sightings] == ["sent"]


def test_an_unknown_word_after_the_final_one_changes_no_status(world: World) -> None:
    world.ledger.settle(SENT)
    world.ledger.note(_unknown("archived"))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.status, fax.settled_by, fax.conflict) == (Status.SENT, Source.CALLBACK, None)
    assert [said.word for said in fax.unsettling] == ["archived"]


def test_what_was_heard_is_told_from_what_was_not(world: World) -> None:
    world.ledger.note(_unknown("spooled"))
    world.ledger.settle(SENT)

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.has_heard(SENT)
    assert fax.has_heard(_unknown("spooled"))
    assert not fax.has_heard(_unknown("dialing"))
    assert not fax.has_heard(_unknown("spooled", Source.CALLBACK))
    assert not fax.has_heard(SENT_BY_POLL)
    assert not fax.has_heard(FAILED)

    world.ledger.settle(FAILED)

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.has_heard(SENT)
    assert fax.has_heard(FAILED)
    assert not fax.has_heard(FAILED_BY_POLL)


def test_many_are_found_at_once_and_those_nobody_told_of_are_left_out(world: World) -> None:
    told = [outbound(number) for number in range(1, 231)]
    for fax in told:
        world.ledger.settle(report(fax))
    asked = [*told, outbound(7), outbound(7), outbound(999), inbound(1)]

    found = world.ledger.find_many(asked)

    assert set(found) == set(told)
    assert all(fax.id == fax_id and fax.is_settled for fax_id, fax in found.items())


def test_nothing_is_found_for_nobody(world: World) -> None:
    assert world.ledger.find_many([]) == {}


def test_a_mark_is_done_once_and_for_all(world: World) -> None:
    world.ledger.settle(report(FAX, owes=MARK))
    for _ in range(2):
        world.ledger.mark_done(FAX)
        fax = world.ledger.find(FAX)
        assert fax is not None
        assert fax.duties == {Duty.MARK: DutyState.DONE}
        assert fax.status is Status.SENT


def test_a_repeat_does_not_make_a_done_mark_due_again(world: World) -> None:
    world.ledger.settle(report(FAX, owes=MARK))
    world.ledger.mark_done(FAX)
    for said in (SENT, SENT_BY_POLL, FAILED):
        world.ledger.settle(report(FAX, said.status, source=said.source, owes=MARK))

    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.duties == {Duty.MARK: DutyState.DONE}


def test_an_unsettled_fax_has_no_mark_to_be_done(world: World) -> None:
    world.ledger.mark_done(FAX)
    assert world.ledger.find(FAX) is None

    world.ledger.open(_submitted())
    world.ledger.mark_done(FAX)
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.duties == {}


@pytest.mark.parametrize(
    ("costs", "differ"),
    [
        (("0.10",), False),
        (("0.10", "0.1"), False),
        (("0.10", None), False),
        ((None, "0.10"), False),
        (("0.10", "0.11"), True),
        (("0.10", "0.10", "0.11"), True),
        ((None, "0.10", "0.11"), True),
        (("0.10", None, "0.100001"), True),
    ],
)
@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED], ids=["agreed", "in conflict"])
def test_costs_of_two_sources_are_both_kept_and_a_difference_is_known(
    world: World,
    costs: tuple[str | None, ...],
    differ: bool,  # noqa: FBT001
    status: Status,
) -> None:
    said = [None if cost is None else Decimal(cost) for cost in costs]
    for number, (source, cost) in enumerate(zip(Source, said, strict=False)):
        told = status if number else Status.SENT
        world.ledger.settle(report(FAX, told, source=source, facts=Facts(cost_usd=cost)))
        world.clock.advance(seconds=1)
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.costs_differ is differ
    assert [str(sighting.cost_usd) for sighting in fax.sightings] == [str(cost) for cost in said]


def test_a_cost_said_on_the_way_is_not_the_cost(world: World) -> None:
    world.ledger.note(report(FAX, None, facts=Facts(cost_usd=Decimal(0))))
    world.ledger.settle(report(FAX, Status.SENT, facts=Facts(cost_usd=Decimal("0.10"))))
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (str(fax.facts.cost_usd), fax.costs_differ) == ("0.10", False)


RECEIVED = report(inbound(), Status.RECEIVED, owes=STORE_AND_MARK)
DOCUMENT = StoredDocument("softlinx/inbound/acme/33/ab.pdf", DocumentType.PDF, 1234, "ab" * 32)


def _found(world: World) -> Fax:
    fax = world.ledger.find(inbound())
    assert fax is not None
    return fax


def test_a_stored_document_is_known_and_the_fax_may_be_marked_then(world: World) -> None:
    world.ledger.settle(RECEIVED)
    assert (_found(world).is_unstored, _found(world).may_be_marked) == (True, False)
    world.clock.advance(minutes=5)
    world.ledger.store_done(_found(world), DOCUMENT)
    fax = _found(world)
    assert (fax.is_unstored, fax.may_be_marked) == (False, True)
    assert (fax.document, fax.stored_at) == (DOCUMENT, NOON + timedelta(minutes=5))
    assert fax.duties == {Duty.STORE: DutyState.DONE, Duty.MARK: DutyState.PENDING}
    assert len(_unfinished(world)) == 1
    world.ledger.mark_done(inbound())
    assert _unfinished(world) == []


def test_where_nothing_is_marked_storing_is_the_end(world: World) -> None:
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE))
    world.ledger.store_done(_found(world), DOCUMENT)
    assert _unfinished(world) == []


def test_the_first_stored_document_stays(world: World) -> None:
    world.ledger.settle(RECEIVED)
    fax = _found(world)
    world.ledger.store_done(fax, DOCUMENT)
    world.ledger.store_done(fax, replace(DOCUMENT, key="other", sha256="cd" * 32))
    assert _found(world).document == DOCUMENT


def test_what_was_given_up_stays_unfinished_and_can_still_be_stored(world: World) -> None:
    world.ledger.settle(RECEIVED)
    assert world.ledger.store_given_up(_found(world))
    fax = _found(world)
    assert fax.duties == {Duty.STORE: DutyState.GIVEN_UP, Duty.MARK: DutyState.PENDING}
    assert (fax.is_unstored, fax.may_be_marked, len(_unfinished(world))) == (True, False, 1)
    world.ledger.store_done(fax, DOCUMENT)
    assert not world.ledger.store_given_up(fax)
    assert _found(world).duties[Duty.STORE] is DutyState.DONE


def test_nothing_is_given_up_on_what_was_known_before_a_further_source_spoke(world: World) -> None:
    world.ledger.settle(RECEIVED)
    before = _found(world)
    world.ledger.settle(replace(RECEIVED, source=Source.FEED))
    assert not world.ledger.store_given_up(before)
    assert _found(world).duties[Duty.STORE] is DutyState.PENDING
    assert world.ledger.store_given_up(_found(world))
    assert _found(world).duties[Duty.STORE] is DutyState.GIVEN_UP


def _notified(destination: str, status: Status = Status.SENT) -> Report:
    given = {"result": status.value, "destination": destination}
    return report(greenfax(), status, source=Source.NOTIFY, given=given)


def _destinations(world: World) -> list[str]:
    fax = world.ledger.find(greenfax())
    assert fax is not None
    return [said.given["destination"] for said in fax.sightings]


def test_a_repeat_that_says_otherwise_keeps_a_sighting_and_the_same_again_none(world: World) -> None:
    for destination in ("0101", "0102", "0103"):
        for settlement in (KNOWN if destination != "0101" else SETTLED, REPEATED):
            assert world.ledger.settle(_notified(destination)) == settlement
            world.clock.advance(seconds=1)
    assert _destinations(world) == ["0101", "0102", "0103"]


def test_a_conflict_of_the_same_source_and_what_it_says_after_it_are_kept(world: World) -> None:
    world.ledger.settle(_notified("0101"))
    for again in (False, True):
        expected = CONFLICT_AGAIN if again else CONFLICT
        assert world.ledger.settle(_notified("0102", Status.FAILED)) == expected
    world.clock.advance(seconds=1)
    for _ in range(2):
        assert world.ledger.settle(_notified("0103", Status.FAILED)) == CONFLICT_AGAIN
    fax = world.ledger.find(greenfax())
    assert fax is not None
    assert fax.conflict is not None
    assert (fax.conflict.given["destination"], _destinations(world)) == ("0102", ["0101", "0103"])


def test_what_a_fax_has_no_room_for_is_said_not_to_be_kept(world: World) -> None:
    said = [world.ledger.settle(_notified(f"010{number}")) for number in range(6)]
    assert [settlement.is_kept for settlement in said] == [True] * 4 + [False] * 2
    assert [world.ledger.settle(_notified(f"010{number}")) for number in range(4)] == [REPEATED] * 4


def test_whoever_is_asked_is_believed_to_say_what_it_has_said(world: World) -> None:
    world.ledger.settle(SENT_BY_POLL)
    assert world.ledger.settle(replace(SENT_BY_POLL, given={"Viewed": "true"})) == REPEATED


def test_an_oversize_repeat_is_known_by_what_is_kept_of_it(world: World) -> None:
    long = replace(_notified("0101"), given={"result": "sent", "destination": "1" * 30_000})
    assert [world.ledger.settle(long) for _ in range(2)] == [SETTLED, REPEATED]


def test_a_sighting_names_the_facts_that_could_not_be_read(world: World) -> None:
    world.ledger.settle(replace(SENT, unread=frozenset({"pages", "cost_usd"})))
    world.ledger.settle(SENT_BY_POLL)
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert {said.source: said.unread for said in fax.sightings} == {
        Source.CALLBACK: ("cost_usd", "pages"),
        Source.POLL: (),
    }


@pytest.mark.parametrize(
    ("first", "further", "is_timeless"),
    [
        (replace(SENT, completed_at=NOON), replace(SENT_BY_POLL, completed_at=NOON), False),
        (SENT, replace(SENT_BY_POLL, completed_at=NOON), True),
        (replace(SENT, completed_at=NOON), SENT_BY_POLL, True),
        (replace(SENT, completed_at=NOON), FAILED_BY_POLL, True),
    ],
)
def test_a_fax_is_timeless_once_somebody_has_stated_its_end_without_a_time(
    world: World, first: Report, further: Report, *, is_timeless: bool
) -> None:
    world.ledger.settle(first)
    world.ledger.settle(further)
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.is_timeless is is_timeless


BROKEN_OFF = report(inbound(), Status.RECEIVED_PARTIAL, owes=STORE_AND_MARK)
WITHOUT_A_PAGE = replace(BROKEN_OFF, source=Source.POLL, owes=MARK, facts=Facts(pages=0))


def test_a_document_that_there_is_not_is_owed_no_longer_and_the_mark_is(world: World) -> None:
    world.ledger.settle(BROKEN_OFF)
    world.ledger.settle(WITHOUT_A_PAGE)
    assert _found(world).has_no_document
    world.ledger.store_waived(_found(world))
    fax = _found(world)
    assert (fax.duties, fax.may_be_marked) == ({Duty.MARK: DutyState.PENDING}, True)
    assert len(_unfinished(world)) == 1
    world.ledger.mark_done(inbound())
    assert _unfinished(world) == []


def test_a_fax_without_a_document_and_a_mark_is_finished(world: World) -> None:
    world.ledger.settle(replace(BROKEN_OFF, owes=STORE))
    world.ledger.store_waived(_found(world))
    assert (_found(world).is_finished, _unfinished(world)) == (True, [])


def test_a_document_is_not_waived_that_is_stored_or_was_spoken_of_since(world: World) -> None:
    world.ledger.settle(BROKEN_OFF)
    before = _found(world)
    world.ledger.settle(replace(BROKEN_OFF, source=Source.POLL, facts=Facts(pages=2)))
    world.ledger.store_waived(before)
    assert _found(world).duties[Duty.STORE] is DutyState.PENDING

    world.ledger.store_done(_found(world), DOCUMENT)
    world.ledger.store_waived(_found(world))
    assert _found(world).duties[Duty.STORE] is DutyState.DONE


@pytest.mark.parametrize(
    ("further", "pages"),
    [
        (replace(BROKEN_OFF, source=Source.POLL, facts=Facts(pages=2)), 2),
        (report(inbound(), Status.RECEIVED, source=Source.POLL, owes=STORE_AND_MARK), 0),
    ],
)
def test_a_fax_of_no_pages_has_a_document_when_a_further_source_knows_of_one(
    world: World, further: Report, pages: int
) -> None:
    world.ledger.settle(replace(WITHOUT_A_PAGE, source=Source.CALLBACK))
    world.ledger.mark_done(inbound())
    world.ledger.settle(further)
    fax = _found(world)
    assert (fax.duties[Duty.STORE], fax.facts.pages, fax.has_no_document) == (DutyState.PENDING, pages, False)
    assert len(_unfinished(world)) == 1


def test_a_further_source_that_says_nothing_of_pages_makes_no_document(world: World) -> None:
    world.ledger.settle(WITHOUT_A_PAGE)
    world.ledger.settle(BROKEN_OFF)
    assert Duty.STORE not in _found(world).duties


def test_pages_and_duration_are_those_of_the_end(world: World) -> None:
    world.ledger.note(report(FAX, None, facts=Facts(pages=1, duration_seconds=20)))
    world.ledger.settle(report(FAX, facts=Facts(pages=3, duration_seconds=60)))
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert (fax.facts.pages, fax.facts.duration_seconds) == (3, 60)


def test_no_pages_so_far_are_no_pages_at_the_end(world: World) -> None:
    world.ledger.note(report(inbound(), None, facts=Facts(pages=0)))
    world.ledger.settle(BROKEN_OFF)
    assert not _found(world).has_no_document


def test_nothing_of_an_unsettled_fax_is_stored_or_given_up(world: World) -> None:
    world.ledger.store_done(Fax(inbound()), DOCUMENT)
    world.ledger.store_waived(Fax(inbound()))
    assert not world.ledger.store_given_up(Fax(inbound()))
    assert world.ledger.find(inbound()) is None


def _unfinished(world: World) -> list[FaxId]:
    page = world.listing.page(Listing(is_unfinished=True), limit=10, cursor=None)
    return [fax.id for fax in page.faxes]


def test_what_was_known_of_a_settled_fax_is_looked_at_again_where_it_has_changed(world: World) -> None:
    world.ledger.settle(SENT)
    known = world.ledger.find(FAX)

    assert world.ledger.settle(FAILED_BY_POLL, known=known) == CONFLICT
    # Both were compared with the fax as it was before the conflict.
    assert world.ledger.settle(FAILED_BY_POLL, known=known) == CONFLICT_AGAIN
    assert world.ledger.settle(report(FAX, Status.SENT, source=Source.FEED), known=known) == KNOWN
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.conflict is not None
    assert {said.source for said in fax.sightings} >= {Source.CALLBACK, Source.FEED}


def test_a_fax_that_was_known_to_be_open_is_settled_all_the_same(world: World) -> None:
    world.ledger.note(report(FAX, None))
    assert world.ledger.settle(SENT, known=world.ledger.find(FAX)) == SETTLED
