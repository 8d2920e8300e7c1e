"""An order is handed over once, whatever fails; what can't be told is unknown and never repeated."""

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

import pytest

from faxledger.domain.fax import FailureClass, Provider, Status
from faxledger.domain.report import Failure
from faxledger.domain.submission import UNKNOWN, Handover, Order, OrderState, Recipient, SubmissionState
from faxledger.errors import (
    AnswerLost,
    FaxledgerError,
    LedgerUnavailable,
    LoginRefused,
    MalformedInput,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    SecretUnavailable,
)
from faxledger.usecases.send import SendFax
from tests.fakes.claims import InMemoryClaims
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import outbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import (
    InMemoryOrders,
    InMemoryOutgoingDocuments,
    InMemoryResends,
    InMemorySendingProvider,
)

ID = "0123456789abcdef" * 2
REFUSED = Handover(SubmissionState.REFUSED, failure=Failure(FailureClass.REJECTED, "9", "not allowed"))
LEFT = timedelta(minutes=6)
# Whoever was at an order is not any more.
LATER = {"minutes": 40.0}


def taken(job_id: int | str) -> Handover:
    return Handover(SubmissionState.HANDED_OVER, outbound(job_id))


@dataclass
class Desk:
    clock: StoppedClock = field(default_factory=StoppedClock)
    provider: InMemorySendingProvider = field(default_factory=InMemorySendingProvider)
    documents: InMemoryOutgoingDocuments = field(default_factory=InMemoryOutgoingDocuments)
    claims: InMemoryClaims = field(default_factory=InMemoryClaims)
    counts: Counts = field(default_factory=Counts)
    log: LogLines = field(default_factory=LogLines)

    def __post_init__(self) -> None:
        self.ledger = InMemoryFaxLedger(self.clock)
        self.orders = InMemoryOrders(self.clock)
        self.resends = InMemoryResends(self.ledger, self.clock)
        self.send = SendFax(
            self.provider,
            ledger=self.ledger,
            orders=self.orders,
            resends=self.resends,
            documents=self.documents,
            claims=self.claims,
            clock=self.clock,
            count=self.counts,
            log=self.log,
        )

    def comes(self, *, is_last_try: bool = False) -> bool:
        """Its message comes: whether the order is done with."""
        return self.send(ID, is_last_try=is_last_try, time_left=LEFT)

    def states(self) -> list[str]:
        """How far each submission has come, or the job it is joined with."""
        submissions = self.orders.submissions.values()
        return [one.fax.job_id if one.fax else str(one.state) for one in submissions]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    accept(made)
    made.provider.answer = (taken(41), taken(42))
    return made


def accept(desk: Desk) -> None:
    desk.orders.accept(
        Order(
            id=ID,
            provider=Provider.SOFTLINX,
            submissions=(f"{ID}-1", f"{ID}-2"),
            recipients=(Recipient("12025550100"), Recipient("12025550101")),
            accepted_at=NOON,
            fingerprint="one",
            documents=tuple(desk.documents.keep(ID, "application/pdf", one) for one in (b"first", b"second")),
            user="clinic1",
            reference="case-7",
        )
    )


def test_an_order_is_handed_over_whole_and_a_job_opened_for_each_identifier(desk: Desk) -> None:
    assert desk.comes()
    ((order, documents),) = desk.provider.sent
    assert (len(order.recipients), documents) == (2, [b"first", b"second"])
    assert desk.states() == ["41", "42"]
    fax = desk.ledger.faxes[outbound(42)]
    assert (fax.status, fax.submitted_at, fax.submission) == (Status.SUBMITTED, NOON, f"{ID}-2")
    assert (fax.facts.to_number, fax.facts.user, fax.facts.reference) == ("12025550101", "clinic1", "case-7")
    assert fax.sent_sha256 == tuple(sha256(one).hexdigest() for one in (b"first", b"second"))
    assert desk.counts["HandedOver"] == 2


