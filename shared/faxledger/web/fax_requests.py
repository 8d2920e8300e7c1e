"""What a sender of faxes asks for, out of JSON that nobody has to trust; refusals name the field."""

import json
import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from faxledger.domain.deliveries import Target
from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.submission import Recipient
from faxledger.errors import MalformedInput
from faxledger.usecases.submit import DOCUMENT_BYTES, FaxRequest, Inline, ResendRequest, Uploaded
from faxledger.web.json_bodies import NO_OBJECT, unknown_part

# Lambda takes 6 MB, in which 4 MB of documents fit as base64; what is sent as something else than JSON comes
# in base64 as a whole, and 3 MB fit.
INLINE_BYTES: Final = 4 * 1024 * 1024
_INLINE_BYTES_IN_BASE64: Final = 3 * 1024 * 1024
# An item of the ledger has 400 kB, half of them for what is asked and half for what is answered.
_TEXT_BYTES: Final = 200 * 1024
_MOST_RECIPIENTS: Final = 100
_MOST_DOCUMENTS: Final = 20
# One idempotency key, one request; visible ASCII, as in the draft of the header Idempotency-Key.
_KEY: Final = re.compile(r"[!-~]{8,128}")

# Lengths are ours: what a provider takes is not published, and it refuses what it does not.
# Neither XML nor a form's header can carry control characters; line ends are for messages.
_LINE: Final = r"^[^\p{Cc}\x{FFFE}\x{FFFF}]+$"
_LINES: Final = r"^(?:[^\p{Cc}\x{FFFE}\x{FFFF}]|[\r\n\t])*$"
_NUMBER: Final = r"^\+?[0-9][0-9 ().-]{2,48}$"
_MEDIA_TYPE: Final = r"^[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]{0,99}$"
_SHA256: Final = r"^[0-9a-f]{64}$"
_ID: Final = r"^[0-9a-f]{32}$"
_FORMS: Final = {
    _LINE: "is empty or holds a control character, as a line end is one",
    _LINES: "holds a control character that is neither a line end nor a tab",
    _NUMBER: "is not a fax number as in +1 202 555 0100, of digits, spaces and ().-",
    _MEDIA_TYPE: "is not a media type as in application/pdf",
    _SHA256: "is not a SHA-256 hash, which is 64 digits of 0-9 and a-f",
    _ID: "is not the id of an upload, which is 32 digits of 0-9 and a-f",
}

_Line = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
_Lines = Annotated[str, StringConstraints(max_length=4000, pattern=_LINES)]
_Number = Annotated[str, StringConstraints(pattern=_NUMBER)]
_MediaType = Annotated[str, StringConstraints(pattern=_MEDIA_TYPE)]
_Sha256 = Annotated[str, StringConstraints(pattern=_SHA256)]
_Id = Annotated[str, StringConstraints(pattern=_ID)]
_Count = Annotated[int, Field(ge=0, le=1000)]

# From the request's own words; raises `MalformedInput`.
ReadTargets = Callable[[Any], tuple[Target, ...]]
Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _Recipient(_Strict):
    number: _Number
    name: _Line | None = None
    company: _Line | None = None
    title: _Line | None = None
    voice: _Line | None = None
    fax: _Line | None = None


class _Document(_Strict):
    """Its content in base64 with its type, or the id of an upload."""

    type: _MediaType | None = None
    content: str | None = None
    upload: _Id | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "_Document":
        if (self.upload is None) == (self.content is None) or (self.content is None) != (self.type is None):
            raise PydanticCustomError("document_form", "neither content with its type nor an upload")
        return self


class _Options(_Strict):
    """Whatever else a provider can be told, by our own names; each says which of them it takes."""

    has_cover_page: bool | None = None
    cover_page_name: _Line | None = None
    cover_message: _Lines | None = None
    header: _Line | None = None
    has_header: bool | None = None
    notify_email_address: _Line | None = None
    notifies_success: bool | None = None
    notifies_failure: bool | None = None
    attaches_fax_to_failure: bool | None = None
    deletes_after_send: bool | None = None
    priority: _Line | None = None
    project_code_2: _Line | None = None
    retry_count: _Count | None = None
    retry_interval: _Count | None = None
    tsi: _Line | None = None
    quality: _Line | None = None
    page_orientation: _Line | None = None


class _Fax(_Strict):
    provider: Provider
    recipients: Annotated[list[_Recipient], Field(min_length=1, max_length=_MOST_RECIPIENTS)]
    documents: Annotated[list[_Document], Field(max_length=_MOST_DOCUMENTS)] = []
    user: _Line | None = None
    reference: _Line | None = None
    send_after: AwareDatetime | None = None
    options: _Options = _Options()
    # Read by `ReadTargets`, as those of a route are.
    notify: list[Any] | None = None
    idempotency_key: str | None = None

    @model_validator(mode="after")
    def _has_something_to_send(self) -> "_Fax":
        if not self.documents and not self.options.has_cover_page:
            raise PydanticCustomError("nothing_to_send", "neither a document nor a cover page")
        return self


class _Resend(_Strict):
    number: _Number | None = None
    idempotency_key: str | None = None


class _Upload(_Strict):
    type: _MediaType
    size: Annotated[int, Field(ge=1, le=DOCUMENT_BYTES)]
    sha256: _Sha256


