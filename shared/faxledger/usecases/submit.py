"""Take a fax to be sent: all of it is durable before the caller is told so, and nothing is taken twice."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from faxledger.domain.deliveries import Target
from faxledger.domain.document_types import has_beginning, is_as_called
from faxledger.domain.fax import Direction, FaxId, Provider, Status
from faxledger.domain.report import Fax
from faxledger.domain.submission import KeptOrder, Option, Order, OrderState, OutgoingDocument, Recipient
from faxledger.domain.submission_ids import order_id_of
from faxledger.errors import LedgerUnavailable, MalformedInput, NotPossible
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.sending import OrderQueue, Orders, OutgoingDocuments, Resends
from faxledger.usecases.ports.world import Clock, Count, Log

# The largest document that is sent, whichever provider it goes to: it passes through a function's memory.
DOCUMENT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Inline:
    """A document that came with its request."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A document that was uploaded before."""

    id: str


@dataclass(frozen=True, slots=True, repr=False)
class FaxRequest:
    """A fax as it was asked for. The same `key` always means the same request."""

    key: str
    provider: Provider
    recipients: tuple[Recipient, ...]
    documents: tuple[Inline | Uploaded, ...]
    fingerprint: str
    user: str | None = None
    reference: str | None = None
    send_after: datetime | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    notify: tuple[Target, ...] = ()
    requested_by: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ResendRequest:
    """A failed fax to be sent once more, to `number` if one is given."""

    key: str
    fax: FaxId
    number: str | None
    fingerprint: str
    requested_by: str | None = None


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What one provider takes: `check` raises `MalformedInput` for what it could not be asked.

    `media_types` are those of the documents it takes, `document_bytes` the most they may have together; None
    is any. One that takes `one_recipient_each` is given an order for each. `heard_within` is for one that
    names its faxes only with their status. `known_as` is what it calls a fax, None where that is as in our
    id.
    """

    check: Callable[[Order], None]
    queue: OrderQueue
    media_types: frozenset[str] | None = None
    document_bytes: int | None = None
    one_recipient_each: bool = False
    heard_within: timedelta | None = None
    known_as: Callable[[Fax], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class SubmitFax:
    """`rules_of` are the providers that faxes can be sent through. Raises `LedgerUnavailable`."""

    rules_of: Mapping[Provider, SendingRules]
    _: KW_ONLY
    ledger: FaxLedger
    orders: Orders
    resends: Resends
    documents: OutgoingDocuments
    clock: Clock
    count: Count
    log: Log

    def send(self, request: FaxRequest) -> tuple[str, ...]:
        """The submissions, kept and on their way; those of an earlier request with the same key, if any.

        Raises `MalformedInput`, `NotPossible`, `DocumentsUnavailable`.
        """
        rules = self._rules(request.provider)
        whole = self._order(request, rules)
        first, *others = _one_each(whole, request.key) if rules.one_recipient_each else [whole]
        known = self._known(first.id, request.fingerprint)
        if known is None:
            rules.check(whole)
            first = replace(first, documents=self._keep(first.id, request, rules))
            kept = [self._accept(first)]
        else:
            kept = [self._on_its_way(known)]
        # Behind the first, under which the whole request is known: a repetition makes what is missing.
        documents = kept[0].order.documents
        for order in others:
            known = self._known(order.id, request.fingerprint)
            kept.append(
                self._accept(replace(order, documents=documents))
                if known is None
                else self._on_its_way(known)
            )
        return tuple(submission for one in kept for submission in one.order.submissions)

    def _order(self, request: FaxRequest, rules: SendingRules) -> Order:
        order_id = _id_of("fax", request.key)
        now = self.clock.now()
        return Order(
            id=order_id,
            provider=request.provider,
            submissions=tuple(f"{order_id}-{number}" for number in range(1, len(request.recipients) + 1)),
            recipients=request.recipients,
            accepted_at=now,
            fingerprint=request.fingerprint,
            user=request.user,
            reference=request.reference,
            send_after=request.send_after,
            options=request.options,
            notify=request.notify,
            overdue_at=None if rules.heard_within is None else now + rules.heard_within,
            requested_by=request.requested_by,
        )

    def resend(self, request: ResendRequest) -> tuple[str, ...]:
        """As `send`; raises `NotPossible` also for a fax that has not failed or is sent once more."""
        rules = self._rules(request.fax.provider)
        order_id = _id_of(f"resend {request.fax}", request.key)
        if known := self._known(order_id, request.fingerprint):
            return self._on_its_way(known).order.submissions
        fax = self.ledger.find(request.fax)
        if fax is None:
            raise NotPossible("id", "is not a fax that the ledger knows: GET /faxes lists those")
        if fax.id.direction is not Direction.OUTBOUND or fax.first_status is not Status.FAILED:
            raise NotPossible("id", "is not a fax that has failed: others are sent by POST /faxes")
        if fax.resent_at is not None:
            raise NotPossible("id", "is a fax that was sent once more already: resent_as names the next one")
        order = Order(
            id=order_id,
            provider=request.fax.provider,
            submissions=(f"{order_id}-1",),
            recipients=(Recipient(request.number or fax.facts.to_number or ""),),
            accepted_at=self.clock.now(),
            fingerprint=request.fingerprint,
            user=fax.facts.user,
            reference=fax.facts.reference,
            resends=fax.id,
            notify=self._told_of(fax),
            is_redirected=request.number is not None,
            known_as=rules.known_as(fax),
            over_by=fax.over_by,
            requested_by=request.requested_by,
            resent_sha256=fax.sent_sha256,
        )
        rules.check(order)
        # Before the order is accepted: a second one would be refused when it is too late to say so.
        if not self.resends.reserve(fax.id, order.id):
            raise NotPossible("id", "is a fax that another request is sending once more already")
        return self._accept(order).order.submissions

    def _told_of(self, fax: Fax) -> tuple[Target, ...]:
        """Whoever was to be told of the fax is told of its next attempt too."""
        kept = None if fax.submission is None else self.orders.find(order_id_of(fax.submission))
        return () if kept is None else kept.order.notify

    def _rules(self, provider: Provider) -> SendingRules:
        try:
            return self.rules_of[provider]
        except KeyError:
            ways = " or ".join(self.rules_of) or "none: this deployment names no sender at a provider"
            raise MalformedInput("provider", f"is none to send through here, which is {ways}") from None

    def _known(self, order_id: str, fingerprint: str) -> KeptOrder | None:
        known = self.orders.find(order_id)
        if known is not None and known.order.fingerprint != fingerprint:
            raise NotPossible(
                "idempotency_key", "was used for another request before: take a new one for a new request"
            )
        # Its submissions may not all be there: accepting it once more sees to that.
        return known and self.orders.accept(known.order)

    def _keep(self, order_id: str, request: FaxRequest, rules: SendingRules) -> tuple[OutgoingDocument, ...]:
        for index, document in enumerate(request.documents):
            if isinstance(document, Inline):
                _check_type(rules, f"documents[{index}].type", document.media_type)
                _check_content(f"documents[{index}].content", document.media_type, document.content)
        kept = []
        for index, document in enumerate(request.documents):
            one = self._kept(order_id, f"documents[{index}]", document)
            _check_type(rules, f"documents[{index}].upload", one.media_type)
            if isinstance(document, Uploaded) and has_beginning(one.media_type):
                _check_content(f"documents[{index}].upload", one.media_type, self.documents.beginning(one))
            kept.append(one)
        if rules.document_bytes is not None and sum(one.size for one in kept) > rules.document_bytes:
            raise MalformedInput(
                "documents", f"are larger than {rules.document_bytes} bytes together: send fewer"
            )
        return tuple(kept)

    def _kept(self, order_id: str, field: str, document: Inline | Uploaded) -> OutgoingDocument:
        if isinstance(document, Inline):
            return self.documents.keep(order_id, document.media_type, document.content)
        found = self.documents.uploaded(document.id)
        if found is None:
            problem = "names no upload of the last day: put the document at its link first, then send it"
            raise MalformedInput(f"{field}.upload", problem)
        if found.size > DOCUMENT_BYTES:
            raise MalformedInput(f"{field}.upload", f"is larger than {DOCUMENT_BYTES} bytes")
        return found

    def _accept(self, order: Order) -> KeptOrder:
        kept = self.orders.accept(order)
        if kept.order.fingerprint != order.fingerprint:
            raise NotPossible(
                "idempotency_key", "was used for another request before: take a new one for a new request"
            )
        self.count("Accepted", len(order.submissions), provider=order.provider)
        for submission_id in kept.order.submissions:
            self.log.info(
                "accepted",
                extra={
                    "order_id": order.id,
                    "submission_id": submission_id,
                    # What is sent once more; any other is no fax yet.
                    "fax_id": None if order.resends is None else str(order.resends),
                    "provider": order.provider,
                },
            )
        return self._on_its_way(kept)

    def _on_its_way(self, kept: KeptOrder) -> KeptOrder:
        # A repetition sends the message again: the first try may have ended before it did.
        is_waiting = kept.state is OrderState.ACCEPTED
        if is_waiting and not self.rules_of[kept.order.provider].queue.send(kept.order.id):
            raise LedgerUnavailable("the queue of faxes to be sent did not take the order")
        return kept


def _one_each(order: Order, key: str) -> list[Order]:
    """An order for each recipient, so that what becomes of one touches no other."""
    ids = [_id_of(f"fax {number}", key) for number in range(2, len(order.recipients) + 1)]
    return [
        replace(order, id=order_id, submissions=(f"{order_id}-1",), recipients=(recipient,))
        for order_id, recipient in zip([order.id, *ids], order.recipients, strict=True)
    ]


def _check_type(rules: SendingRules, field: str, media_type: str) -> None:
    if rules.media_types is not None and media_type not in rules.media_types:
        raise MalformedInput(field, f"is none of {', '.join(sorted(rules.media_types))}")


def _check_content(field: str, media_type: str, content: bytes) -> None:
    if not is_as_called(media_type, content):
        raise MalformedInput(field, f"is not {media_type} by its first bytes: name the type that it is")


def _id_of(what: str, key: str) -> str:
    # From the caller's own key, so that a request that is repeated finds what it made the first time.
    return sha256(f"{what}\0{key}".encode()).hexdigest()[:32]
