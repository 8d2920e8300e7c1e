"""Which submission a fax turns out to be, and what is made of a bounce."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from faxledger.domain.fax import FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import Facts, Failure
from faxledger.domain.submission import Handover, Order, Recipient, Submission, SubmissionState
from faxledger.usecases.bounce import FailBounced
from faxledger.usecases.join import JoinFax
from tests.fakes.clock import StoppedClock
from tests.fakes.due import InMemoryDue
from tests.fakes.faxes import greenfax, outbound, report
from tests.fakes.joins import InMemoryJoins
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import InMemoryOrders

NUMBER = "12025550100"
DAY = timedelta(days=1)
BOUNCED = Failure(FailureClass.REJECTED, "Bounce", "Permanent, General")


class Desk:
    """Mails to one number, and hears of faxes to it."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.orders = InMemoryOrders(self.clock)
        self.joins = InMemoryJoins(self.orders, self.ledger, self.clock)
        self.count, self.log = Counts(), LogLines()
        self.join = JoinFax(
            self.joins,
            within=DAY,
            order_code_of={Provider.SOFTLINX: lambda fax: fax.sightings[0].given.get("code")},
            count=self.count,
            log=self.log,
        )
        self.fail = FailBounced(self.joins, self.count, self.log)

    def mail(self, number: int) -> str:
        """The id of a submission that is handed over now."""
        order_id = f"{number:032x}"
        submission_id = f"{order_id}-1"
        order = Order(
            order_id,
            Provider.GREENFAX,
            (submission_id,),
            (Recipient(NUMBER),),
            self.clock.now(),
            "f",
            overdue_at=self.clock.now() + DAY,
        )
        self.orders.accept(order)
        self.orders.record(submission_id, Handover(SubmissionState.HANDED_OVER))
        return submission_id

    def hear(self, job: int, *, code: str | None = None, completed_at: datetime | None = None) -> None:
        """Of a fax that was completed now, if nothing else is said; the stream brings it."""
        said = report(
            greenfax(job),
            completed_at=completed_at or self.clock.now(),
            facts=Facts(to_number=NUMBER, reference=code),
        )
        self.ledger.settle(said)
        self.stream(job)

    def stream(self, job: int) -> None:
        self.join(self.ledger.faxes[greenfax(job)])

    def joined(self, *jobs: int) -> list[str | None]:
        return [self.ledger.faxes[greenfax(job)].submission for job in jobs]

    def fax_of(self, submission_id: str) -> FaxId | None:
        return self.orders.submissions[submission_id].fax


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- two to one number, close in time --------------------------------------------------------------------


def test_of_two_to_one_number_whose_codes_are_lost_nothing_is_guessed_and_both_are_overdue(
    desk: Desk,
) -> None:
    first = desk.mail(1)
    desk.clock.advance(minutes=1)
    second = desk.mail(2)
    desk.clock.advance(minutes=3)
    # Of one of them no row ever comes; this may be either.
    desk.hear(7)
    assert desk.joined(7) == [None]
    assert desk.count["JoinAmbiguous"] == 1
    desk.clock.advance(days=2)
    due = InMemoryDue(desk.ledger, desk.orders, desk.clock)
    overdue = [one.id for one in due.overdue(before=desk.clock.now()) if isinstance(one, Submission)]
    assert sorted(overdue) == sorted([first, second])


def test_what_could_not_be_told_is_told_by_a_code_however_late(desk: Desk) -> None:
    first, second = desk.mail(1), desk.mail(2)
    desk.hear(7)
    desk.clock.advance(days=3)
    told = desk.ledger.faxes[greenfax(7)]
    desk.ledger.faxes[greenfax(7)] = replace(told, facts=replace(told.facts, reference=second))
    desk.stream(7)
    assert (desk.joined(7), desk.fax_of(first)) == ([second], None)


def test_a_code_joins_that_only_a_contradicting_source_brings_back(desk: Desk) -> None:
    first, second = desk.mail(1), desk.mail(2)
    desk.hear(1)
    assert desk.joined(1) == [None]
    facts = Facts(to_number=NUMBER, reference=second)
    desk.ledger.settle(report(greenfax(1), Status.FAILED, source=Source.NOTIFY, facts=facts))
    desk.stream(1)
    assert desk.joined(1) == [second]
    assert (desk.fax_of(first), desk.fax_of(second)) == (None, greenfax(1))


def test_once_a_code_has_told_of_one_the_other_is_a_guess_and_labelled(desk: Desk) -> None:
    first, second = desk.mail(1), desk.mail(2)
    desk.hear(7, code=first)
    desk.hear(8)
    assert desk.joined(7, 8) == [first, second]
    assert desk.orders.submissions[second].joined_by == "guess"


def test_a_fax_is_not_guessed_to_be_what_was_mailed_after_its_end(desk: Desk) -> None:
    first = desk.mail(1)
    desk.clock.advance(minutes=2)
    completed_at = desk.clock.now()
    desk.clock.advance(minutes=10)
    desk.mail(2)
    desk.hear(7, completed_at=completed_at)
    assert desk.joined(7) == [first]