def test_a_report_that_came_first_stays(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(41), Status.SENT))
    desk.comes()
    fax = desk.ledger.faxes[outbound(41)]
    assert (fax.status, fax.submission) == (Status.SENT, f"{ID}-1")


def test_a_message_that_comes_again_sends_nothing(desk: Desk) -> None:
    desk.comes()
    desk.clock.advance(**LATER)
    assert desk.comes()
    assert (len(desk.provider.sent), desk.provider.looked_for) == (1, [])
    assert desk.counts["HandedOver"] == 2


def test_a_recipient_who_is_refused_does_not_lose_the_others(desk: Desk) -> None:
    desk.provider.answer = (REFUSED, taken(41))
    assert desk.comes()
    assert desk.states() == ["refused", "41"]
    submission = desk.orders.submissions[f"{ID}-1"]
    assert submission.failure == REFUSED.failure
    assert (desk.counts["HandedOver"], desk.counts["SubmissionFailed"]) == (1, 1)


def test_a_fax_that_belongs_to_no_recipient_is_opened_all_the_same(desk: Desk) -> None:
    desk.provider.answer = (taken(41), taken(42), taken(43))
    desk.comes()
    assert desk.ledger.faxes[outbound(43)].submission is None
    assert desk.counts["FaxOfNoRecipient"] == 1
    about = {"order_id": ID, "fax_id": str(outbound(43))}
    assert ("warning", "a fax of no recipient", about) in desk.log.lines


def test_a_refusal_fails_every_submission_with_the_provider_s_words(desk: Desk) -> None:
    desk.provider.fault = ProviderRefused("SendFax", "4", "Invalid TSI")
    assert desk.comes()
    assert desk.states() == ["refused", "refused"]
    failure = desk.orders.submissions[f"{ID}-1"].failure
    assert failure == Failure(FailureClass.REJECTED, "4", "Invalid TSI")
    assert "Invalid TSI" not in str(desk.log.lines)


def test_what_can_t_be_asked_any_more_has_failed_and_is_not_looked_for(desk: Desk) -> None:
    desk.provider.fault = MalformedInput("options.project_code_2", "is where a code of ours stands now")
    assert desk.comes()
    assert (desk.states(), desk.provider.looked_for) == (["refused", "refused"], [])


@pytest.mark.parametrize(
    "fault",
    [
        ProviderUnavailable("no connection"),
        ProviderAnswerUnreadable("HTML"),
        LoginRefused("SendFax", "HTTP-401"),
        SecretUnavailable("rotated a moment ago"),
    ],
)
def test_what_was_not_taken_is_sent_when_its_message_comes_again(desk: Desk, fault: FaxledgerError) -> None:
    desk.provider.fault = fault
    assert not desk.comes()
    assert desk.states() == ["accepted", "accepted"]
    desk.provider.fault = None
    assert desk.comes()
    assert desk.states() == ["41", "42"]


NO_SECRET = SecretUnavailable("the secret is not filled in yet")


@pytest.mark.parametrize("fault", [ProviderUnavailable("none"), LoginRefused("Login", "2"), NO_SECRET])
def test_without_a_login_nothing_is_begun(desk: Desk, fault: FaxledgerError) -> None:
    desk.provider.login_fault = fault
    assert not desk.comes()
    assert desk.orders.kept[ID].state is OrderState.ACCEPTED
    assert desk.counts["LoginRefused"] == isinstance(fault, LoginRefused)


def test_without_its_documents_nothing_is_begun(desk: Desk) -> None:
    desk.documents.is_down = True
    assert not desk.comes()
    assert (desk.provider.logins, desk.orders.kept[ID].state) == (0, OrderState.ACCEPTED)


@pytest.mark.parametrize("fault", [ProviderUnavailable("down for hours"), NO_SECRET])
def test_what_never_reached_the_provider_is_given_up_with_its_last_try(
    desk: Desk, fault: FaxledgerError
) -> None:
    desk.provider.login_fault = fault
    assert not desk.comes(is_last_try=True)
    assert desk.states() == ["given_up", "given_up"]
    desk.provider.login_fault = None
    assert desk.comes()
    assert desk.states() == ["41", "42"]


