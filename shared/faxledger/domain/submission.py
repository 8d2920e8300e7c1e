"""What is to be sent and how far that has come; apart from reports, because callbacks need only those."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from faxledger.domain.deliveries import Target
from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import Facts, Failure, Fax
from faxledger.domain.submission_ids import JoinedBy, order_code


class SubmissionState(StrEnum):
    """How far a submission has come. What becomes of a fax that was handed over, its job tells.

    `REFUSED` has come to its end: its provider did not take it, or it came back.
    `ACCEPTED` is safe here and on its way. `UNKNOWN` may or may not have reached the provider: it is looked
    for, and never sent again by itself. `GIVEN_UP` has not reached the provider and nobody tries any more.
    """

    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Where a fax goes, and what its cover page says of whom it is for; `fax` is only shown there."""

    number: str
    name: str | None = None
    company: str | None = None
    title: str | None = None
    voice: str | None = None
    fax: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingDocument:
    """A document that waits to be sent: where it lies, its length in bytes, and its SHA-256 in hex."""

    key: str
    media_type: str
    size: int
    sha256: str


Option = str | int | bool


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """One request to a provider: every recipient gets all documents, as a fax of its own.

    `submissions` are our ids, one for each recipient. `options` are what else the provider is told, by our
    own names. With `resends` a failed fax is sent once more, and then there are no documents. The provider
    calls it `known_as`, None where that is as in our id; it knows its number, better than what reports said
    of it, and is told one only if it `is_redirected`; the attempt before was over by `over_by`, as that
    provider's clock has it.
    Of the documents of the fax that it resends it knows `resent_sha256`, in hex and in their order.
    `notify` are those who are told what became of these faxes, instead of those of a route.
    `fingerprint` tells a repeated request from another one under the same idempotency key. Where a provider
    names its faxes only with their status, something must have been heard of each by `overdue_at`.
    `requested_by` is whom the API has found the caller to be.
    """

    id: str
    provider: Provider
    submissions: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    accepted_at: datetime
    fingerprint: str
    documents: tuple[OutgoingDocument, ...] = ()
    user: str | None = None
    reference: str | None = None
    send_after: datetime | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    resends: FaxId | None = None
    notify: tuple[Target, ...] = ()
    is_redirected: bool = False
    known_as: str | None = None
    over_by: datetime | None = None
    overdue_at: datetime | None = None
    requested_by: str | None = None
    resent_sha256: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return order_code(self.id)

    @property
    def sent_sha256(self) -> tuple[str, ...]:
        """Of each document that is sent; none of a resent fax that was not sent through us before."""
        return tuple(document.sha256 for document in self.documents) or self.resent_sha256

    def facts(self, index: int) -> Facts:
        """What is known of the fax of one recipient before anybody has reported about it."""
        return Facts(
            to_number=self.recipients[index].number or None, user=self.user, reference=self.reference
        )

    def submission(self, index: int) -> "Submission":
        """That of one recipient, as it is accepted."""
        return Submission(
            id=self.submissions[index],
            provider=self.provider,
            state=SubmissionState.ACCEPTED,
            accepted_at=self.accepted_at,
            facts=self.facts(index),
            resends=self.resends,
            overdue_at=self.overdue_at,
            requested_by=self.requested_by,
            sent_sha256=self.sent_sha256,
        )


@dataclass(frozen=True, slots=True)
class Handover:
    """What a provider made of one recipient; `fax` is None where it names no fax, or not yet."""

    state: SubmissionState
    fax: FaxId | None = None
    failure: Failure | None = None


UNKNOWN = Handover(SubmissionState.UNKNOWN)


