"""Hand an accepted order over to its provider: once, whatever fails on the way."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from typing import IO

from faxledger.domain.fax import FailureClass
from faxledger.domain.report import Failure
from faxledger.domain.submission import (
    UNKNOWN,
    HandedOver,
    Handover,
    KeptOrder,
    Order,
    OrderState,
    OutgoingDocument,
    SubmissionState,
)
from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.errors import (
    AnswerLost,
    FaxledgerError,
    LedgerUnavailable,
    LoginRefused,
    MalformedInput,
    ProviderRefused,
)
from faxledger.usecases.leases import query_lease
from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.sending import (
    Orders,
    OutgoingDocuments,
    Resends,
    SendingProvider,
    SendingSession,
)
from faxledger.usecases.ports.world import Clock, Count, Log

# Recording what was answered, and logging out, still fit into this.
_STOP_BEFORE = timedelta(seconds=30)
# Nobody is at an order any more when its run's time and this are over.
_GUARD = _STOP_BEFORE + CLOCKS_DIFFER_BY
_RESENT_BEFORE = Failure(FailureClass.REJECTED, None, "it was sent once more already, or has not failed")


@dataclass(frozen=True, slots=True)
class SendFax:
    """Sends one order at a time.

    An order is written to be `SENDING` before the provider is asked. One that is found so has lost its
    outcome: its faxes are looked for, where that is possible, and it is never sent again.
    """

    provider: SendingProvider
    _: KW_ONLY
    ledger: FaxLedger
    orders: Orders
    resends: Resends
    documents: OutgoingDocuments
    claims: Claims
    clock: Clock
    count: Count
    log: Log

    def __call__(self, order_id: str, *, is_last_try: bool, time_left: timedelta) -> bool:
        """Whether the order is done with; else its message has to come again. Raises `LedgerUnavailable`."""
        kept = self.orders.find(order_id)
        if kept is None:
            self.log.error("order missing", extra={"order_id": order_id})
            self.count("OrderMissing", provider=self.provider.name)
            return True
        if is_last_try and kept.state is OrderState.SENDING:
            self._doubt(kept.order)
        end = self.clock.now() + time_left - _STOP_BEFORE
        try:
            told = self._told(kept, end, is_last_try=is_last_try)
        except LedgerUnavailable:
            raise
        except FaxledgerError as error:
            self._report(error, order_id)
            told = None
        if told is None:
            if is_last_try:
                self._leave(kept.order)
            return False
        self._record(told)
        return not self._is_open(told)

    def _doubt(self, order: Order) -> None:
        """Say that nobody knows whether the provider has taken it; what is known of a recipient stays."""
        for submission_id in order.submissions:
            self.orders.record(submission_id, UNKNOWN)

    def _leave(self, order: Order) -> None:
        """The last word on an order that nobody tries any more."""
        if self.orders.give_up(order):
            if order.resends is not None:
                self.resends.dropped(order.resends, order.id)
            return
        kept = self.orders.find(order.id)
        if kept is None:
            return
        if kept.state is OrderState.SENDING:
            self._doubt(order)
            self._tell(replace(kept, handovers=(UNKNOWN,) * len(order.submissions)))
        elif kept.state is OrderState.ANSWERED:
            self._record(kept)

    def _is_open(self, kept: KeptOrder) -> bool:
        """Whether more can be found out of what became of it."""
        return self.provider.can_look_for and _is_unknown(kept)

    def _told(self, kept: KeptOrder, end: datetime, *, is_last_try: bool) -> KeptOrder | None:
        """The order with what became of each recipient, which is kept; None if that has to wait."""
        match kept.state:
            case OrderState.ACCEPTED | OrderState.GIVEN_UP:
                return self._sent(kept, end, is_last_try=is_last_try)
            case OrderState.SENDING if self._is_under_way(kept):
                return None
            case OrderState.ANSWERED if not self._is_open(kept):
                return kept
            case _ if not self.provider.can_look_for:
                return self._answered(kept, (UNKNOWN,) * len(kept.order.submissions))
            case _:
                return self._looked_for(kept, end)

    def _answered(self, kept: KeptOrder, handovers: tuple[Handover, ...]) -> KeptOrder:
        """Keep what became of each recipient: in one write, and before anything else that may fail.

        What was answered is never asked for again.
        """
        told = replace(kept, handovers=handovers)
        self.orders.answered(told.order.id, told.handovers)
        if kept.state is not OrderState.ANSWERED:
            self._tell(told)
        self._tell_of_others(kept, told)
        return told

    def _is_under_way(self, kept: KeptOrder) -> bool:
        return kept.sending_until is not None and self.clock.now() < kept.sending_until

    def _sent(self, kept: KeptOrder, end: datetime, *, is_last_try: bool) -> KeptOrder | None:
        order = kept.order
        with ExitStack() as stack:
            # To resend, some clients look for the fax first, and that is a query.
            lease = query_lease(self.claims, self.clock, self.provider.name, end=end)
            if order.resends is not None and not stack.enter_context(lease):
                return None
            files = [
                (document, stack.enter_context(self.documents.opened(document)))
                for document in order.documents
            ]
            session = stack.enter_context(self.provider.session())
            # Before the order is begun: where this fails, nothing was asked, and it may be begun again.
            may_be_sent = order.resends is None or self.resends.begin(order.resends, order.id)
            begun = replace(kept, sending_at=self.clock.now())
            # From here on a crash leaves a trace: whoever comes next looks before asking again.
            if not self.orders.begin(order.id, until=end + _GUARD):
                return None
            if not may_be_sent:
                return self._answered(begun, _failed(order, _RESENT_BEFORE))
            if is_last_try:
                # Nobody comes next, so what a crash would leave is said before it.
                self._doubt(order)
            # Within the session and the lease, whose ends may fail.
            return self._answered(begun, self._asked(session, order, files))

    def _asked(
        self,
        session: SendingSession,
        order: Order,
        files: Sequence[tuple[OutgoingDocument, IO[bytes]]],
    ) -> tuple[Handover, ...]:
        try:
            return session.send(order, files)
        except AnswerLost:
            self.count("SendAnswerLost", provider=self.provider.name)
            self._doubt(order)
            raise
        except LoginRefused:
            self._release(order)
            raise
        except ProviderRefused as refused:
            return _failed(order, Failure(FailureClass.REJECTED, refused.code, refused.text or None))
        except MalformedInput as malformed:
            # Nothing has left, and trying again would not help: a later deployment asks otherwise, say.
            return _failed(order, Failure(FailureClass.REJECTED, None, str(malformed)))
        except FaxledgerError:
            self._release(order)
            raise

    def _release(self, order: Order) -> None:
        """Nothing was taken, so it may be sent again."""
        self.orders.release(order.id)
        if order.resends is not None:
            self.resends.put_back(order.resends, order.id)

    def _looked_for(self, kept: KeptOrder, end: datetime) -> KeptOrder | None:
        if kept.sending_at is None or kept.sending_until is None:
            raise ValueError("an order that was never sent can't be looked for")
        with query_lease(self.claims, self.clock, self.provider.name, end=end) as is_granted:
            if not is_granted:
                return None
            with self.provider.session() as session:
                found = session.look_for(kept.order, since=kept.sending_at, until=kept.sending_until)
                return self._answered(kept, _merged(kept, found))

    def _record(self, told: KeptOrder) -> None:
        """Open a job for each fax that was named, and join it with its submission; harmless twice."""
        order = told.order
        submitted_at = told.sending_at or order.accepted_at
        for index, (submission_id, handover) in enumerate(
            zip(order.submissions, told.handovers, strict=False)
        ):
            if handover.fax is not None:
                self.ledger.open(
                    HandedOver(
                        handover.fax,
                        submitted_at,
                        order.facts(index),
                        submission=submission_id,
                        resends=order.resends,
                        sent_sha256=order.sent_sha256,
                    )
                )
                if order.resends is not None:
                    self.resends.went_on(order.resends, order.id, handover.fax)
            elif order.resends is not None and handover.state is SubmissionState.REFUSED:
                self.resends.dropped(order.resends, order.id)
            self.orders.record(submission_id, handover)
        for handover in told.handovers[len(order.submissions) :]:
            if handover.fax is not None:
                self.ledger.open(HandedOver(handover.fax, submitted_at))

    def _tell(self, told: KeptOrder) -> None:
        names = {
            SubmissionState.HANDED_OVER: "HandedOver",
            SubmissionState.REFUSED: "SubmissionFailed",
            SubmissionState.UNKNOWN: "SubmissionUnknown",
        }
        order = told.order
        for submission_id, handover in zip(order.submissions, told.handovers, strict=False):
            self.count(names[handover.state], provider=self.provider.name)
            self.log.info(
                "order told of",
                extra={
                    "order_id": order.id,
                    "submission_id": submission_id,
                    "fax_id": None if handover.fax is None else str(handover.fax),
                    "outcome": handover.state,
                },
            )

    def _tell_of_others(self, kept: KeptOrder, told: KeptOrder) -> None:
        """Say once of each fax that it belongs to none of those it was asked for: it may have gone astray."""
        for handover in told.handovers[len(told.order.submissions) :]:
            if handover.fax is not None and handover not in kept.handovers:
                self.count("FaxOfNoRecipient", provider=self.provider.name)
                self.log.warning(
                    "a fax of no recipient",
                    extra={"order_id": told.order.id, "fax_id": str(handover.fax)},
                )

    def _report(self, error: FaxledgerError, order_id: str) -> None:
        self.log.error(
            "sending failed",
            extra={
                "order_id": order_id,
                "provider": self.provider.name,
                "error": type(error).__name__,
                "reason": str(error),
            },
        )
        name = "LoginRefused" if isinstance(error, LoginRefused) else "SendingFailed"
        self.count(name, provider=self.provider.name)


def _is_unknown(kept: KeptOrder) -> bool:
    return any(handover.state is SubmissionState.UNKNOWN for handover in kept.handovers)


def _failed(order: Order, failure: Failure) -> tuple[Handover, ...]:
    return (Handover(SubmissionState.REFUSED, failure=failure),) * len(order.submissions)


def _merged(kept: KeptOrder, found: Sequence[Handover]) -> tuple[Handover, ...]:
    """What was known before stays; what is found fills what was not."""
    recipients = len(kept.order.submissions)
    before = kept.handovers[:recipients] or (UNKNOWN,) * recipients
    known = {handover.fax for handover in before if handover.fax is not None}
    merged = tuple(
        old if old.state is not SubmissionState.UNKNOWN else looked
        for old, looked in zip(before, found[:recipients], strict=True)
    )
    others = {*kept.handovers[recipients:], *found[recipients:]}
    return (*merged, *sorted((one for one in others if one.fax not in known), key=str))
