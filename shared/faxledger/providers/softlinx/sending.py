"""Softlinx as a provider that sends faxes: our order in its words, and its answer in ours."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import IO, Final

from faxledger.domain.attempts import next_attempt, provider_id
from faxledger.domain.fax import Direction, FaxId, Provider, Status
from faxledger.domain.report import Failure
from faxledger.domain.submission import UNKNOWN, Handover, Order, OutgoingDocument, SubmissionState
from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.errors import MalformedInput
from faxledger.providers.failures import failure_class_of
from faxledger.providers.softlinx import send_answers as answers
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import Selection, SoftlinxApi, SoftlinxSession
from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient
from faxledger.providers.softlinx.status import status_of
from faxledger.providers.values import moment

# A fax was created at about the time we sent it; how exact Softlinx's clock is, nobody says.
_MARGIN: Final = timedelta(minutes=10)
_EXTENSIONS: Final = {"application/pdf": ".pdf", "image/tiff": ".tif", "text/plain": ".txt"}


class CodeField(StrEnum):
    """Where an order's code is put, so that its faxes can be found when the answer was lost (open)."""

    PROJECT_CODE_2 = "ProjectCode2"
    NONE = "none"


class SoftlinxSending:
    """Implements `SendingProvider`."""

    name = str(Provider.SOFTLINX)
    can_look_for = True

    def __init__(self, account: SoftlinxAccount, api: SoftlinxApi, code_field: CodeField) -> None:
        self._account = account
        self._api = api
        self._code_field = code_field

    @contextmanager
    def session(self) -> Iterator["SoftlinxSendingSession"]:
        with self._api.session() as session:
            yield SoftlinxSendingSession(self._account, session, self._code_field)


