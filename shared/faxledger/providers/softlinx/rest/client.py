"""One Softlinx account, spoken to over REST: the login rides in every call."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from faxledger.domain.fax import Direction
from faxledger.domain.report import DocumentType
from faxledger.errors import (
    AnswerLost,
    MalformedInput,
    ProviderAnswerUnreadable,
    ProviderRefused,
    SecretUnavailable,
)
from faxledger.providers.addresses import refuse_unsafe_url
from faxledger.providers.softlinx.api import (
    CONTENT_CAP_BYTES,
    DOCUMENT_CAP_BYTES,
    UNMARKED,
    Content,
    Page,
    Selection,
)
from faxledger.providers.softlinx.contents import ArrivingContent, arriving
from faxledger.providers.softlinx.orders import FaxOrder, refuse_large_documents
from faxledger.providers.softlinx.paging import Paging, one_of
from faxledger.providers.softlinx.refusals import lost_unless_refused, refuse_by_status
from faxledger.providers.softlinx.rest.answers import RestOutput, is_json, output_of
from faxledger.providers.softlinx.rest.forms import Form
from faxledger.providers.softlinx.retrying import Patience
from faxledger.providers.softlinx.send_answers import SendAnswer, send_answers
from faxledger.providers.softlinx.transport import BoundedHttp, HttpQuestion, HttpStream, Limits, SizedBody

_FAXES: Final = {Direction.OUTBOUND: "outboundfaxes", Direction.INBOUND: "inboundfaxes"}
# As the API's own example of a query has it (doc).
_SORT_COLUMN: Final = "faxId"
# It becomes a part of a path.
_FAX_ID: Final = re.compile(r"0{0,46}[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Way:
    url: str
    limits: Limits
    paging: Paging
    file_field: str
    document_cap_bytes: int


class SoftlinxRest:
    """Implements `SoftlinxApi`.

    `url` is the API's base, `https://<host>/softlinx/replixfax/restapi/v1`. `credentials` gives login and
    password, asked for at each session, so that a rotation needs no new process. Raises `SettingMissing` for
    a URL that is not https; plain http is for this very machine, or where `is_plain_http_allowed`.

    `file_field` is the name of the form parts that hold documents (open).
    """

    def __init__(
        self,
        *,
        url: str,
        realm: str,
        credentials: Callable[[], tuple[str, str]],
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        page_size: int = 100,
        page_limit: int = 1000,
        is_plain_http_allowed: bool = False,
        file_field: str = "Attachment",
        document_cap_bytes: int = DOCUMENT_CAP_BYTES,
    ) -> None:
        refuse_unsafe_url(url, whose="Softlinx", is_plain_http_allowed=is_plain_http_allowed)
        paging = Paging(page_size, page_limit, _SORT_COLUMN)
        self._way = _Way(url.rstrip("/"), limits, paging, file_field, document_cap_bytes)
        self._realm = realm
        self._credentials = credentials

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["RestSession"]:
        """As the port says; nothing is asked yet. Raises `SecretUnavailable` for a login with a colon."""
        login, password = self._credentials()
        if ":" in login:
            raise SecretUnavailable("a Softlinx login with a colon can't be sent over REST")
        # The realm rides in the user name (seen).
        credentials = b64encode(f"{login}@{self._realm}:{password}".encode()).decode()
        with BoundedHttp(self._way.limits) as http:
            yield RestSession(http, self._way, f"Basic {credentials}", Patience(patience))


class RestSession:
    """Implements `SoftlinxSession`; the login goes with every call."""

    def __init__(self, http: BoundedHttp, way: _Way, authorization: str, patience: Patience) -> None:
        self._http = http
        self._way = way
        self._authorization = authorization
        self._patience = patience

    def query(self, direction: Direction, selection: Selection = UNMARKED) -> Iterator[Page]:
        what = f"GET {_FAXES[direction]}"
        return self._way.paging.pages(
            what,
            lambda query: self._ask(what, "GET", self._url(direction, query=query)).succeeded(),
            selection,
        )

    def find(self, direction: Direction, fax_id: str) -> Mapping[str, str] | None:
        what = f"GET {_FAXES[direction]}/id"
        output = self._ask(what, "GET", self._url(direction, fax_id))
        # Told by the API itself, as its JSON shows: a 404 of anybody else means a wrong URL.
        if output.http_status == 404:
            return None
        return one_of(what, fax_id, output.succeeded().rows("FaxInfo"))

    def mark(self, direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
        what = f"PUT {_FAXES[direction]}/id"
        query = {"Mark": "true" if is_marked else "false"}
        output = self._ask(what, "PUT", self._url(direction, fax_id, query=query)).succeeded()
        one_of(what, fax_id, output.rows("FaxInfo"))

    @contextmanager
    def content(
        self,
        direction: Direction,
        fax_id: str,
        content_type: DocumentType = DocumentType.PDF,
        *,
        cap_bytes: int = CONTENT_CAP_BYTES,
    ) -> Iterator[Content]:
        what = f"GET {_FAXES[direction]}/id/image"
        # The one is documented, the other is what some clients use.
        query = {"ContentType": str(content_type), "FaxContentType": str(content_type)}
        question = self._question("GET", self._url(direction, fax_id, "/image", query=query))
        with ExitStack() as stack:
            yield self._patience.trying(
                lambda within: self._arriving(stack, what, question, within, cap_bytes)
            )

    def send(self, order: FaxOrder) -> tuple[SendAnswer, ...]:
        refuse_large_documents(order, self._way.document_cap_bytes)
        recipients = [recipient.fields() for recipient in order.recipients]
        if all(recipient.keys() == {"FaxNumber"} for recipient in recipients):
            fields = [("FaxNumber", recipient["FaxNumber"]) for recipient in recipients]
        else:
            fields = [("FaxRecipient", json.dumps(recipient)) for recipient in recipients]
        form = Form([*fields, *order.options().items()], order.documents, file_field=self._way.file_field)
        what = "POST outboundfaxes"
        output = self._hand_over(what, self._url(Direction.OUTBOUND), form.content_type, form.body())
        numbers = [recipient.number for recipient in order.recipients]
        return send_answers(numbers, output.rows("FaxInfo"), output.refusal)

    def resend(self, fax_id: str, number: str | None = None) -> str:
        """As the port says; an answer that names no fax is taken to mean the same one."""
        what = "POST outboundfaxes/id/resend"
        # In the body: numbers of people have no business in a URL.
        body = urlencode({"FaxNumber": number} if number else {}).encode()
        url = self._url(Direction.OUTBOUND, fax_id, "/resend")
        output = self._hand_over(what, url, "application/x-www-form-urlencoded", body)
        rows = output.succeeded().rows("FaxInfo")
        if not rows:
            return fax_id
        (answer, *others) = send_answers([number or ""], rows)
        if others:
            raise AnswerLost(f"{what}: the answer names more than one fax, or one to another number")
        if answer.is_refused:
            raise ProviderRefused(what, answer.error_code, answer.error_text)
        return answer.fax_id or fax_id

    def _ask(self, what: str, method: str, url: str) -> RestOutput:
        """Ask what may be asked again, and is while patience lasts; the output may be that of a refusal."""
        question = self._question(method, url)
        return self._patience.trying(
            lambda within: output_of(what, self._http.exchange(question, what=what, within=within))
        )

    def _hand_over(self, what: str, url: str, content_type: str, body: bytes | SizedBody) -> RestOutput:
        """Ask what does something each time; the output may be that of a refusal. Raises `AnswerLost`."""
        headers = {"Content-Type": content_type}
        question = self._question("POST", url, headers, body, is_repeatable=False)
        with (
            self._http.stream(question, what=what, within=self._way.limits.transfer_timeout) as answer,
            lost_unless_refused(answer.head),
        ):
            output = output_of(what, answer.whole())
            output.rows("FaxInfo")  # what can't be read there is a lost answer too
            return output

    def _arriving(
        self, stack: ExitStack, what: str, question: HttpQuestion, within: float, cap_bytes: int
    ) -> ArrivingContent:
        return arriving(
            stack,
            self._http,
            question,
            lambda answer: _image_in(what, answer, cap_bytes),
            what=what,
            within=min(within, self._way.limits.transfer_timeout),
            cap_bytes=cap_bytes,
        )

    def _question(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | SizedBody | None = None,
        *,
        is_repeatable: bool = True,
    ) -> HttpQuestion:
        everything = {"Authorization": self._authorization, **(headers or {})}
        return HttpQuestion(method, url, everything, body, is_repeatable=is_repeatable)

    def _url(
        self,
        direction: Direction,
        fax_id: str | None = None,
        rest: str = "",
        *,
        query: Mapping[str, str] | None = None,
    ) -> str:
        if fax_id is not None and not _FAX_ID.fullmatch(fax_id):
            raise MalformedInput("FaxId", "is not a Softlinx fax identifier")
        path = "" if fax_id is None else f"/{fax_id}{rest}"
        return f"{self._way.url}/{_FAXES[direction]}{path}" + (f"?{urlencode(query)}" if query else "")


def _image_in(what: str, answer: HttpStream, cap_bytes: int) -> Generator[bytes, None, None]:
    """The bytes of an image; whatever else comes in its place is raised before the first of them."""
    refuse_by_status(what, answer.head)
    if answer.head.status != 200 or is_json(answer.head):
        output_of(what, answer.whole()).succeeded()
        raise ProviderAnswerUnreadable(f"{what}: the answer holds no image")
    if answer.head.media_type.startswith("text/"):
        raise ProviderAnswerUnreadable(f"{what}: the document is a text, which no fax is")
    # Raw bytes that end with the connection may have been cut off anywhere.
    if not answer.head.has_sure_end:
        raise ProviderAnswerUnreadable(f"{what}: the answer does not say how long it is")
    yield from answer.chunks(cap_bytes)
