"""Faxes to be sent: orders, submissions, and the providers that take them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final, Protocol

from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.report import Failure
from faxledger.domain.submission import Handover, KeptOrder, Order, OutgoingDocument, Submission
from faxledger.domain.submission_ids import JoinedBy

SUBMISSION_TAG: Final = "submission"


class Orders(Protocol):
    """What is to be sent, and how far it has come. Every method raises `LedgerUnavailable`."""

    def accept(self, order: Order) -> KeptOrder:
        """Keep an order and its submissions; what was kept under its id before stays and is returned."""

    def find(self, order_id: str) -> KeptOrder | None: ...

    def begin(self, order_id: str, *, until: datetime) -> bool:
        """Write that the provider is asked from now until `until`; False if it was asked before."""

    def release(self, order_id: str) -> None:
        """The provider has taken nothing: it may be asked again."""

    def give_up(self, order: Order) -> bool:
        """Nobody tries any more, until a person puts the message back; False if the provider was asked."""

    def answered(self, order_id: str, handovers: tuple[Handover, ...]) -> None:
        """Keep what became of each recipient, before anything is done about it."""

    def record(self, submission_id: str, handover: Handover) -> None:
        """Tell how far a submission has come, unless it is joined with its job or has failed."""


class Submissions(Protocol):
    def submission(self, submission_id: str) -> Submission | None:
        """A fax to one recipient, by our own id. Raises `LedgerUnavailable`."""


class Joins(Protocol):
    """Submissions and the faxes they turn out to be. Every method raises `LedgerUnavailable`."""

    def submission(self, submission_id: str) -> Submission | None: ...

    def sent_to(
        self, number: str, provider: Provider, *, since: datetime, until: datetime
    ) -> Iterator[Submission]:
        """Those accepted then, to this number, that a fax of unknown origin could be, with guessed ones."""

    def join(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        """False where either is joined with another by now, which stands; harmless twice."""

    def fail(self, submission_id: str, failure: Failure) -> Submission | None:
        """It has come to its end without a fax: how it is then, maybe with a guess to be undone.

        None where there is none, where it has failed before, or where more than a guess says it is a fax.
        """

    def part(self, submission: Submission) -> None:
        """Undo a guess; whatever was joined otherwise stays so. One that has failed does not wait again."""


class Resends(Protocol):
    """Which failed faxes are sent once more. Every method raises `LedgerUnavailable`."""

    def reserve(self, fax: FaxId, order_id: str) -> bool:
        """Let no other order send the fax once more; False if it has not failed, or another order may.

        A reservation that comes to nothing ends when no order waits that long to be begun.
        """

    def begin(self, fax: FaxId, order_id: str) -> bool:
        """Write that the fax is sent once more; False if it has not failed, or another order may do so.

        From now on what is said of a later completion belongs to the next attempt.
        """

    def put_back(self, fax: FaxId, order_id: str) -> None:
        """It was not taken, and stays reserved for the order, which is going to be begun again."""

    def went_on(self, fax: FaxId, order_id: str, resent_as: FaxId) -> None:
        """The identifier under which it goes on: a new one, or the next attempt, which then owes its mark."""

    def dropped(self, fax: FaxId, order_id: str) -> None:
        """It was not sent once more after all."""


class Mail(Protocol):
    """Each message carries its submission's id under the tag `SUBMISSION_TAG`, by which a bounce is known."""

    def send(self, raw: bytes, *, sender: str, recipient: str, submission_id: str) -> None:
        """Hand over one message, never tried again. Raises `ProviderError`, of which `AnswerLost` alone
        leaves open whether it was taken."""


class SendingSession(Protocol):
    """One login at a provider that sends faxes. Every method raises `ProviderError`."""

    def send(
        self, order: Order, documents: Sequence[tuple[OutgoingDocument, IO[bytes]]]
    ) -> tuple[Handover, ...]:
        """Hand over an order, or resend its fax: one outcome per recipient, and then what belongs to none.

        Never tried again. Raises `AnswerLost` when it may have been taken all the same; after any other error
        nothing was taken. `MalformedInput` is one of these: it could never be asked as it is.
        """

    def look_for(self, order: Order, *, since: datetime, until: datetime) -> tuple[Handover, ...]:
        """What became of an order that was handed over between two moments; what can't be told is unknown."""


class SendingProvider(Protocol):
    """`can_look_for` says whether what became of an order whose answer was lost can be found out."""

    @property
    def name(self) -> str: ...

    @property
    def can_look_for(self) -> bool: ...

    def session(self) -> AbstractContextManager[SendingSession]:
        """Log in, and out at the end. Raises `ProviderError`, `SecretUnavailable`, `SettingMissing`."""


class OutgoingDocuments(Protocol):
    """Documents that wait to be sent. Every method raises `DocumentsUnavailable`."""

    def keep(self, order_id: str, media_type: str, content: bytes) -> OutgoingDocument:
        """Keep a document that came with its request; the same one again changes nothing."""

    def uploaded(self, upload_id: str) -> OutgoingDocument | None:
        """The document that was uploaded under this id; None if there is none."""

    def beginning(self, document: OutgoingDocument) -> bytes:
        """Its first bytes, which tell what it is."""

    def opened(self, document: OutgoingDocument) -> AbstractContextManager[IO[bytes]]:
        """The whole document in a file, after it was held against its hash."""


@dataclass(frozen=True, slots=True)
class UploadLink:
    """Where one document may be put with `headers`, once, until `expires_at`."""

    id: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class UploadLinks(Protocol):
    def link(self, *, media_type: str, size: int, sha256: str, key: str | None = None) -> UploadLink:
        """A short-lived URL that takes these very bytes and no others.

        Under one key the same document is the same upload, however often it is asked for.
        """


class OrderQueue(Protocol):
    def send(self, order_id: str) -> bool:
        """Ask for an order to be handed over; whether that is on its way."""
