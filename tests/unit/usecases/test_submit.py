"""A fax to be sent is durable before its sender is told so, and a repeated request makes no second."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from faxledger.domain.fax import FaxId, Provider, Status
from faxledger.domain.report import Facts
from faxledger.domain.submission import HandedOver, Order, OutgoingDocument, Recipient
from faxledger.domain.submission_ids import order_id_of
from faxledger.errors import DocumentsUnavailable, LedgerUnavailable, MalformedInput, NotPossible
from faxledger.usecases.submit import (
    DOCUMENT_BYTES,
    FaxRequest,
    Inline,
    ResendRequest,
    SendingRules,
    SubmitFax,
    Uploaded,
)
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import greenfax, inbound, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import InMemoryOrderQueue, InMemoryOrders, InMemoryOutgoingDocuments, InMemoryResends

REQUEST = FaxRequest(
    key="a-first-key",
    provider=Provider.SOFTLINX,
    recipients=(Recipient("12025550100"), Recipient("12025550101")),
    documents=(Inline("application/pdf", b"%PDF-"),),
    fingerprint="one",
    reference="case-7",
)


@dataclass
class Desk:
    clock: StoppedClock = field(default_factory=StoppedClock)
    documents: InMemoryOutgoingDocuments = field(default_factory=InMemoryOutgoingDocuments)
    queue: InMemoryOrderQueue = field(default_factory=InMemoryOrderQueue)
    counts: Counts = field(default_factory=Counts)
    log: LogLines = field(default_factory=LogLines)
    checked: list[Order] = field(default_factory=list)
    refusal: MalformedInput | None = None

    def __post_init__(self) -> None:
        self.ledger = InMemoryFaxLedger(self.clock)
        self.orders = InMemoryOrders(self.clock)
        self.resends = InMemoryResends(self.ledger, self.clock)
        self.rules_of = {Provider.SOFTLINX: SendingRules(self._check, self.queue)}
        self.submit = SubmitFax(
            self.rules_of,
            ledger=self.ledger,
            orders=self.orders,
            resends=self.resends,
            documents=self.documents,
            clock=self.clock,
            count=self.counts,
            log=self.log,
        )

    def _check(self, order: Order) -> None:
        self.checked.append(order)
        if self.refusal:
            raise self.refusal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def sent(desk: Desk, request: FaxRequest = REQUEST) -> Order:
    """The order that holds the request's submissions."""
    (order_id,) = {order_id_of(submission) for submission in desk.submit.send(request)}
    return desk.orders.kept[order_id].order


def test_everything_is_kept_before_the_message_leaves(desk: Desk) -> None:
    order = sent(desk)
    assert (order.accepted_at, order.reference) == (NOON, "case-7")
    assert len(set(order.submissions)) == 2
    assert set(desk.orders.submissions) == set(order.submissions)
    assert [desk.documents.contents[document.key] for document in order.documents] == [b"%PDF-"]
    assert desk.queue.sent == [order.id]
    assert desk.counts["Accepted"] == 2


def test_a_repeated_request_has_the_same_answer_and_makes_nothing_new(desk: Desk) -> None:
    first = desk.submit.send(REQUEST)
    desk.clock.advance(hours=1)
    assert desk.submit.send(REQUEST) == first
    assert len(desk.orders.kept) == 1
    assert len(desk.checked) == 1
    assert desk.counts["Accepted"] == 2


def test_a_request_that_was_answered_503_goes_on_where_it_stopped(desk: Desk) -> None:
    desk.queue.is_down = True
    with pytest.raises(LedgerUnavailable):
        desk.submit.send(REQUEST)
    desk.queue.is_down = False
    assert desk.queue.sent == [sent(desk).id]


def test_a_request_repeated_after_it_was_sent_sends_no_message(desk: Desk) -> None:
    order = sent(desk)
    desk.orders.begin(order.id, until=NOON + timedelta(minutes=5))
    assert sent(desk) == order
    assert desk.queue.sent == [order.id]


