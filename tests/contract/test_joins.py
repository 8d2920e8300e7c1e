"""Submissions and the faxes they turn out to be: joined once, guesses undone, and nothing forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from faxledger.domain.fax import FailureClass, FaxId, Provider
from faxledger.domain.report import Facts, Failure, Fax
from faxledger.domain.submission import (
    Handover,
    Order,
    OutgoingDocument,
    Recipient,
    Submission,
    SubmissionState,
)
from faxledger.domain.submission_ids import JoinedBy
from faxledger.ledger import keys
from tests.contract.worlds import INDEX_ATTRIBUTES, Server, World
from tests.fakes.clock import NOON
from tests.fakes.faxes import greenfax, outbound, report

NUMBER = "12025550100"
ID, OTHER_ID = "0123456789abcdef" * 2, "fedcba9876543210" * 2
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
DOCUMENTS = ("a" * 64, "b" * 64)
MAILED = Order(
    id=ID,
    provider=Provider.GREENFAX,
    submissions=(f"{ID}-1",),
    recipients=(Recipient(NUMBER),),
    accepted_at=NOON,
    fingerprint="f" * 64,
    user="frontdesk",
    reference="case-7",
    documents=tuple(OutgoingDocument(sha256, "application/pdf", 9, sha256) for sha256 in DOCUMENTS),
    overdue_at=NOON + DAY,
)
BOUNCED = Failure(FailureClass.REJECTED, "Bounce", "Permanent, General")
FAX, OTHER_FAX = greenfax(1), greenfax(2)


def mailed(world: World, order: Order = MAILED) -> Submission:
    world.orders.accept(order)
    world.orders.record(order.submissions[0], Handover(SubmissionState.HANDED_OVER))
    return now(world, order.submissions[0])


def now(world: World, submission_id: str = f"{ID}-1") -> Submission:
    found = world.joins.submission(submission_id)
    assert found is not None
    return found


def fax(world: World, fax_id: FaxId = FAX) -> Fax:
    found = world.ledger.find(fax_id)
    assert found is not None
    return found


def settled(world: World, *fax_ids: FaxId) -> None:
    for fax_id in fax_ids:
        world.ledger.settle(report(fax_id, facts=Facts(to_number=NUMBER)))


def meant(world: World, number: str = NUMBER) -> list[str]:
    found = world.joins.sent_to(number, Provider.GREENFAX, since=NOON - DAY, until=NOON + DAY)
    return [submission.id for submission in found]


def overdue(world: World) -> list[str]:
    found = world.due.overdue(before=NOON + DAY + HOUR)
    return [what.id for what in found if isinstance(what, Submission)]


def another(number: str = NUMBER, *, later: timedelta = timedelta(0)) -> Order:
    return replace(
        MAILED,
        id=OTHER_ID,
        submissions=(f"{OTHER_ID}-1",),
        recipients=(Recipient(number),),
        accepted_at=NOON + later,
        overdue_at=NOON + later + DAY,
    )


# --- found ---------------------------------------------------------------------------------------------


def test_what_waits_is_found_by_its_number_however_that_is_written(world: World) -> None:
    assert world.joins.submission(f"{ID}-1") is None
    mailed(world)
    assert now(world).facts.to_number == NUMBER
    for spelling in ("1-202-555-0100", "2025550100", "(202) 555-0100", "+1 202 555 0100"):
        assert meant(world, spelling) == meant(world) == [f"{ID}-1"]
    assert meant(world, "12025550101") == meant(world, "0442025550100") == []


def test_what_waits_is_found_by_when_it_was_accepted(world: World) -> None:
    mailed(world)
    mailed(world, another(later=HOUR))
    for since, until, found in (
        (NOON, NOON, [f"{ID}-1"]),
        (NOON, NOON + HOUR, [f"{ID}-1", f"{OTHER_ID}-1"]),
        (NOON + timedelta(seconds=1), NOON + HOUR, [f"{OTHER_ID}-1"]),
        (NOON - DAY, NOON - timedelta(seconds=1), []),
    ):
        sent = world.joins.sent_to(NUMBER, Provider.GREENFAX, since=since, until=until)
        assert sorted(submission.id for submission in sent) == sorted(found)


def test_what_was_sent_through_another_provider_is_never_meant(world: World) -> None:
    world.orders.accept(replace(MAILED, provider=Provider.SOFTLINX))
    assert meant(world) == []


def test_whoever_is_to_name_it_something_has_to_be_heard_of_it(world: World) -> None:
    world.orders.accept(replace(MAILED, provider=Provider.SOFTLINX, overdue_at=None))
    assert overdue(world) == [f"{ID}-1"]


# --- joined --------------------------------------------------------------------------------------------


def test_a_code_gives_the_fax_what_its_sender_said_of_it(world: World) -> None:
    settled(world, FAX)
    submission = mailed(world)
    for _ in range(2):
        assert world.joins.join(submission, FAX, JoinedBy.CODE)
    joined = fax(world)
    assert (joined.submission, joined.facts.user, joined.facts.reference) == (
        f"{ID}-1",
        "frontdesk",
        "case-7",
    )
    assert (joined.submitted_at, joined.sent_sha256) == (NOON, DOCUMENTS)
    assert (now(world).fax, now(world).joined_by) == (FAX, JoinedBy.CODE)
    assert (meant(world), overdue(world)) == ([], [])


def test_a_guess_gives_it_nothing_but_the_label(world: World) -> None:
    settled(world, FAX)
    for _ in range(2):
        assert world.joins.join(mailed(world), FAX, JoinedBy.GUESS)
    joined = fax(world)
    assert (joined.submission, joined.facts, joined.submitted_at, joined.sent_sha256) == (
        f"{ID}-1",
        Facts(to_number=NUMBER),
        None,
        (),
    )
    assert now(world).sent_sha256 == DOCUMENTS
    assert (now(world).fax, now(world).joined_by) == (FAX, JoinedBy.GUESS)
    # Another fax may still turn out to be the one.
    assert (meant(world), overdue(world)) == ([f"{ID}-1"], [])


@pytest.mark.parametrize("by", JoinedBy)
def test_a_submission_that_is_joined_is_joined_with_no_other_fax(world: World, by: JoinedBy) -> None:
    settled(world, FAX, OTHER_FAX)
    submission = mailed(world)
    world.joins.join(submission, FAX, by)
    for other in JoinedBy:
        assert not world.joins.join(submission, OTHER_FAX, other)
    assert (now(world).fax, fax(world, OTHER_FAX).submission) == (FAX, None)


def test_a_fax_that_is_joined_by_a_code_is_joined_with_no_other_submission(world: World) -> None:
    settled(world, FAX)
    world.joins.join(mailed(world), FAX, JoinedBy.CODE)
    second = mailed(world, another())
    for by in JoinedBy:
        assert not world.joins.join(second, FAX, by)
    assert fax(world).submission == f"{ID}-1"


def test_a_code_takes_a_fax_over_that_was_guessed_to_be_another_s(world: World) -> None:
    settled(world, FAX)
    first = mailed(world)
    world.joins.join(first, FAX, JoinedBy.GUESS)
    second = mailed(world, another())
    assert not world.joins.join(second, FAX, JoinedBy.GUESS)
    world.joins.part(now(world, second.id))
    assert world.joins.join(second, FAX, JoinedBy.CODE)
    assert fax(world).submission == second.id


def test_nothing_is_made_of_a_submission_or_a_fax_that_is_gone(world: World) -> None:
    submission = mailed(world)
    assert not world.joins.join(submission, FAX, JoinedBy.CODE)
    assert world.ledger.find(FAX) is None
    settled(world, FAX)
    unknown = replace(submission, id=f"{OTHER_ID}-1")
    assert not world.joins.join(unknown, FAX, JoinedBy.CODE)
    world.joins.part(replace(unknown, fax=FAX))
    world.due.found_overdue(unknown, look_at=NOON + WEEK)
    assert world.joins.fail(unknown.id, BOUNCED) is None
    assert world.joins.submission(unknown.id) is None


# --- parted --------------------------------------------------------------------------------------------


def test_a_guess_that_is_undone_leaves_both_as_they_were(world: World) -> None:
    settled(world, FAX)
    before = mailed(world)
    world.joins.part(before)
    world.joins.join(before, FAX, JoinedBy.GUESS)
    for _ in range(2):
        world.joins.part(replace(before, fax=FAX, joined_by=JoinedBy.GUESS))
    assert (fax(world).submission, now(world)) == (None, before)
    assert (meant(world), overdue(world)) == ([f"{ID}-1"], [f"{ID}-1"])
    assert world.joins.join(before, FAX, JoinedBy.CODE)


def test_what_a_code_says_is_never_undone(world: World) -> None:
    settled(world, FAX)
    world.joins.join(mailed(world), FAX, JoinedBy.CODE)
    world.joins.part(now(world))
    assert (now(world).fax, fax(world).submission) == (FAX, f"{ID}-1")


def test_what_was_announced_as_overdue_is_not_so_again_when_a_guess_is_undone(world: World) -> None:
    settled(world, FAX)
    world.due.found_overdue(mailed(world), look_at=NOON + WEEK)
    world.joins.join(now(world), FAX, JoinedBy.GUESS)
    world.joins.part(now(world))
    assert (meant(world), overdue(world)) == ([f"{ID}-1"], [])


# --- failed --------------------------------------------------------------------------------------------


def test_what_has_failed_waits_for_nothing_and_is_never_guessed(world: World) -> None:
    settled(world, FAX)
    submission = mailed(world)
    world.clock.advance(minutes=1)
    failed = world.joins.fail(submission.id, BOUNCED)
    assert failed is not None
    kept = now(world)
    assert (kept.id, kept.state, kept.state_at) == (
        failed.id,
        SubmissionState.REFUSED,
        NOON + timedelta(minutes=1),
    )
    assert kept.failure is not None
    assert (kept.failure.code, kept.failure.text) == ("Bounce", "Permanent, General")
    assert (meant(world), overdue(world)) == ([], [])
    assert not world.joins.join(submission, FAX, JoinedBy.GUESS)


def test_it_fails_once(world: World) -> None:
    submission = mailed(world)
    world.joins.fail(submission.id, BOUNCED)
    assert world.joins.fail(submission.id, replace(BOUNCED, code="Reject")) is None
    failure = now(world).failure
    assert failure is not None
    assert failure.code == "Bounce"


@pytest.mark.parametrize("state", [SubmissionState.HANDED_OVER, SubmissionState.UNKNOWN])
def test_a_failure_is_not_overwritten_by_whoever_handed_it_over_and_was_slower(
    world: World, state: SubmissionState
) -> None:
    world.orders.accept(MAILED)
    world.joins.fail(f"{ID}-1", BOUNCED)
    world.orders.record(f"{ID}-1", Handover(state))
    assert now(world).state is SubmissionState.REFUSED
    assert (meant(world), overdue(world)) == ([], [])


def test_a_failure_finds_the_guess_that_has_to_be_undone(world: World) -> None:
    settled(world, FAX)
    world.joins.join(mailed(world), FAX, JoinedBy.GUESS)
    failed = world.joins.fail(f"{ID}-1", BOUNCED)
    assert failed is not None
    assert (failed.fax, failed.joined_by) == (FAX, JoinedBy.GUESS)
    world.joins.part(failed)
    assert (now(world).fax, now(world).state, fax(world).submission) == (None, SubmissionState.REFUSED, None)
    assert (meant(world), overdue(world)) == ([], [])


def test_what_has_failed_is_listed_as_refused_and_waits_for_nothing_when_its_guess_is_undone(
    server: Server,
) -> None:
    world = server.world()
    settled(world, FAX)
    world.joins.join(mailed(world), FAX, JoinedBy.GUESS)
    failed = world.joins.fail(f"{ID}-1", BOUNCED)
    assert failed is not None
    world.joins.part(failed)
    (item,) = (one for one in server.items() if one["pk"]["S"].startswith("SUBMISSION#"))
    assert item["status_key"]["S"].startswith("greenfax#refused#")
    assert {keys.BY_TIME.partition, keys.BY_REFERENCE.partition, keys.BY_NUMBER.partition} <= item.keys()
    assert keys.DUE.partition not in item


def test_what_a_code_has_joined_does_not_fail(world: World) -> None:
    settled(world, FAX)
    world.joins.join(mailed(world), FAX, JoinedBy.CODE)
    assert world.joins.fail(f"{ID}-1", BOUNCED) is None
    assert (now(world).state, now(world).fax) == (SubmissionState.HANDED_OVER, FAX)


def test_what_its_provider_has_named_does_not_fail(world: World) -> None:
    world.orders.accept(MAILED)
    world.orders.record(f"{ID}-1", Handover(SubmissionState.HANDED_OVER, outbound(41)))
    assert world.joins.fail(f"{ID}-1", BOUNCED) is None


def test_a_code_joins_what_has_failed_and_the_failure_stays_on_record(world: World) -> None:
    settled(world, FAX)
    submission = mailed(world)
    world.joins.fail(submission.id, BOUNCED)
    assert world.joins.join(submission, FAX, JoinedBy.CODE)
    joined = now(world)
    assert (joined.state, joined.fax) == (SubmissionState.HANDED_OVER, FAX)
    assert joined.failure is not None


# --- overdue -------------------------------------------------------------------------------------------


def test_what_nothing_was_heard_of_is_overdue_until_that_is_announced(world: World) -> None:
    submission = mailed(world)
    assert list(world.due.overdue(before=NOON + DAY)) == []
    assert overdue(world) == [submission.id]
    world.clock.advance(days=2)
    world.due.found_overdue(submission, look_at=NOON + WEEK)
    assert overdue(world) == []
    assert [what.id for what in world.due.overdue(before=NOON + WEEK + HOUR)] == [submission.id]
    assert now(world).announced_at == NOON + 2 * DAY
    # It may still be heard of.
    assert meant(world) == [submission.id]


@pytest.mark.parametrize("state", [SubmissionState.UNKNOWN, SubmissionState.GIVEN_UP])
def test_a_submission_is_what_its_order_has_left_it_as_from_then_on(
    world: World, state: SubmissionState
) -> None:
    world.orders.accept(MAILED)
    world.clock.advance(days=2)
    world.due.found_overdue(now(world), look_at=NOON + WEEK, left_as=state)
    found = now(world)
    assert (found.state, found.state_at) == (state, NOON + 2 * DAY)
    assert (found.announced_at, found.look_at) == (NOON + 2 * DAY, NOON + WEEK)
    # It may still turn out to be a fax.
    settled(world, FAX)
    assert world.joins.join(found, FAX, JoinedBy.CODE)


def test_what_was_said_of_a_submission_since_it_was_found_stands(world: World) -> None:
    world.orders.accept(MAILED)
    before = now(world)
    world.orders.record(MAILED.submissions[0], Handover(SubmissionState.HANDED_OVER))
    world.due.found_overdue(before, look_at=NOON + WEEK, left_as=SubmissionState.UNKNOWN)
    found = now(world)
    assert (found.state, found.look_at) == (SubmissionState.HANDED_OVER, NOON + WEEK)
    settled(world, FAX)
    world.joins.join(found, FAX, JoinedBy.CODE)
    world.due.found_overdue(before, look_at=NOON + 2 * WEEK, left_as=SubmissionState.UNKNOWN)
    assert (now(world).state, now(world).fax) == (SubmissionState.HANDED_OVER, FAX)


def test_whatever_is_overdue_is_found_in_every_shard(world: World) -> None:
    orders = [
        replace(MAILED, id=f"{number:032x}", submissions=(f"{number:032x}-1",)) for number in range(1, 13)
    ]
    for order in orders:
        mailed(world, order)
    assert set(overdue(world)) == {order.submissions[0] for order in orders}


def test_the_keys_of_what_waits_tell_nobody_s_number(server: Server) -> None:
    mailed(server.world())
    for item in server.items():
        texts = [item[name]["S"] for name in INDEX_ATTRIBUTES if name in item]
        assert not any(NUMBER in text or "case-7" in text for text in texts)