def read_fax(
    body: bytes, header_key: str | None, read_targets: ReadTargets, *, is_base64: bool = False
) -> FaxRequest:
    """Raises `MalformedInput`, naming the field and never its value.

    `is_base64` says that the body was, as API Gateway hands over whatever is no JSON by its content type.
    """
    asked = _read(_Fax, body)
    if len(json.dumps(asked.model_dump(mode="json", exclude={"documents"}))) > _TEXT_BYTES:
        raise MalformedInput("recipients", "and what is said of them are too long: send to fewer at a time")
    documents = tuple(_document(index, document) for index, document in enumerate(asked.documents))
    size = sum(len(one.content) for one in documents if isinstance(one, Inline))
    if size > INLINE_BYTES:
        raise MalformedInput("documents", f"hold more than {INLINE_BYTES} bytes: upload the large ones")
    if is_base64 and size > _INLINE_BYTES_IN_BASE64:
        problem = (
            f"hold more than {_INLINE_BYTES_IN_BASE64} bytes: send them as application/json, or upload them"
        )
        raise MalformedInput("documents", problem)
    return FaxRequest(
        key=_key(asked.idempotency_key, header_key),
        provider=asked.provider,
        recipients=tuple(Recipient(**recipient.model_dump()) for recipient in asked.recipients),
        documents=documents,
        fingerprint=_fingerprint(asked),
        user=asked.user,
        reference=asked.reference,
        send_after=asked.send_after,
        options=asked.options.model_dump(exclude_none=True),
        notify=() if asked.notify is None else read_targets(asked.notify),
    )


def read_resend(fax: FaxId, body: bytes, header_key: str | None) -> ResendRequest:
    """Raises `MalformedInput`; no body is as good as an empty object."""
    asked = _read(_Resend, body or b"{}")
    return ResendRequest(
        _key(asked.idempotency_key, header_key), fax, asked.number, fingerprint=_fingerprint(asked)
    )


def read_upload(body: bytes, header_key: str | None = None) -> Mapping[str, Any]:
    """Media type, length and hash of a document to come, and the request's key. Raises `MalformedInput`."""
    asked = _read(_Upload, body)
    key = None if header_key is None else _key(None, header_key)
    return {"media_type": asked.type, "size": asked.size, "sha256": asked.sha256, "key": key}


def _read(model: type[Model], body: bytes) -> Model:
    """As `json_object`, but by pydantic, which is strict about times and words only in reading JSON."""
    # pydantic's errors end here and are no context of ours: they know the values.
    problem: tuple[str, str]
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = _where(first["loc"], first["type"]), _problem(model, first)
    raise MalformedInput(*problem)


_NO_TIME: Final = "is not a time with its offset, as in 2026-11-22T10:00:00-05:00"
UNFORESEEN: Final = "is not what docs/openapi.yaml says that it is"
# What pydantic knows of the rule that was broken stands in braces.
_PROBLEMS: Final = {
    "bool_type": "is neither true nor false",
    "datetime_from_date_parsing": _NO_TIME,
    "datetime_object_invalid": _NO_TIME,
    "datetime_parsing": _NO_TIME,
    "datetime_type": _NO_TIME,
    "document_form": "has to have content and its type, or an upload",
    "enum": "is none of {expected}",
    "greater_than_equal": "is smaller than {ge}",
    "int_from_float": "is not a whole number",
    "int_parsing_size": "is not a whole number of this size",
    "int_type": "is not a whole number",
    "json_invalid": NO_OBJECT,
    "less_than_equal": "is larger than {le}",
    "list_type": "is not a list",
    "missing": "is missing",
    "model_type": NO_OBJECT,
    "nothing_to_send": "has neither a document nor a cover page",
    "string_too_long": "is longer than {max_length} characters",
    "string_type": "is not text",
    "string_unicode": "holds what is no text: half a surrogate pair, or no UTF-8",
    "timezone_aware": _NO_TIME,
    "too_long": "are more than {max_length}",
    "too_short": "have to be {min_length} at least",
}
_NESTED: Final[Mapping[str, type[BaseModel]]] = {
    "recipients": _Recipient,
    "documents": _Document,
    "options": _Options,
}


def _problem(model: type[BaseModel], error: ErrorDetails) -> str:
    rule = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            names = (_NESTED.get(str(part)) for part in reversed(error["loc"][:-1]))
            holder = next((nested for nested in names if nested), model)
            return unknown_part(holder.model_fields.keys())
        case "string_pattern_mismatch":
            return _FORMS[rule["pattern"]]
        case known:
            return _PROBLEMS.get(known, UNFORESEEN).format_map(rule)


def _where(location: tuple[int | str, ...], problem: str) -> str:
    """As in `recipients[2].number`. A name that is not known is the caller's text, and is not repeated."""
    known = location[:-1] if problem == "extra_forbidden" else location
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in known)
    return path.lstrip(".") or "body"


def _document(index: int, document: _Document) -> Inline | Uploaded:
    if document.upload is not None:
        return Uploaded(document.upload)
    field = f"documents[{index}].content"
    try:
        content = b64decode(document.content or "", validate=True)
    except (BadBase64, ValueError):
        raise MalformedInput(field, "is not valid base64") from None
    if not content:
        raise MalformedInput(field, "is empty")
    return Inline(document.type or "", content)


def _key(in_body: str | None, in_header: str | None) -> str:
    given = {key for key in (in_body, in_header) if key is not None}
    if not given:
        raise MalformedInput("idempotency_key", "is missing, in the header Idempotency-Key or in the body")
    if len(given) > 1:
        raise MalformedInput("idempotency_key", "is another one in the header than in the body: give it once")
    (key,) = given
    if not _KEY.fullmatch(key):
        raise MalformedInput("idempotency_key", "is not 8 to 128 visible ASCII characters")
    return key


def _fingerprint(asked: BaseModel) -> str:
    """The same for the same request, however it was written."""
    document = asked.model_dump(mode="json", exclude_none=True, exclude={"idempotency_key"})
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