def test_another_request_under_the_same_key_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk.submit.send(REQUEST)
    other = replace(REQUEST, fingerprint="two", documents=(Inline("application/pdf", b"other"),))
    with pytest.raises(NotPossible, match="idempotency_key was used for another request"):
        desk.submit.send(other)
    assert list(desk.documents.contents.values()) == [b"%PDF-"]
    assert len(desk.orders.kept) == 1


def test_of_two_requests_at_once_under_one_key_the_second_is_refused(desk: Desk) -> None:
    def take_the_other(order_id: str) -> None:
        desk.orders.accept(Order(order_id, Provider.SOFTLINX, (), (), NOON, fingerprint="the other"))

    desk.documents.on_keep = take_the_other
    with pytest.raises(NotPossible, match="another request"):
        desk.submit.send(REQUEST)
    assert desk.queue.sent == []


def test_another_key_is_another_fax(desk: Desk) -> None:
    first, second = desk.submit.send(REQUEST), desk.submit.send(replace(REQUEST, key="a-second-key"))
    assert set(first).isdisjoint(second)


def test_what_the_provider_could_not_be_asked_is_refused_before_anything_is_kept(desk: Desk) -> None:
    desk.refusal = MalformedInput("options.tsi", "is odd")
    with pytest.raises(MalformedInput, match=r"options\.tsi"):
        desk.submit.send(REQUEST)
    assert (desk.orders.kept, desk.documents.contents, desk.queue.sent) == ({}, {}, [])


def test_a_provider_that_is_not_deployed_is_named(desk: Desk) -> None:
    with pytest.raises(MalformedInput, match=r"^provider is none"):
        desk.submit.send(replace(REQUEST, provider=Provider.GREENFAX))


def test_an_uploaded_document_is_sent_as_it_was_uploaded(desk: Desk) -> None:
    uploaded = OutgoingDocument("outgoing/uploads/u", "image/tiff", DOCUMENT_BYTES, "b" * 64)
    desk.documents.uploads["u"] = uploaded
    desk.documents.contents[uploaded.key] = b"II*\0"
    order = sent(desk, replace(REQUEST, documents=(Uploaded("u"), *REQUEST.documents)))
    assert order.documents[0] == uploaded
    assert len(order.documents) == 2


@pytest.mark.parametrize("size", [None, DOCUMENT_BYTES + 1])
def test_an_upload_that_is_missing_or_too_large_is_named(desk: Desk, size: int | None) -> None:
    if size is not None:
        desk.documents.uploads["u"] = OutgoingDocument("outgoing/uploads/u", "image/tiff", size, "b" * 64)
    with pytest.raises(MalformedInput, match=r"^documents\[0\]\.upload"):
        desk.submit.send(replace(REQUEST, documents=(Uploaded("u"),)))
    assert desk.orders.kept == {}


@pytest.mark.parametrize("part", ["documents", "orders"])
def test_nothing_is_accepted_that_is_not_durable(desk: Desk, part: str) -> None:
    desk.documents.is_down = part == "documents"
    desk.orders.fails_at = "accept" if part == "orders" else ""
    with pytest.raises((DocumentsUnavailable, LedgerUnavailable)):
        desk.submit.send(REQUEST)
    assert desk.queue.sent == []


# --- an order for each recipient -----------------------------------------------------------------------

EACH = replace(REQUEST, provider=Provider.GREENFAX)


@pytest.fixture
def mailing(desk: Desk) -> Desk:
    desk.rules_of[Provider.GREENFAX] = SendingRules(
        desk.checked.append,
        desk.queue,
        media_types=frozenset({"application/pdf"}),
        document_bytes=10,
        one_recipient_each=True,
        heard_within=timedelta(hours=24),
    )
    return desk