# --- lost answers --------------------------------------------------------------------------------------


def lose_the_answer(desk: Desk) -> None:
    desk.provider.fault = AnswerLost("nobody knows")
    assert not desk.comes()
    desk.provider.fault = None


def test_that_it_is_being_sent_is_written_before_the_provider_is_asked(desk: Desk) -> None:
    states = []
    desk.provider.on_send = lambda: states.append(desk.orders.kept[ID].state)
    desk.comes()
    assert states == [OrderState.SENDING]


def test_a_lost_answer_is_told_of_and_its_order_never_sent_again(desk: Desk) -> None:
    lose_the_answer(desk)
    assert desk.states() == ["unknown", "unknown"]
    for _ in range(7):
        desk.clock.advance(**LATER)
        assert not desk.comes(is_last_try=True)
    assert len(desk.provider.sent) == 1
    assert desk.states() == ["unknown", "unknown"]
    # Once each, however often they are looked for.
    assert (desk.counts["SendAnswerLost"], desk.counts["SubmissionUnknown"]) == (1, 2)


def test_a_fax_whose_answer_was_lost_is_found_and_joined(desk: Desk) -> None:
    lose_the_answer(desk)
    desk.clock.advance(**LATER)
    desk.provider.found = (taken(41), taken(42))
    assert desk.comes()
    assert desk.states() == ["41", "42"]
    assert desk.ledger.faxes[outbound(41)].submitted_at == NOON
    assert len(desk.provider.sent) == 1


def test_what_is_found_of_some_recipients_counts_and_the_others_are_looked_for_again(desk: Desk) -> None:
    lose_the_answer(desk)
    desk.clock.advance(**LATER)
    desk.provider.found = (UNKNOWN, taken(42))
    assert not desk.comes()
    assert desk.states() == ["unknown", "42"]
    desk.provider.found = (taken(41), taken(42), taken(43))
    assert desk.comes()
    assert desk.states() == ["41", "42"]
    assert desk.ledger.faxes[outbound(43)].submission is None
    assert (desk.counts["SubmissionUnknown"], desk.counts["FaxOfNoRecipient"]) == (1, 1)


def test_a_recipient_missing_in_the_answer_is_looked_for_and_the_refused_one_stays_refused(
    desk: Desk,
) -> None:
    desk.provider.answer = (REFUSED, UNKNOWN)
    assert not desk.comes()
    assert desk.states() == ["refused", "unknown"]
    desk.clock.advance(**LATER)
    desk.provider.found = (UNKNOWN, taken(42))
    assert desk.comes()
    assert desk.states() == ["refused", "42"]


def test_while_somebody_may_be_at_it_an_order_is_neither_sent_nor_looked_for(desk: Desk) -> None:
    desk.orders.begin(ID, until=NOON + timedelta(minutes=7))
    assert not desk.comes()
    assert (desk.provider.sent, desk.provider.looked_for) == ([], [])
    assert desk.states() == ["accepted", "accepted"]


def test_of_two_runs_at_once_one_sends(desk: Desk) -> None:
    # The other run begins while this one logs in.
    desk.provider.on_login = lambda: desk.orders.begin(ID, until=NOON + timedelta(minutes=7))
    assert not desk.comes()
    assert desk.provider.sent == []


@pytest.mark.parametrize("step", ["answered", "record"])
def test_a_crash_after_the_answer_never_sends_twice(desk: Desk, step: str) -> None:
    desk.orders.fails_at = step
    with pytest.raises(LedgerUnavailable):
        desk.comes()
    desk.orders.fails_at = ""
    desk.clock.advance(**LATER)
    desk.provider.found = (taken(41), taken(42))
    assert desk.comes()
    assert desk.states() == ["41", "42"]
    assert len(desk.provider.sent) == 1
    # What was answered is kept as it was; only without it has to be looked for.
    assert len(desk.provider.looked_for) == (1 if step == "answered" else 0)


def test_a_job_that_could_not_be_opened_is_opened_later(desk: Desk) -> None:
    desk.ledger.unwritable = {outbound(42)}
    with pytest.raises(LedgerUnavailable):
        desk.comes()
    desk.ledger.unwritable = set()
    assert desk.comes()
    assert desk.states() == ["41", "42"]
    assert len(desk.provider.sent) == 1


def test_looking_for_a_fax_waits_for_its_turn_to_query(desk: Desk) -> None:
    lose_the_answer(desk)
    desk.clock.advance(**LATER)
    poll = desk.claims.claim("softlinx-query", now=desk.clock.now(), until=desk.clock.now() + LEFT)
    assert not desk.comes()
    assert desk.provider.looked_for == []
    desk.claims.give_back(poll)
    desk.provider.found = (taken(41), taken(42))
    assert desk.comes()
    assert desk.claims.held == {}


def test_looking_that_fails_is_tried_again(desk: Desk) -> None:
    lose_the_answer(desk)
    desk.clock.advance(**LATER)
    desk.provider.look_fault = ProviderUnavailable("down")
    assert not desk.comes()
    assert desk.orders.kept[ID].state is OrderState.SENDING


# --- the last word --------------------------------------------------------------------------------------


class Death(BaseException):
    """The process ends here, whatever it was about to do."""


def die() -> None:
    raise Death


def test_what_was_in_a_process_that_died_is_unknown_when_nobody_could_look(desk: Desk) -> None:
    desk.provider.on_send = die
    with pytest.raises(Death):
        desk.comes()
    desk.provider.look_fault = ProviderUnavailable("down for hours")
    desk.clock.advance(**LATER)
    assert not desk.comes()
    desk.clock.advance(**LATER)
    assert not desk.comes(is_last_try=True)
    assert desk.states() == ["unknown", "unknown"]
    assert desk.counts["SubmissionUnknown"] == 2
    # A person puts the message back when the provider is there again.
    desk.provider.look_fault = None
    desk.provider.found = (taken(41), taken(42))
    assert desk.comes()
    assert (desk.states(), len(desk.provider.sent)) == (["41", "42"], 1)


def test_a_process_that_dies_in_the_last_try_leaves_no_order_that_seems_on_its_way(desk: Desk) -> None:
    desk.provider.on_send = die
    with pytest.raises(Death):
        desk.comes(is_last_try=True)
    assert desk.states() == ["unknown", "unknown"]


def test_a_ledger_that_is_down_in_the_last_try_leaves_no_order_that_seems_on_its_way(desk: Desk) -> None:
    desk.provider.on_send = die
    with pytest.raises(Death):
        desk.comes()
    desk.clock.advance(**LATER)
    desk.claims.is_down = True
    with pytest.raises(LedgerUnavailable):
        desk.comes(is_last_try=True)
    assert desk.states() == ["unknown", "unknown"]


def test_what_is_doubted_in_its_last_try_and_was_not_taken_is_given_up(desk: Desk) -> None:
    desk.provider.fault = ProviderUnavailable("no connection")
    assert not desk.comes(is_last_try=True)
    assert desk.states() == ["given_up", "given_up"]
    assert desk.counts["SubmissionUnknown"] == 0


def test_an_answer_is_kept_however_the_session_ends(desk: Desk) -> None:
    desk.provider.end_fault = ProviderUnavailable("gone before the logout")
    assert not desk.comes(is_last_try=True)
    assert desk.states() == ["41", "42"]
    assert (desk.counts["HandedOver"], desk.provider.looked_for) == (2, [])


def test_an_order_that_has_expired_is_done_with(desk: Desk) -> None:
    assert desk.send("f" * 32, is_last_try=False, time_left=LEFT)
    assert desk.counts["OrderMissing"] == 1


# --- sent once more ------------------------------------------------------------------------------------