class OrderState(StrEnum):
    """`SENDING` is written before the provider is asked, so that a crash does not make it be asked twice."""

    ACCEPTED = "accepted"
    SENDING = "sending"
    ANSWERED = "answered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order as it lies in the ledger.

    Whoever is `SENDING` began at `sending_at` and is at it until `sending_until` at most. `handovers` are
    those of the recipients, in their order; behind them may stand faxes that belong to none.
    """

    order: Order
    state: OrderState = OrderState.ACCEPTED
    sending_at: datetime | None = None
    sending_until: datetime | None = None
    handovers: tuple[Handover, ...] = ()

    def leaves_behind(self, now: datetime) -> SubmissionState | None:
        """What is to be said of a submission of which whoever was at this order has said nothing.

        It is unknown where the provider may have been asked. None where somebody may still say so.
        """
        match self.state:
            case OrderState.SENDING if self.sending_until is None or now <= self.sending_until:
                return None
            case OrderState.SENDING | OrderState.ANSWERED:
                return SubmissionState.UNKNOWN
            case OrderState.GIVEN_UP:
                return SubmissionState.GIVEN_UP
            case OrderState.ACCEPTED:
                return None


@dataclass(frozen=True, slots=True)
class Submission:
    """A fax to one recipient as whoever asked for it can see it, until it is joined with its job, `fax`.

    `joined_by` is None where the provider named the job when it took the fax. One that was announced as
    overdue is looked at again at `look_at`. `sent_sha256` are those of its documents, in hex.
    """

    id: str
    provider: Provider
    state: SubmissionState
    accepted_at: datetime
    facts: Facts
    state_at: datetime | None = None
    fax: FaxId | None = None
    failure: Failure | None = None
    resends: FaxId | None = None
    joined_by: JoinedBy | None = None
    overdue_at: datetime | None = None
    announced_at: datetime | None = None
    look_at: datetime | None = None
    requested_by: str | None = None
    sent_sha256: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """What it counts as beside faxes: one that was refused has failed, of any other the end is open."""
        return Status.FAILED if self.state is SubmissionState.REFUSED else Status.SUBMITTED

    @property
    def has_no_fax_yet(self) -> bool:
        return self.fax is None and self.state is not SubmissionState.REFUSED

    @property
    def is_still_here(self) -> bool:
        """Whether its provider has not been asked to send it, as far as the submission itself says."""
        return self.state in (SubmissionState.ACCEPTED, SubmissionState.GIVEN_UP)

    @property
    def may_be_meant(self) -> bool:
        """Whether a fax of which nobody says whose it is could be this one, guessed as it may be."""
        is_guessed = self.joined_by is JoinedBy.GUESS and self.state is not SubmissionState.REFUSED
        return self.has_no_fax_yet or is_guessed

    def may_join(self, fax: FaxId, by: JoinedBy) -> bool:
        """Whether it may turn out to be this fax; a code may say so even of what was refused."""
        if by is JoinedBy.CODE:
            return self.fax in (None, fax)
        return self.has_no_fax_yet or (self.may_be_meant and self.fax == fax)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A fax we handed to a provider that has named it; `submission` is our own id of it."""

    fax: FaxId
    submitted_at: datetime
    facts: Facts = field(default_factory=Facts)
    submission: str | None = None
    resends: FaxId | None = None
    sent_sha256: tuple[str, ...] = ()


def unnamed(submission: Submission, accounts: Mapping[Provider, str]) -> FaxId:
    """What a fax is called that its provider has not named: our own id stands in the place of the job's.

    `accounts` are our own at the providers; one that we have left has none any more.
    """
    account = accounts.get(submission.provider, submission.provider)
    return FaxId(submission.provider, Direction.OUTBOUND, account, submission.id)


def failed_fax(submission: Submission, accounts: Mapping[Provider, str]) -> Fax | None:
    """A submission that has come to its end without a fax, as the world is told of it; None for any other."""
    if submission.state is not SubmissionState.REFUSED:
        return None
    return Fax(
        unnamed(submission, accounts),
        first_status=Status.FAILED,
        settled_at=submission.state_at,
        settled_by=Source.HANDOVER,
        failure=submission.failure or Failure(FailureClass.OTHER),
        facts=submission.facts,
        submission=submission.id,
        sent_sha256=submission.sent_sha256,
    )