def test_each_recipient_has_an_order_of_its_own_with_the_same_documents(mailing: Desk) -> None:
    submissions = mailing.submit.send(EACH)
    orders = [mailing.orders.kept[order_id_of(one)].order for one in submissions]
    assert [order.submissions for order in orders] == [(one,) for one in submissions]
    assert [order.recipients for order in orders] == [(one,) for one in EACH.recipients]
    assert orders[0].documents == orders[1].documents != ()
    assert {order.overdue_at for order in orders} == {NOON + timedelta(hours=24)}
    assert mailing.queue.sent == [order.id for order in orders]
    # The whole request was looked at, so that a refusal names the recipient it means.
    assert [order.recipients for order in mailing.checked] == [EACH.recipients]


def test_a_request_that_broke_off_between_its_orders_goes_on_there(mailing: Desk) -> None:
    mailing.orders.fails_after_accepting = 1
    with pytest.raises(LedgerUnavailable):
        mailing.submit.send(EACH)
    mailing.orders.fails_after_accepting = None
    submissions = mailing.submit.send(EACH)
    assert len(mailing.orders.kept) == len(submissions) == 2
    assert submissions == mailing.submit.send(EACH)
    assert len({tuple(one.order.documents) for one in mailing.orders.kept.values()}) == 1
    assert mailing.counts["Accepted"] == 2


def test_what_may_not_be_mailed_is_refused(mailing: Desk) -> None:
    for document, problem in (
        (Inline("application/msword", b"x"), r"documents\[0\]\.type is none of application/pdf"),
        (Inline("application/pdf", b"%PDF-".ljust(11)), "larger than 10 bytes together"),
    ):
        with pytest.raises(MalformedInput, match=problem):
            mailing.submit.send(replace(EACH, documents=(document,)))
    mailing.documents.uploads["u"] = OutgoingDocument("u", "image/tiff", 3, "a" * 64)
    with pytest.raises(MalformedInput, match=r"documents\[0\]\.upload is none of"):
        mailing.submit.send(replace(EACH, documents=(Uploaded("u"),)))
    assert mailing.orders.kept == {}


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", b"hello"),
        ("application/pdf", b"x" * 1_024 + b"%PDF-"),
        ("application/pdf", b"II*\0"),
        ("image/tiff", b"%PDF-1.4"),
        ("image/tiff", b" II*\0"),
    ],
)
def test_a_document_that_is_not_what_it_is_called_is_named(
    desk: Desk, media_type: str, content: bytes
) -> None:
    desk.documents.uploads["u"] = OutgoingDocument("u", media_type, len(content), "a" * 64)
    desk.documents.contents["u"] = content
    for document, part in ((Inline(media_type, content), "content"), (Uploaded("u"), "upload")):
        with pytest.raises(
            MalformedInput, match=rf"^documents\[1\]\.{part} is not {media_type} by its first"
        ):
            desk.submit.send(replace(REQUEST, documents=(*REQUEST.documents, document)))
    assert desk.orders.kept == {}


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", b"\xef\xbb\xbf%PDF-1.4"),
        ("application/pdf", b"\r\n %PDF-1.4"),
        ("image/tiff", b"MM\0*"),
        ("text/plain", b"hello"),
        ("application/msword", b"%PDF-1.4"),
    ],
)
def test_a_document_that_is_what_it_is_called_or_can_t_be_told_is_taken(
    desk: Desk, media_type: str, content: bytes
) -> None:
    order = sent(desk, replace(REQUEST, documents=(Inline(media_type, content),)))
    assert order.documents[0].media_type == media_type


# --- sent once more ------------------------------------------------------------------------------------

FAX = outbound(33)
RESEND = ResendRequest("a-third-key", FAX, None, fingerprint="again")


def failed(desk: Desk, fax: FaxId = FAX) -> None:
    facts = Facts(to_number="12025550001", user="clinic1", reference="case-7")
    desk.ledger.settle(report(fax, Status.FAILED, facts=facts))


def resent(desk: Desk, request: ResendRequest = RESEND) -> Order:
    (submission,) = desk.submit.resend(request)
    return desk.orders.kept[order_id_of(submission)].order