def test_two_faxes_that_one_submission_could_be_are_not_both_joined_and_that_is_counted(desk: Desk) -> None:
    first = desk.mail(1)
    desk.clock.advance(minutes=2)
    desk.hear(7)
    desk.hear(8)
    assert desk.joined(7, 8) == [first, None]
    assert desk.count["JoinAmbiguous"] == 1


def test_a_guess_of_which_only_one_side_was_written_is_completed(desk: Desk) -> None:
    submission = desk.mail(1)
    desk.hear(7)
    desk.ledger.faxes[greenfax(7)] = replace(desk.ledger.faxes[greenfax(7)], submission=None)
    desk.mail(2)
    desk.stream(7)
    assert desk.joined(7) == [submission]


# --- not delivered ---------------------------------------------------------------------------------------


def test_a_bounce_undoes_a_guess_which_is_not_made_again(desk: Desk) -> None:
    submission = desk.mail(1)
    desk.hear(7)
    desk.fail(submission, BOUNCED)
    # Undoing it is a change that the stream brings.
    desk.stream(7)
    assert (desk.joined(7), desk.fax_of(submission)) == ([None], None)
    assert desk.count["SubmissionFailed"] == 1


def test_what_the_first_try_left_of_a_guess_is_undone_when_the_bounce_comes_again(desk: Desk) -> None:
    submission = desk.mail(1)
    desk.hear(7)
    desk.joins.fail(submission, BOUNCED)
    desk.fail(submission, BOUNCED)
    assert (desk.joined(7), desk.fax_of(submission)) == ([None], None)
    assert desk.count["SubmissionFailed"] == 0


def test_a_bounced_fax_that_went_through_after_all_is_joined_and_that_is_counted(desk: Desk) -> None:
    submission = desk.mail(1)
    desk.fail(submission, BOUNCED)
    for _ in range(2):
        desk.hear(7, code=submission)
    assert desk.joined(7) == [submission]
    assert desk.count["FailureDenied"] == 1
    kept = desk.orders.submissions[submission]
    assert (kept.state, kept.failure) == (SubmissionState.HANDED_OVER, BOUNCED)


def test_a_bounce_of_what_a_code_has_told_of_changes_nothing_and_is_counted(desk: Desk) -> None:
    submission = desk.mail(1)
    desk.hear(7, code=submission)
    desk.fail(submission, BOUNCED)
    assert desk.joined(7) == [submission]
    assert desk.orders.submissions[submission].failure is None
    assert (desk.count["FailureDenied"], desk.count["SubmissionFailed"]) == (1, 0)


def test_a_bounce_of_nothing_that_is_known_is_told_to_the_log_alone(desk: Desk) -> None:
    desk.fail(f"{9:032x}-1", BOUNCED)
    assert (desk.count["SubmissionFailed"], [level for level, *_ in desk.log.lines]) == (0, ["warning"])


# --- by the code of an order -----------------------------------------------------------------------------

OTHER = "12025550101"


def order(desk: Desk, *numbers: str) -> str:
    """The code of an order to these numbers whose answer was lost."""
    order_id = "a" * 32
    ids = tuple(f"{order_id}-{number}" for number in range(1, len(numbers) + 1))
    desk.orders.accept(
        Order(order_id, Provider.SOFTLINX, ids, tuple(map(Recipient, numbers)), desk.clock.now(), "f")
    )
    return order_id[:16]


def bring(desk: Desk, code: str, number: str | None = NUMBER, job: int = 41) -> str | None:
    """A callback brings a code back: the submission that its fax is found to be."""
    desk.ledger.settle(report(outbound(job), facts=Facts(to_number=number), given={"code": code}))
    desk.join(desk.ledger.faxes[outbound(job)])
    return desk.ledger.faxes[outbound(job)].submission


def test_a_fax_that_brings_back_the_code_of_its_order_is_joined_by_its_number(desk: Desk) -> None:
    code = order(desk, NUMBER, OTHER)
    desk.clock.advance(days=29)
    assert bring(desk, code, "(202) 555-0101") == f"{'a' * 32}-2"
    assert desk.fax_of(f"{'a' * 32}-2") == outbound(41)
    assert desk.fax_of(f"{'a' * 32}-1") is None
    assert ("Joined", {"provider": "softlinx", "by": "code"}) in desk.count.labelled


@pytest.mark.parametrize(
    ("code", "number"), [("b" * 16, NUMBER), ("a" * 16, "19999999999"), ("a" * 16, None)]
)
def test_a_fax_with_another_code_or_to_another_number_is_nobody_s(
    desk: Desk, code: str, number: str | None
) -> None:
    order(desk, NUMBER, OTHER)
    assert bring(desk, code, number) is None
    assert desk.count["Joined"] == 0


def test_of_two_to_one_number_in_one_order_neither_is_guessed(desk: Desk) -> None:
    assert bring(desk, order(desk, NUMBER, NUMBER)) is None
    assert desk.count["JoinAmbiguous"] == 1


def test_a_second_fax_with_the_code_of_an_answered_one_is_nobody_s(desk: Desk) -> None:
    code = order(desk, NUMBER)
    assert bring(desk, code) == f"{'a' * 32}-1"
    assert bring(desk, code, job=42) is None
    assert desk.fax_of(f"{'a' * 32}-1") == outbound(41)
