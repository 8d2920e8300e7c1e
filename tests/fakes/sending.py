"""What is to be sent, and a provider to send it, in memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import IO

from faxledger.domain.attempts import provider_id
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import DutyState
from faxledger.domain.submission import (
    UNKNOWN,
    Handover,
    KeptOrder,
    Order,
    OrderState,
    OutgoingDocument,
    Submission,
    SubmissionState,
)
from faxledger.errors import (
    DocumentMissing,
    DocumentsUnavailable,
    FaxledgerError,
    LedgerUnavailable,
    ProviderError,
)
from faxledger.usecases.ports.world import Clock
from tests.fakes.ledger import InMemoryFaxLedger


class InMemoryOrders:
    """Implements `Orders` and `Submissions`. `fails_at` names the method at which the ledger is down.

    After `fails_after_accepting` orders it takes no more.
    """

    def __init__(self, clock: Clock) -> None:
        self.kept: dict[str, KeptOrder] = {}
        self.submissions: dict[str, Submission] = {}
        self.fails_at = ""
        self.fails_after_accepting: int | None = None
        self._clock = clock

    def accept(self, order: Order) -> KeptOrder:
        self._refuse("accept")
        if order.id not in self.kept and len(self.kept) == self.fails_after_accepting:
            raise LedgerUnavailable("the orders in memory are full")
        kept = self.kept.setdefault(order.id, KeptOrder(order))
        if kept.order.fingerprint == order.fingerprint:
            for index, submission_id in enumerate(kept.order.submissions):
                self.submissions.setdefault(submission_id, self._accepted(kept.order, index))
        return kept

    def _accepted(self, order: Order, index: int) -> Submission:
        submission = order.submission(index)
        return replace(
            submission, overdue_at=submission.overdue_at or order.accepted_at + timedelta(hours=24)
        )

    def find(self, order_id: str) -> KeptOrder | None:
        self._refuse("find")
        return self.kept.get(order_id)

    def begin(self, order_id: str, *, until: datetime) -> bool:
        self._refuse("begin")
        kept = self.kept[order_id]
        if kept.state not in (OrderState.ACCEPTED, OrderState.GIVEN_UP):
            return False
        now = self._clock.now()
        self.kept[order_id] = replace(kept, state=OrderState.SENDING, sending_at=now, sending_until=until)
        return True

    def release(self, order_id: str) -> None:
        self._refuse("release")
        self._change(order_id, (OrderState.SENDING,), OrderState.ACCEPTED)

    def give_up(self, order: Order) -> bool:
        may_be = (OrderState.ACCEPTED, OrderState.GIVEN_UP)
        if not self._change(order.id, may_be, OrderState.GIVEN_UP):
            return False
        for submission_id in order.submissions:
            self.record(submission_id, Handover(SubmissionState.GIVEN_UP))
        return True

    def answered(self, order_id: str, handovers: tuple[Handover, ...]) -> None:
        self._refuse("answered")
        if self._change(order_id, (OrderState.SENDING, OrderState.ANSWERED), OrderState.ANSWERED):
            self.kept[order_id] = replace(self.kept[order_id], handovers=handovers)

    def record(self, submission_id: str, handover: Handover) -> None:
        self._refuse("record")
        known = self.submissions.get(submission_id)
        if known is not None and known.has_no_fax_yet:
            self.submissions[submission_id] = replace(
                known,
                state=handover.state,
                state_at=self._clock.now(),
                fax=handover.fax,
                failure=handover.failure or known.failure,
            )

    def submission(self, submission_id: str) -> Submission | None:
        self._refuse("submission")
        return self.submissions.get(submission_id)

    def _change(self, order_id: str, states: tuple[OrderState, ...], state: OrderState) -> bool:
        kept = self.kept.get(order_id)
        if kept is None or kept.state not in states:
            return False
        self.kept[order_id] = replace(kept, state=state)
        return True

    def _refuse(self, method: str) -> None:
        if method == self.fails_at:
            raise LedgerUnavailable("the orders in memory are down")


class InMemoryResends:
    """Implements `Resends` on the faxes of a ledger in memory, which may be down."""

    def __init__(self, ledger: InMemoryFaxLedger, clock: Clock) -> None:
        self.is_down = False
        self._ledger = ledger
        self._clock = clock
        self._by: dict[FaxId, str] = {}
        self._reserved_at: dict[FaxId, datetime] = {}

    def reserve(self, fax: FaxId, order_id: str) -> bool:
        self._refuse()
        known = self._ledger.faxes.get(fax)
        if known is None or known.first_status is not Status.FAILED or known.resent_at is not None:
            return False
        now = self._clock.now()
        is_stale = fax in self._reserved_at and self._reserved_at[fax] <= now - timedelta(hours=6)
        if not is_stale and self._by.get(fax, order_id) != order_id:
            return False
        self._by[fax], self._reserved_at[fax] = order_id, now
        return True

    def begin(self, fax: FaxId, order_id: str) -> bool:
        self._refuse()
        known = self._ledger.faxes.get(fax)
        if known is None or known.first_status is not Status.FAILED:
            return False
        if self._by.setdefault(fax, order_id) != order_id:
            return False
        self._reserved_at.pop(fax, None)
        self._ledger.faxes[fax] = replace(known, resent_at=self._clock.now(), resend_lost_at=None)
        return True

    def put_back(self, fax: FaxId, order_id: str) -> None:
        if self._by.get(fax) == order_id and self._ledger.faxes[fax].resent_as is None:
            self._reserved_at[fax] = self._clock.now()
            self._ledger.faxes[fax] = replace(self._ledger.faxes[fax], resent_at=None)

    def went_on(self, fax: FaxId, order_id: str, resent_as: FaxId) -> None:
        if self._by.get(fax) == order_id:
            known = self._ledger.faxes[fax]
            is_next_attempt = provider_id(resent_as) == provider_id(fax)
            duties = {
                duty: state
                for duty, state in known.duties.items()
                if not (is_next_attempt and state is DutyState.PENDING)
            }
            self._ledger.faxes[fax] = replace(known, resent_as=resent_as, duties=duties)
            if self._ledger.faxes[fax].is_finished:
                self._ledger.due_at.pop(fax, None)

    def dropped(self, fax: FaxId, order_id: str) -> None:
        if self._by.get(fax) == order_id:
            del self._by[fax]
            self._reserved_at.pop(fax, None)
            self._ledger.faxes[fax] = replace(self._ledger.faxes[fax], resent_at=None)

    def _refuse(self) -> None:
        if self.is_down:
            raise LedgerUnavailable("the resends in memory are down")


class InMemorySendingProvider:
    """Implements `SendingProvider` and its session.

    It answers with `answer`, after `on_send`; `fault` is raised instead. A login is followed by `on_login`
    and fails with `login_fault`, the end of a session with `end_fault`.
    `sent` are the orders it was handed with their documents, `found` is what looking for one brings.
    """

    name = "softlinx"
    can_look_for = True

    def __init__(self) -> None:
        self.answer: tuple[Handover, ...] = ()
        self.found: tuple[Handover, ...] = ()
        self.fault: Exception | None = None
        self.look_fault: ProviderError | None = None
        self.login_fault: FaxledgerError | None = None
        self.end_fault: FaxledgerError | None = None
        self.on_send: Callable[[], object] = lambda: None
        self.on_login: Callable[[], object] = lambda: None
        self.sent: list[tuple[Order, list[bytes]]] = []
        self.looked_for: list[Order] = []
        self.logins = 0

    @contextmanager
    def session(self) -> Iterator["InMemorySendingProvider"]:
        self.logins += 1
        self.on_login()
        if self.login_fault:
            raise self.login_fault
        try:
            yield self
        finally:
            if self.end_fault:
                raise self.end_fault

    def send(
        self, order: Order, documents: Sequence[tuple[OutgoingDocument, IO[bytes]]]
    ) -> tuple[Handover, ...]:
        self.sent.append((order, [file.read() for _, file in documents if file.seek(0) == 0]))
        self.on_send()
        if self.fault:
            raise self.fault
        return self.answer

    def look_for(self, order: Order, *, since: datetime, until: datetime) -> tuple[Handover, ...]:
        assert since < until
        self.looked_for.append(order)
        if self.look_fault:
            raise self.look_fault
        return self.found or (UNKNOWN,) * len(order.submissions)


class InMemoryOutgoingDocuments:
    """Implements `OutgoingDocuments`; `on_keep` happens while a document is kept."""

    def __init__(self) -> None:
        self.on_keep: Callable[[str], object] = lambda _: None
        self.contents: dict[str, bytes] = {}
        self.uploads: dict[str, OutgoingDocument] = {}
        self.is_down = False

    def keep(self, order_id: str, media_type: str, content: bytes) -> OutgoingDocument:
        self._refuse()
        self.on_keep(order_id)
        digest = sha256(content).hexdigest()
        document = OutgoingDocument(f"{order_id}/{digest}", media_type, len(content), digest)
        self.contents[document.key] = content
        return document

    def uploaded(self, upload_id: str) -> OutgoingDocument | None:
        self._refuse()
        return self.uploads.get(upload_id)

    def beginning(self, document: OutgoingDocument) -> bytes:
        self._refuse()
        return self.contents[document.key][:1024]

    @contextmanager
    def opened(self, document: OutgoingDocument) -> Iterator[IO[bytes]]:
        self._refuse()
        if document.key not in self.contents:
            raise DocumentMissing("the documents in memory have no such one")
        yield BytesIO(self.contents[document.key])

    def _refuse(self) -> None:
        if self.is_down:
            raise DocumentsUnavailable("the documents in memory are down")


class InMemoryOrderQueue:
    """Implements `OrderQueue`."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.is_down = False

    def send(self, order_id: str) -> bool:
        if not self.is_down:
            self.sent.append(order_id)
        return not self.is_down