class SoftlinxSendingSession:
    """Implements `SendingSession`."""

    def __init__(self, account: SoftlinxAccount, session: SoftlinxSession, code_field: CodeField) -> None:
        self._account = account
        self._session = session
        self._code_field = code_field

    def send(
        self, order: Order, documents: Sequence[tuple[OutgoingDocument, IO[bytes]]]
    ) -> tuple[Handover, ...]:
        """As the port says."""
        if order.resends is not None:
            number = order.recipients[0].number if order.is_redirected else None
            fax_id = self._session.resend(order.known_as or provider_id(order.resends), number)
            return (self._goes_on_as(order.resends, fax_id),)
        files = [_document(number, *one) for number, one in enumerate(documents, 1)]
        return tuple(map(self._handover, self._session.send(fax_order(order, self._code_field, files))))

    def look_for(self, order: Order, *, since: datetime, until: datetime) -> tuple[Handover, ...]:
        """As the port says: by the order's code, or by whether a resent fax has gone on."""
        if order.resends is not None:
            number = order.recipients[0].number if order.is_redirected else ""
            over_by = order.over_by or since + CLOCKS_DIFFER_BY
            known_as = order.known_as or provider_id(order.resends)
            return (self._resent(order.resends, known_as, number, over_by, since, until),)
        rows = self._rows_with(order.code, since, until) if self._code_field is not CodeField.NONE else []
        numbers = [recipient.number for recipient in order.recipients]
        return tuple(map(self._handover, answers.send_answers(numbers, rows)))

    def _resent(
        self, fax: FaxId, known_as: str, number: str, over_by: datetime, since: datetime, until: datetime
    ) -> Handover:
        """A fax that was resent under its own identifier is not failed any more, or has failed again since.

        Under a new one it still has the code of the order it was sent with, and is the only such fax to its
        number that was created after it had failed: the order's other recipients have the code too. That it
        keeps its code is an assumption; without it, nothing can be told.
        """
        row = self._session.find(Direction.OUTBOUND, known_as)
        if row is None:
            return UNKNOWN
        if self._has_gone_on(row, over_by, since):
            return self._goes_on_as(fax, provider_id(fax))
        code = row.get("ProjectCode2", "").strip()
        if not code or self._code_field is CodeField.NONE:
            return UNKNOWN
        number = number or row.get("FaxNumber", "")
        followed = [
            other
            for other in self._rows_with(code, since, until)
            if answers.is_to(number, other) and self._came_after(row, other)
        ]
        if len(followed) != 1:
            return UNKNOWN
        return self._goes_on_as(fax, followed[0].get("FaxId", "").strip())

    def _came_after(self, failed: Mapping[str, str], other: Mapping[str, str]) -> bool:
        """By Softlinx's own clock, and its identifiers, which increase (doc); what can't be told is no."""
        if not _is_later(other, int(failed.get("FaxId", "").strip())):
            return False
        failed_at = moment(failed.get("CompleteTime", "").strip(), self._account.time_zone)
        created_at = moment(other.get("CreateTime", "").strip(), self._account.time_zone)
        return failed_at is not None and created_at is not None and created_at >= failed_at

    def _has_gone_on(self, row: Mapping[str, str], over_by: datetime, since: datetime) -> bool:
        status = status_of(Direction.OUTBOUND, row.get("FaxStatus", "").strip())
        completed_at = moment(row.get("CompleteTime", "").strip(), self._account.time_zone)
        # `over_by` is by Softlinx's clock, as the completion is, `since` by ours.
        has_failed_since = completed_at is not None and completed_at > max(over_by, since - CLOCKS_DIFFER_BY)
        return status is not Status.FAILED or has_failed_since

    def _goes_on_as(self, fax: FaxId, fax_id: str) -> Handover:
        """Whether a resent fax keeps its identifier is open: what the answer says is what counts."""
        named = self._named(fax_id)
        if named is None:
            return UNKNOWN
        is_kept = provider_id(named) == provider_id(fax)
        return Handover(SubmissionState.HANDED_OVER, next_attempt(fax) if is_kept else named)

    def _rows_with(self, code: str, since: datetime, until: datetime) -> list[Mapping[str, str]]:
        then = Selection(mark=None, created_after=since - _MARGIN, created_before=until + _MARGIN)
        pages = self._session.query(Direction.OUTBOUND, then)
        return [row for page in pages for row in page.rows if row.get("ProjectCode2", "").strip() == code]

    def _handover(self, answer: answers.SendAnswer) -> Handover:
        if answer.is_refused:
            code, text = answer.error_code or None, answer.error_text or None
            failure = Failure(failure_class_of(text or "", code), code, text)
            return Handover(SubmissionState.REFUSED, failure=failure)
        fax = None if answer.fax_id is None else self._named(answer.fax_id)
        return UNKNOWN if fax is None else Handover(SubmissionState.HANDED_OVER, fax)

    def _named(self, fax_id: str) -> FaxId | None:
        """None for what Softlinx would not issue: then something was taken under a name that is none."""
        try:
            return self._account.fax(Direction.OUTBOUND, fax_id)
        except MalformedInput:
            return None


def _is_later(row: Mapping[str, str], fax_id: int) -> bool:
    text = row.get("FaxId", "").strip()
    return text.isdecimal() and int(text) > fax_id


def check_order(order: Order, code_field: CodeField) -> None:
    """Raises `MalformedInput` for what Softlinx could not be asked."""
    # To resend, it is told an identifier, and perhaps a number; all else it knows.
    if order.resends is None:
        fax_order(order, code_field, ())


def fax_order(order: Order, code_field: CodeField, documents: Sequence[Document]) -> FaxOrder:
    options = dict(order.options)
    if code_field is CodeField.PROJECT_CODE_2:
        if "project_code_2" in options:
            raise MalformedInput("options.project_code_2", "is where this deployment puts a code of its own")
        options["project_code_2"] = order.code
    given: dict[str, object] = {
        "recipients": tuple(
            FaxRecipient(one.number, one.name, one.company, one.title, one.voice, one.fax)
            for one in order.recipients
        ),
        "documents": tuple(documents),
        "user": order.user,
        "project_code": order.reference,
        "send_after": order.send_after,
        **options,
    }
    return FaxOrder(**given)  # type: ignore[arg-type]  # the API has checked each option's type


def _document(number: int, document: OutgoingDocument, file: IO[bytes]) -> Document:
    extension = _EXTENSIONS.get(document.media_type, "")
    # What files are called often says whom they are about, so they get names of ours.
    name = f"document-{number}{extension}"
    return Document.of_file(file, file_name=name, content_type=document.media_type)
