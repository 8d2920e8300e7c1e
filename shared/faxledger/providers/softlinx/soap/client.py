"""One Softlinx account, spoken to in SOAP: log in once, query, mark, fetch, send, log out."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from faxledger.domain.fax import Direction
from faxledger.domain.report import DocumentType
from faxledger.errors import (
    AnswerLost,
    ProviderAnswerUnreadable,
    ProviderRefused,
    ProviderUnavailable,
    SettingMissing,
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
from faxledger.providers.softlinx.orders import FaxOrder, refuse_large_documents
from faxledger.providers.softlinx.paging import Paging, one_of
from faxledger.providers.softlinx.resending import order_again
from faxledger.providers.softlinx.retrying import Patience
from faxledger.providers.softlinx.send_answers import SendAnswer, send_answers
from faxledger.providers.softlinx.soap.calls import Calls, Fields, Way
from faxledger.providers.softlinx.soap.questions import Questions
from faxledger.providers.softlinx.transport import BoundedHttp, HttpQuestion, Limits

SHIPPED_WSDL: Final = Path(__file__).parent.parent / "wsdl" / "replixfax.wsdl"

_QUERY: Final = {Direction.OUTBOUND: "QuerySendFax", Direction.INBOUND: "QueryReceiveFax"}
_MODIFY: Final = {Direction.OUTBOUND: "ModifySendFax", Direction.INBOUND: "ModifyReceiveFax"}
_CONTENT: Final = {Direction.OUTBOUND: "GetSendFaxContent", Direction.INBOUND: "GetReceiveFaxContent"}


class SoftlinxSoap:
    """Implements `SoftlinxApi`.

    `url` is where calls are posted, whatever the WSDL says. `credentials` gives login and password, asked for
    at each session, so that a rotation needs no new process. `wsdl` is the path or the URL of a WSDL to use
    instead of the shipped one; it is read at the first session, and nothing it refers to is. Raises
    `SettingMissing` for a URL that is not https; plain http is for this very machine, or where
    `is_plain_http_allowed`.

    `has_encoded_password` sends the password as base64, which some installations want (seen). With
    `expired_token_codes` (open, so none by default) a session logs in once more when its token runs out.
    `sort_column` keeps the rows of a query in order, `content_element` holds a document that comes inline:
    both names are open.
    """

    def __init__(
        self,
        *,
        url: str,
        realm: str,
        credentials: Callable[[], tuple[str, str]],
        wsdl: str = "",
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        page_size: int = 100,
        page_limit: int = 1000,
        is_plain_http_allowed: bool = False,
        has_encoded_password: bool = False,
        expired_token_codes: frozenset[str] = frozenset(),
        sort_column: str = "faxId",
        content_element: str = "FaxContent",
        document_cap_bytes: int = DOCUMENT_CAP_BYTES,
    ) -> None:
        refuse_unsafe_url(url, whose="Softlinx", is_plain_http_allowed=is_plain_http_allowed)
        if _is_url(wsdl):
            refuse_unsafe_url(wsdl, whose="Softlinx", is_plain_http_allowed=is_plain_http_allowed)
        self._url = url
        self._realm = realm
        self._credentials = credentials
        self._wsdl = wsdl or str(SHIPPED_WSDL)
        self._limits = limits
        self._paging = Paging(page_size, page_limit, sort_column)
        self._has_encoded_password = has_encoded_password
        self._expired_token_codes = expired_token_codes
        self._content_element = content_element
        self._document_cap_bytes = document_cap_bytes
        self._questions: Questions | None = None

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["Session"]:
        """Log in, and out at the end, whether or not the provider agrees to that.

        Raises `LoginRefused`, `ProviderUnavailable`, `ProviderAnswerUnreadable`; `SettingMissing` if the WSDL
        is a file that can't be read.
        """
        with BoundedHttp(self._limits) as http:
            patient = Patience(patience)
            calls = Calls(http, self._way(http), self._authentication(), patient)
            try:
                yield Session(calls, self._paging, document_cap_bytes=self._document_cap_bytes)
            finally:
                calls.log_out()

    def _way(self, http: BoundedHttp) -> Way:
        if self._questions is None:
            self._questions = Questions(_read_wsdl(self._wsdl, http))
        return Way(self._url, self._questions, self._limits, self._content_element, self._expired_token_codes)

    def _authentication(self) -> Mapping[str, object]:
        login, password = self._credentials()
        if self._has_encoded_password:
            encoded = b64encode(password.encode()).decode()
            return {"Login": login, "Password": encoded, "PasswordSecurity": "base64", "Realm": self._realm}
        return {"Login": login, "Password": password, "Realm": self._realm}


class Session:
    """Implements `SoftlinxSession` with one login."""

    def __init__(self, calls: Calls, paging: Paging, *, document_cap_bytes: int) -> None:
        self._calls = calls
        self._paging = paging
        self._document_cap_bytes = document_cap_bytes

    def query(self, direction: Direction, selection: Selection = UNMARKED) -> Iterator[Page]:
        operation = _QUERY[direction]
        return self._paging.pages(
            operation,
            lambda arguments: self._calls.ask(operation, {**arguments}),
            selection,
        )

    def find(self, direction: Direction, fax_id: str) -> Mapping[str, str] | None:
        operation = _QUERY[direction]
        return one_of(
            operation, fax_id, self._calls.ask(operation, {"FaxId": fax_id}).whole().rows("FaxInfo")
        )

    def mark(self, direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
        mark = "true" if is_marked else "false"
        self._calls.ask(_MODIFY[direction], {"FaxId": fax_id, "Mark": mark})

    def content(
        self,
        direction: Direction,
        fax_id: str,
        content_type: DocumentType = DocumentType.PDF,
        *,
        cap_bytes: int = CONTENT_CAP_BYTES,
    ) -> AbstractContextManager[Content]:
        fields: Fields = {"FaxId": fax_id, "FaxContentType": str(content_type)}
        if direction is Direction.OUTBOUND:
            fields["FaxContentSelector"] = "all"
        return self._calls.document(_CONTENT[direction], fields, cap_bytes)

    def send(self, order: FaxOrder) -> tuple[SendAnswer, ...]:
        refuse_large_documents(order, self._document_cap_bytes)
        recipients = [recipient.fields() for recipient in order.recipients]
        output = self._calls.ask_once(
            "SendFax", {"FaxRecipient": recipients, **order.options()}, order.documents
        )
        numbers = [recipient.number for recipient in order.recipients]
        return send_answers(numbers, output.rows("FaxInfo"), output.refusal)

    def resend(self, fax_id: str, number: str | None = None) -> str:
        """As the port says. The SOAP API knows no resending: the fax is fetched and sent as a new one."""
        fax = self.find(Direction.OUTBOUND, fax_id)
        if fax is None:
            raise ProviderRefused("resend", "no-such-fax")
        with order_again(self, fax_id, fax, number, cap_bytes=self._document_cap_bytes) as order:
            (answer, *_) = self.send(order)
        if answer.fax_id is not None:
            return answer.fax_id
        if answer.is_refused:
            raise ProviderRefused("SendFax", answer.error_code, answer.error_text)
        raise AnswerLost("SendFax: the answer does not name the fax")


def _is_url(wsdl: str) -> bool:
    return wsdl.startswith(("https:", "http:"))


def _read_wsdl(wsdl: str, http: BoundedHttp) -> bytes:
    if _is_url(wsdl):
        answer = http.exchange(HttpQuestion("GET", wsdl), what="the WSDL")
        if answer.asks_for_patience:
            raise ProviderUnavailable(f"the WSDL: HTTP {answer.status}")
        if answer.status != 200:
            raise ProviderAnswerUnreadable(f"the WSDL: HTTP {answer.status}")
        return answer.body
    try:
        return Path(wsdl).read_bytes()
    except OSError as error:
        raise SettingMissing(f"the WSDL can't be read from {wsdl}: {error.strerror}") from None
