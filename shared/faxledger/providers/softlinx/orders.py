"""What is handed over to be sent, and what became of the handing over, recipient by recipient."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import SEEK_END
from typing import IO, Final, Self

from faxledger.errors import MalformedInput

# What is put aside lies in memory while it is small, then in a file without a name.
PIECE_BYTES: Final = 64 * 1024
# Neither XML nor a multipart header can carry these. Line ends and tabs are for messages.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS: Final = re.compile("[\r\n]")


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """One document of a fax. `pieces` gives its `size` bytes anew each time, so that none are held."""

    file_name: str
    content_type: str
    size: int
    pieces: Callable[[], Iterable[bytes]]

    @classmethod
    def of_bytes(cls, content: bytes, *, file_name: str, content_type: str = "application/pdf") -> Self:
        return cls(file_name, content_type, len(content), lambda: _slices_of(content))

    @classmethod
    def of_file(cls, file: IO[bytes], *, file_name: str, content_type: str = "application/pdf") -> Self:
        """All of an open file, which stays the caller's to close."""
        return cls(file_name, content_type, file.seek(0, SEEK_END), lambda: pieces_of(file))


@dataclass(frozen=True, slots=True, repr=False)
class FaxRecipient:
    number: str
    name: str | None = None
    company: str | None = None
    title: str | None = None
    voice: str | None = None
    # Shown on the cover page; where the fax goes is `number`.
    fax: str | None = None

    def fields(self) -> dict[str, str]:
        """As `FaxRecipient` has them."""
        given = {
            "FaxNumber": self.number,
            "RcptName": self.name,
            "RcptCompany": self.company,
            "RcptTitle": self.title,
            "RcptVoice": self.voice,
            "RcptFax": self.fax,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True, repr=False)
class FaxOrder:
    """One request to send: each recipient gets every document, as a fax of its own (doc).

    What is None is left to the provider. `retry_interval` is in the provider's unit (open). `send_after` is
    aware. Raises `MalformedInput` for what could not be sent as it is.
    """

    recipients: tuple[FaxRecipient, ...]
    documents: tuple[Document, ...] = ()
    has_cover_page: bool | None = None
    cover_page_name: str | None = None
    cover_message: str | None = None
    header: str | None = None
    has_header: bool | None = None
    user: str | None = None
    notify_email_address: str | None = None
    notifies_success: bool | None = None
    notifies_failure: bool | None = None
    attaches_fax_to_failure: bool | None = None
    deletes_after_send: bool | None = None
    priority: str | None = None
    project_code: str | None = None
    project_code_2: str | None = None
    retry_count: int | None = None
    retry_interval: int | None = None
    send_after: datetime | None = None
    tsi: str | None = None
    quality: str | None = None
    page_orientation: str | None = None

    def __post_init__(self) -> None:
        if not self.recipients:
            raise MalformedInput("recipients", "are missing")
        if self.send_after is not None and self.send_after.utcoffset() is None:
            raise MalformedInput("send_after", "has no offset")
        for recipient in self.recipients:
            if not recipient.number.strip():
                raise MalformedInput("recipient", "has no number")
            for value in recipient.fields().values():
                _refuse_controls("recipient", value)
        for document in self.documents:
            _refuse_controls("document", document.file_name + document.content_type)
        for name, value in self.options().items():
            _refuse_controls(name, value, are_lines_allowed=name == "CoverMessage")

    def options(self) -> dict[str, str]:
        """Everything but recipients and documents, named as the provider names it, every value a string."""
        chosen = {option: getattr(self, name) for name, option in _OPTIONS.items()}
        return {option: _written(value) for option, value in chosen.items() if value is not None}


# In the order of SendFax. Every value is a string there, numbers, booleans and dates too (doc).
_OPTIONS: Final[Mapping[str, str]] = {
    "has_cover_page": "CoverPageEnabled",
    "cover_page_name": "CoverPageName",
    "cover_message": "CoverMessage",
    "header": "FaxHeader",
    "has_header": "FaxHeaderEnabled",
    "user": "FaxUserId",
    "notify_email_address": "NotifyEmailAddress",
    "notifies_success": "NotifySuccess",
    "notifies_failure": "NotifyFailed",
    "attaches_fax_to_failure": "NotifyFailedAttachFax",
    "deletes_after_send": "DeleteAfterSend",
    "priority": "Priority",
    "project_code": "ProjectCode",
    "project_code_2": "ProjectCode2",
    "retry_count": "RetryCount",
    "retry_interval": "RetryInterval",
    "send_after": "SendAfter",
    "tsi": "TSI",
    "quality": "FaxQuality",
    "page_orientation": "PageOrientation",
}


def refuse_large_documents(order: FaxOrder, cap_bytes: int) -> None:
    if any(document.size > cap_bytes for document in order.documents):
        raise MalformedInput("document", f"is larger than {cap_bytes} bytes")


def date_text(moment: datetime) -> str:
    """As dates are sent: `yyyy-MM-ddTHH:mm:ss±hh:mm` (seen). `moment` is aware."""
    return moment.isoformat(timespec="seconds")


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return date_text(value) if isinstance(value, datetime) else str(value)


def _refuse_controls(field: str, value: str, *, are_lines_allowed: bool = False) -> None:
    if _CONTROLS.search(value) or (_LINE_ENDS.search(value) and not are_lines_allowed):
        raise MalformedInput(field, "holds a character that can't be sent")


def _slices_of(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


def new_file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(PIECE_BYTES)


def write_all(file: IO[bytes], pieces: Iterable[bytes]) -> None:
    # Not `writelines`, which keeps all of them in memory before it looks how many they were.
    for piece in pieces:
        file.write(piece)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file's bytes from its beginning, whatever was read before."""
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece
