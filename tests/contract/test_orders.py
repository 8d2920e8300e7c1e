"""What is to be sent: kept once, begun once, and never taken back from a job it is joined with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from faxledger.domain.fax import FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import Duty, DutyState, Facts, Failure, Outcome, Report
from faxledger.domain.submission import (
    UNKNOWN,
    HandedOver,
    Handover,
    KeptOrder,
    Order,
    OrderState,
    OutgoingDocument,
    Recipient,
    SubmissionState,
)
from faxledger.ledger import keys
from faxledger.usecases.ports.listing import Listing
from tests.contract.worlds import INDEX_ATTRIBUTES, Server, World
from tests.fakes.clock import NOON
from tests.fakes.faxes import MARK, outbound, report

ID = "0123456789abcdef" * 2
ORDER = Order(
    id=ID,
    provider=Provider.SOFTLINX,
    submissions=(f"{ID}-1", f"{ID}-2"),
    recipients=(
        Recipient("12025550100", name="A clinic", company="C", title="T", voice="1", fax="2"),
        Recipient("12025550101"),
    ),
    accepted_at=NOON,
    fingerprint="f" * 64,
    documents=(OutgoingDocument("outgoing/x", "application/pdf", 3, "a" * 64),),
    user="clinic1",
    reference="case-7",
    send_after=NOON + timedelta(hours=3),
    options={"tsi": "me", "retry_count": 3, "has_header": True},
    is_redirected=True,
    known_as="0033",
    over_by=NOON - timedelta(hours=1),
)
FIRST = Handover(SubmissionState.HANDED_OVER, outbound(41))
SECOND = Handover(SubmissionState.REFUSED, failure=Failure(FailureClass.REJECTED, "9", "not allowed"))
SOON = NOON + timedelta(minutes=7)


def kept(world: World) -> KeptOrder:
    found = world.orders.find(ID)
    assert found is not None
    return found


def state(world: World, number: int) -> SubmissionState:
    submission = world.orders.submission(f"{ID}-{number}")
    assert submission is not None
    return submission.state


def test_an_order_is_kept_with_all_that_was_asked(world: World) -> None:
    assert world.orders.find(ID) is None
    assert world.orders.accept(ORDER) == KeptOrder(ORDER)
    assert kept(world) == KeptOrder(ORDER)
    submission = world.orders.submission(f"{ID}-1")
    assert submission is not None
    assert (submission.provider, submission.accepted_at) == (Provider.SOFTLINX, NOON)
    assert submission.facts == Facts(to_number="12025550100", user="clinic1", reference="case-7")
    assert [state(world, number) for number in (1, 2)] == [SubmissionState.ACCEPTED] * 2
    assert world.orders.submission(f"{ID}-3") is None


def test_an_order_is_kept_as_it_was_first(world: World) -> None:
    world.orders.accept(ORDER)
    world.orders.begin(ID, until=SOON)
    again = world.orders.accept(replace(ORDER, accepted_at=SOON))
    assert (again.order, again.state) == (ORDER, OrderState.SENDING)
    other = replace(ORDER, fingerprint="0" * 64, submissions=(*ORDER.submissions, f"{ID}-3"))
    assert world.orders.accept(other).order == ORDER
    assert world.orders.submission(f"{ID}-3") is None


def test_accepting_again_brings_what_the_first_try_could_not(server: Server) -> None:
    world = server.world()
    world.orders.accept(ORDER)
    server.client.delete_item(TableName=server.table, Key=keys.primary("SUBMISSION", f"{ID}-2"))
    assert world.orders.submission(f"{ID}-2") is None
    world.orders.accept(ORDER)
    assert state(world, 2) is SubmissionState.ACCEPTED


def test_an_order_is_begun_once(world: World) -> None:
    world.orders.accept(ORDER)
    assert world.orders.begin(ID, until=SOON)
    assert not world.orders.begin(ID, until=SOON)
    assert (kept(world).state, kept(world).sending_at, kept(world).sending_until) == (
        OrderState.SENDING,
        NOON,
        SOON,
    )


def test_what_was_not_taken_may_be_begun_again(world: World) -> None:
    world.orders.accept(ORDER)
    world.orders.release(ID)
    world.orders.begin(ID, until=SOON)
    world.orders.release(ID)
    assert kept(world).state is OrderState.ACCEPTED
    assert world.orders.begin(ID, until=SOON)


def test_what_was_given_up_may_be_begun_when_a_person_asks_for_it(world: World) -> None:
    world.orders.accept(ORDER)
    assert world.orders.give_up(ORDER)
    assert kept(world).state is OrderState.GIVEN_UP
    assert [state(world, number) for number in (1, 2)] == [SubmissionState.GIVEN_UP] * 2
    assert world.orders.give_up(ORDER)
    assert world.orders.begin(ID, until=SOON)


def test_what_may_have_been_taken_is_not_given_up_as_if_it_had_not(world: World) -> None:
    world.orders.accept(ORDER)
    world.orders.begin(ID, until=SOON)
    assert not world.orders.give_up(ORDER)
    assert kept(world).state is OrderState.SENDING
    assert state(world, 1) is SubmissionState.ACCEPTED


def test_what_was_answered_stays_and_is_never_begun_or_released(world: World) -> None:
    world.orders.accept(ORDER)
    world.orders.answered(ID, (FIRST, SECOND))
    assert kept(world).state is OrderState.ACCEPTED
    world.orders.begin(ID, until=SOON)
    world.orders.answered(ID, (FIRST, UNKNOWN))
    world.orders.answered(ID, (FIRST, SECOND))
    world.orders.release(ID)
    world.orders.give_up(ORDER)
    assert not world.orders.begin(ID, until=SOON)
    assert (kept(world).state, kept(world).handovers) == (OrderState.ANSWERED, (FIRST, SECOND))


def test_words_without_end_are_kept_as_far_as_an_item_holds_them(server: Server) -> None:
    world = server.world()
    world.orders.accept(ORDER)
    world.orders.begin(ID, until=SOON)
    failure = Failure(FailureClass.OTHER, "9", "x" * 500_000)
    world.orders.answered(ID, (Handover(SubmissionState.REFUSED, failure=failure),) * 2)
    assert [one.failure and len(one.failure.text or "") for one in kept(world).handovers] == [1000, 1000]


def test_a_submission_tells_how_far_it_has_come(world: World) -> None:
    world.orders.accept(ORDER)
    world.clock.advance(minutes=1)
    world.orders.record(f"{ID}-2", UNKNOWN)
    world.orders.record(f"{ID}-2", SECOND)
    submission = world.orders.submission(f"{ID}-2")
    assert submission is not None
    assert (submission.state, submission.failure) == (SECOND.state, SECOND.failure)
    assert submission.state_at == NOON + timedelta(minutes=1)


def test_a_submission_stays_joined_with_its_job(world: World) -> None:
    world.orders.accept(ORDER)
    world.orders.record(f"{ID}-1", FIRST)
    for later in (UNKNOWN, SECOND, Handover(SubmissionState.HANDED_OVER, outbound(42))):
        world.orders.record(f"{ID}-1", later)
    submission = world.orders.submission(f"{ID}-1")
    assert submission is not None
    assert (submission.state, submission.fax) == (FIRST.state, FIRST.fax)


def test_nothing_is_told_of_what_was_never_asked(world: World) -> None:
    world.orders.record("no-such-submission", UNKNOWN)
    assert world.orders.submission("no-such-submission") is None


def test_what_is_kept_expires_and_its_keys_say_nothing(server: Server) -> None:
    server.world().orders.accept(ORDER)
    items = server.items()
    assert len(items) == 3
    retention = timedelta(days=400)
    for item in items:
        assert item["expires_at"]["N"] == str(int((NOON + retention).timestamp()))
        assert ID in item["pk"]["S"]
        indexed = " ".join(item[name]["S"] for name in INDEX_ATTRIBUTES if name in item)
        assert not [fact for fact in ("2025550100", "2025550101", "clinic1", "case-7") if fact in indexed]


# --- sent once more ------------------------------------------------------------------------------------

FAX = outbound(33)
BROKEN_OFF = report(FAX, Status.FAILED, completed_at=NOON - timedelta(hours=1))
SENT_LATER = report(FAX, Status.SENT, completed_at=NOON + timedelta(minutes=3))


def resent(world: World, *, resent_as: FaxId | None = None) -> None:
    world.ledger.settle(BROKEN_OFF)
    assert world.resends.begin(FAX, ID)
    if resent_as is not None:
        world.resends.went_on(FAX, ID, resent_as)


def statuses(world: World) -> dict[str, Status | None]:
    ids = (FAX, outbound("33~2"), outbound("33~3"))
    return {fax.id.job_id: fax.first_status for fax_id in ids if (fax := world.ledger.find(fax_id))}


def test_only_a_failed_fax_is_sent_once_more_and_by_one_order(world: World) -> None:
    assert not world.resends.begin(FAX, ID)
    world.ledger.settle(report(FAX, Status.SENT))
    assert not world.resends.begin(FAX, ID)
    world.ledger.settle(report(outbound(34), Status.FAILED))
    assert world.resends.begin(outbound(34), ID)
    assert not world.resends.begin(outbound(34), "another")
    assert world.resends.begin(outbound(34), ID)
    world.resends.dropped(outbound(34), "another")
    assert not world.resends.begin(outbound(34), "another")
    world.resends.dropped(outbound(34), ID)
    assert world.resends.begin(outbound(34), "another")


def test_a_failed_fax_is_reserved_for_one_order(world: World) -> None:
    assert not world.resends.reserve(FAX, ID)
    world.ledger.settle(BROKEN_OFF)
    assert world.resends.reserve(FAX, ID)
    assert world.resends.reserve(FAX, ID)
    assert not world.resends.reserve(FAX, "another")
    assert not world.resends.begin(FAX, "another")
    world.resends.dropped(FAX, ID)
    assert world.resends.reserve(FAX, "another")


def test_a_reservation_lasts_as_long_as_an_order_may_wait_to_be_begun(world: World) -> None:
    world.ledger.settle(BROKEN_OFF)
    world.resends.reserve(FAX, ID)
    world.clock.advance(hours=5, minutes=59)
    assert not world.resends.reserve(FAX, "another")
    world.clock.advance(minutes=1)
    assert world.resends.reserve(FAX, "another")
    # Whoever comes too late after all must not send it a second time.
    assert not world.resends.begin(FAX, ID)


def test_a_resend_under_way_is_not_reserved_however_long_it_lasts(world: World) -> None:
    world.ledger.settle(BROKEN_OFF)
    world.resends.reserve(FAX, ID)
    assert world.resends.begin(FAX, ID)
    world.clock.advance(hours=48)
    assert not world.resends.reserve(FAX, "another")
    assert not world.resends.reserve(FAX, ID)


def test_a_resend_that_was_not_taken_is_not_under_way_and_stays_reserved(world: World) -> None:
    world.ledger.settle(BROKEN_OFF)
    world.resends.reserve(FAX, ID)
    world.resends.begin(FAX, ID)
    world.resends.put_back(FAX, "another")
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.is_under_way_again
    world.resends.put_back(FAX, ID)
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert not fax.is_under_way_again
    assert not world.resends.reserve(FAX, "another")
    assert world.resends.begin(FAX, ID)


def test_a_fax_that_was_resent_since_it_was_known_is_looked_at_again(world: World) -> None:
    world.ledger.settle(report(FAX, Status.FAILED, completed_at=NOON, owes=MARK))
    known = world.ledger.find(FAX)
    assert world.resends.begin(FAX, ID)
    world.clock.advance(hours=1)

    later = report(FAX, Status.SENT, source=Source.POLL, completed_at=world.clock.now())
    assert world.ledger.settle(later, known=known).outcome is Outcome.SETTLED
    first, second = (world.ledger.find(fax_id) for fax_id in (FAX, outbound("33~2")))
    assert first is not None
    assert second is not None
    assert (first.conflict, second.status) == (None, Status.SENT)


@pytest.mark.parametrize("resent_as", [None, outbound("33~2")])
def test_a_later_completion_belongs_to_the_next_attempt(world: World, resent_as: FaxId | None) -> None:
    resent(world, resent_as=resent_as)
    assert world.ledger.settle(SENT_LATER).outcome is Outcome.SETTLED
    assert world.ledger.settle(SENT_LATER).outcome is Outcome.KNOWN
    assert statuses(world) == {"33": Status.FAILED, "33~2": Status.SENT}
    first = world.ledger.find(FAX)
    assert first is not None
    assert (first.conflict, len(first.sightings)) == (None, 1)


def test_a_second_attempt_that_fails_too_is_settled_as_its_own(world: World) -> None:
    resent(world)
    # The poll has spoken of the first attempt too, and in the same words.
    world.ledger.settle(replace(BROKEN_OFF, source=Source.POLL))
    failed_again = replace(SENT_LATER, status=Status.FAILED, source=Source.POLL)
    first = world.ledger.find(FAX)
    assert first is not None
    assert not first.has_heard(failed_again)
    world.ledger.settle(failed_again)
    assert statuses(world) == {"33": Status.FAILED, "33~2": Status.FAILED}


@pytest.mark.parametrize(
    "said",
    [
        BROKEN_OFF,
        replace(BROKEN_OFF, source=Source.POLL),
        # Said again, later, by a callback that names no time.
        replace(BROKEN_OFF, completed_at=None),
        # The same time as it is written by another source.
        replace(BROKEN_OFF, completed_at=NOON - timedelta(minutes=59), source=Source.POLL),
    ],
)
def test_what_is_said_again_of_the_first_attempt_does_not_settle_the_next(world: World, said: Report) -> None:
    resent(world, resent_as=outbound("33~2"))
    assert world.ledger.settle(said).outcome is Outcome.KNOWN
    assert statuses(world) == {"33": Status.FAILED}


@pytest.mark.parametrize("status", [Status.SENT, Status.FAILED])
def test_a_completion_by_a_provider_s_slow_clock_belongs_to_the_next_attempt(
    world: World, status: Status
) -> None:
    resent(world)
    said = replace(SENT_LATER, status=status, completed_at=NOON - timedelta(seconds=60))
    assert world.ledger.settle(said).outcome is Outcome.SETTLED
    assert statuses(world) == {"33": Status.FAILED, "33~2": status}


def test_a_completion_by_a_provider_s_fast_clock_stays_the_first_attempt_s(world: World) -> None:
    bare = replace(BROKEN_OFF, completed_at=None)
    world.ledger.settle(bare)
    assert world.resends.begin(FAX, ID)
    said = replace(bare, source=Source.POLL, completed_at=NOON + timedelta(seconds=60))
    assert world.ledger.settle(said).outcome is Outcome.KNOWN
    assert statuses(world) == {"33": Status.FAILED}


def test_another_status_without_a_time_belongs_to_the_next_attempt(world: World) -> None:
    resent(world)
    world.ledger.settle(report(FAX, Status.SENT))
    assert statuses(world) == {"33": Status.FAILED, "33~2": Status.SENT}


def test_a_fax_that_goes_on_under_another_identifier_keeps_what_is_said_of_it(world: World) -> None:
    resent(world, resent_as=outbound(41))
    assert world.ledger.settle(report(FAX, Status.SENT)).outcome is Outcome.CONFLICT
    assert statuses(world) == {"33": Status.FAILED}


def test_a_third_attempt_follows_the_second(world: World) -> None:
    resent(world, resent_as=outbound("33~2"))
    world.ledger.settle(replace(SENT_LATER, status=Status.FAILED))
    world.clock.advance(hours=1)
    assert world.resends.begin(outbound("33~2"), "another")
    world.ledger.settle(replace(SENT_LATER, completed_at=NOON + timedelta(hours=2)))
    assert statuses(world) == {"33": Status.FAILED, "33~2": Status.FAILED, "33~3": Status.SENT}


def test_a_fax_under_way_again_is_not_to_be_marked(world: World) -> None:
    def may_be_marked() -> bool:
        fax = world.ledger.find(FAX)
        assert fax is not None
        return fax.may_be_marked

    world.ledger.settle(replace(BROKEN_OFF, owes=MARK))
    assert may_be_marked()
    world.resends.begin(FAX, ID)
    assert not may_be_marked()
    world.resends.went_on(FAX, ID, outbound(41))
    assert may_be_marked()


@pytest.mark.parametrize("is_marked", [False, True])
def test_the_mark_that_an_attempt_still_owed_is_owed_by_the_next(
    world: World,
    is_marked: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    world.ledger.settle(replace(BROKEN_OFF, owes=MARK))
    if is_marked:
        world.ledger.mark_done(FAX)
    world.resends.begin(FAX, ID)
    world.resends.went_on(FAX, ID, outbound("33~2"))
    fax = world.ledger.find(FAX)
    assert fax is not None
    assert fax.duties == ({Duty.MARK: DutyState.DONE} if is_marked else {})
    assert world.listing.page(Listing(is_unfinished=True), limit=9, cursor=None).faxes == ()


def test_the_job_of_a_submission_names_it_and_what_it_resends(world: World) -> None:
    resent(world, resent_as=outbound("33~2"))
    world.ledger.settle(SENT_LATER)
    world.ledger.open(HandedOver(outbound("33~2"), NOON, Facts(), submission=f"{ID}-1", resends=FAX))
    fax, first = world.ledger.find(outbound("33~2")), world.ledger.find(FAX)
    assert fax is not None
    assert first is not None
    assert (fax.status, fax.submission, fax.resends) == (Status.SENT, f"{ID}-1", FAX)
    assert (first.resent_as, first.resent_at) == (outbound("33~2"), NOON)