@pytest.fixture
def again() -> Desk:
    """Fax 33 has failed and is to be sent once more."""
    desk = Desk()
    desk.ledger.settle(report(outbound(33), Status.FAILED))
    desk.orders.accept(
        Order(
            id=ID,
            provider=Provider.SOFTLINX,
            submissions=(f"{ID}-1",),
            recipients=(Recipient("12025550100"),),
            accepted_at=NOON,
            fingerprint="one",
            resends=outbound(33),
            resent_sha256=("a" * 64,),
        )
    )
    return desk


@pytest.mark.parametrize("job_id", ["33~2", "41"])
def test_a_resent_fax_and_what_it_goes_on_as_name_each_other(again: Desk, job_id: str) -> None:
    marks = []
    again.provider.on_send = lambda: marks.append(again.ledger.faxes[outbound(33)].resent_at)
    again.provider.answer = (taken(job_id),)
    assert again.comes()
    # Before the provider is asked, so that a report that is faster than the answer is not misread.
    assert marks == [NOON]
    assert again.ledger.faxes[outbound(33)].resent_as == outbound(job_id)
    fax = again.ledger.faxes[outbound(job_id)]
    assert (fax.resends, fax.submission, fax.status) == (outbound(33), f"{ID}-1", Status.SUBMITTED)
    assert fax.sent_sha256 == ("a" * 64,)
    assert again.states() == [job_id]


def test_a_fax_that_another_order_has_sent_once_more_is_not_sent_again(again: Desk) -> None:
    again.resends.begin(outbound(33), "another order")
    assert again.comes()
    assert (again.provider.sent, again.states()) == ([], ["refused"])
    assert again.ledger.faxes[outbound(33)].resent_at == NOON


@pytest.mark.parametrize(
    ("fault", "state"), [(ProviderRefused("resend", "4"), "refused"), (ProviderUnavailable("no"), "accepted")]
)
def test_a_fax_that_was_not_resent_after_all_may_be(again: Desk, fault: ProviderError, state: str) -> None:
    again.provider.fault = fault
    assert again.comes() is (state == "refused")
    assert again.states() == [state]
    assert again.ledger.faxes[outbound(33)].resent_at is None


def test_a_lost_answer_to_a_resend_leaves_the_fax_under_way(again: Desk) -> None:
    lose_the_answer(again)
    assert again.ledger.faxes[outbound(33)].is_under_way_again
    again.clock.advance(**LATER)
    again.provider.found = (taken("33~2"),)
    assert again.comes()
    assert again.states() == ["33~2"]


def test_a_resend_waits_for_its_turn_to_query(again: Desk) -> None:
    again.claims.claim("softlinx-query", now=NOON, until=NOON + LEFT)
    assert not again.comes()
    assert (again.provider.logins, again.orders.kept[ID].state) == (0, OrderState.ACCEPTED)


def test_an_answer_is_kept_though_the_lease_can_t_be_given_back(again: Desk) -> None:
    def go_down() -> None:
        again.claims.is_down = True

    again.provider.on_send = go_down
    again.provider.answer = (taken("33~2"),)
    assert again.comes()
    assert again.states() == ["33~2"]
    assert again.ledger.faxes[outbound(33)].resent_as == outbound("33~2")


def test_a_resend_that_could_not_be_written_down_was_not_begun(again: Desk) -> None:
    again.resends.is_down = True
    with pytest.raises(LedgerUnavailable):
        again.comes()
    assert again.orders.kept[ID].state is OrderState.ACCEPTED
    again.resends.is_down = False
    again.provider.answer = (taken("33~2"),)
    assert again.comes()
    assert (again.states(), again.provider.looked_for) == (["33~2"], [])


def test_a_resend_that_is_given_up_leaves_its_fax_as_it_was(again: Desk) -> None:
    again.orders.fails_at = "begin"
    with pytest.raises(LedgerUnavailable):
        again.comes()
    again.orders.fails_at = ""
    again.provider.login_fault = NO_SECRET
    assert not again.comes(is_last_try=True)
    assert again.states() == ["given_up"]
    assert again.ledger.faxes[outbound(33)].resent_at is None