def test_what_its_provider_calls_a_fax_is_kept_with_the_order_to_resend_it(desk: Desk) -> None:
    failed(desk)
    assert resent(desk).known_as is None

    failed(desk, outbound(34))
    desk.rules_of[Provider.SOFTLINX] = replace(
        desk.rules_of[Provider.SOFTLINX], known_as=lambda fax: f"00{fax.id.job_id}"
    )
    assert resent(desk, replace(RESEND, fax=outbound(34))).known_as == "0034"


def test_a_failed_fax_is_asked_for_once_more_to_its_own_number_or_another(desk: Desk) -> None:
    failed(desk)
    order = resent(desk)
    assert (order.resends, order.recipients[0].number, order.documents) == (FAX, "12025550001", ())
    assert (order.user, order.reference, len(order.submissions)) == ("clinic1", "case-7", 1)
    failed(desk, outbound(34))
    other = resent(desk, replace(RESEND, fax=outbound(34), number="12025550100"))
    assert other.recipients[0].number == "12025550100"
    assert (order.is_redirected, other.is_redirected) == (False, True)
    assert desk.queue.sent == [order.id, other.id]


def test_what_is_sent_once_more_are_the_documents_of_the_fax_before(desk: Desk) -> None:
    desk.ledger.open(HandedOver(FAX, NOON, sent_sha256=("a" * 64, "b" * 64)))
    failed(desk)
    order = resent(desk)
    assert (order.sent_sha256, order.submission(0).sent_sha256) == (("a" * 64, "b" * 64),) * 2


def test_a_repeated_resend_is_the_same_one_also_after_it_began(desk: Desk) -> None:
    failed(desk)
    first = resent(desk)
    desk.resends.begin(FAX, first.id)
    assert resent(desk) == first


def test_while_one_resend_waits_to_be_sent_another_is_refused_at_once(desk: Desk) -> None:
    failed(desk)
    first = resent(desk)
    with pytest.raises(NotPossible, match="another request"):
        resent(desk, replace(RESEND, key="a-fourth-key"))
    assert list(desk.orders.kept) == [first.id]
    assert resent(desk) == first
    desk.resends.dropped(FAX, first.id)
    assert resent(desk, replace(RESEND, key="a-fourth-key")).id != first.id


def test_a_resend_that_was_never_accepted_keeps_others_waiting_no_longer_than_it_could_be_begun(
    desk: Desk,
) -> None:
    failed(desk)
    desk.orders.fails_at = "accept"
    with pytest.raises(LedgerUnavailable):
        resent(desk)
    desk.orders.fails_at = ""
    desk.clock.advance(hours=5)
    other = replace(RESEND, key="a-fourth-key")
    with pytest.raises(NotPossible, match="another request"):
        resent(desk, other)
    desk.clock.advance(hours=1)
    assert resent(desk, other).resends == FAX


def test_one_key_means_another_resend_for_another_fax(desk: Desk) -> None:
    failed(desk)
    desk.ledger.settle(report(outbound(34), Status.FAILED))
    assert resent(desk).id != resent(desk, replace(RESEND, fax=outbound(34))).id


@pytest.mark.parametrize("status", [None, Status.SENT])
def test_only_a_fax_that_has_failed_is_sent_once_more(desk: Desk, status: Status | None) -> None:
    if status is not None:
        desk.ledger.settle(report(FAX, status))
    with pytest.raises(NotPossible, match=r"^id is not a fax"):
        resent(desk)


def test_neither_a_received_fax_nor_one_that_was_sent_once_more_is(desk: Desk) -> None:
    desk.ledger.settle(report(inbound(7), Status.RECEIVED))
    with pytest.raises(NotPossible, match="has failed"):
        resent(desk, replace(RESEND, fax=inbound(7)))
    failed(desk)
    desk.resends.begin(FAX, "another order")
    with pytest.raises(NotPossible, match="already"):
        resent(desk)
    with pytest.raises(MalformedInput, match="provider"):
        resent(desk, replace(RESEND, fax=greenfax()))
