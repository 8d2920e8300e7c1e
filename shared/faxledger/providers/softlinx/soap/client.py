"""One Softlinx account, spoken to in SOAP: log in once, query page by page, mark, log out."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from faxledger.domain.fax import Direction
from faxledger.errors import ProviderAnswerUnreadable, ProviderError, ProviderUnavailable, SettingMissing
from faxledger.providers.addresses import refuse_unsafe_url
from faxledger.providers.softlinx.soap.answers import Output, output_of
from faxledger.providers.softlinx.soap.questions import Questions
from faxledger.providers.softlinx.transport import BoundedHttp, HttpQuestion, Limits

SHIPPED_WSDL: Final = Path(__file__).parent.parent / "wsdl" / "replixfax.wsdl"

_QUERY: Final = {Direction.OUTBOUND: "QuerySendFax", Direction.INBOUND: "QueryReceiveFax"}
_MODIFY: Final = {Direction.OUTBOUND: "ModifySendFax", Direction.INBOUND: "ModifyReceiveFax"}


@dataclass(frozen=True, slots=True)
class Page:
    """The faxes of one answer: the fields of each FaxInfo, by name and as given."""

    rows: tuple[Mapping[str, str], ...]
    has_more: bool


class SoftlinxSoap:
    """The account of one administrative user, who sees the faxes of the whole realm (doc).

    `url` is where calls are posted, whatever the WSDL says. `credentials` gives login and password, asked for
    at each session, so that a rotation needs no new process. `wsdl` is the path or the URL of a WSDL to use
    instead of the shipped one; it is read at the first session, and nothing it refers to is. Raises
    `SettingMissing` for a URL that is not https; plain http is for this very machine, or where
    `is_plain_http_allowed`.
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
    ) -> None:
        refuse_unsafe_url(url, whose="Softlinx", is_plain_http_allowed=is_plain_http_allowed)
        if _is_url(wsdl):
            refuse_unsafe_url(wsdl, whose="Softlinx", is_plain_http_allowed=is_plain_http_allowed)
        self._url = url
        self._realm = realm
        self._credentials = credentials
        self._wsdl = wsdl or str(SHIPPED_WSDL)
        self._limits = limits
        self._page_size = page_size
        self._page_limit = page_limit
        self._questions: Questions | None = None

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Log in, and out at the end, whether or not the provider agrees to that.

        Raises `LoginRefused`, `ProviderUnavailable`, `ProviderAnswerUnreadable`; `SettingMissing` if the WSDL
        is a file that can't be read.
        """
        with BoundedHttp(self._limits) as http:
            call = _Call(http, self._url, self._known_questions(http))
            login, password = self._credentials()
            authentication = {"Login": login, "Password": password, "Realm": self._realm}
            output = call("Login", {"Authentication": authentication})
            token = output.text("AuthToken")
            if not token:
                raise ProviderAnswerUnreadable("Login: the answer has no AuthToken")
            session = Session(call, token, page_size=self._page_size, page_limit=self._page_limit)
            try:
                yield session
            finally:
                session.log_out(within=self._limits.logout_timeout)

    def _known_questions(self, http: BoundedHttp) -> Questions:
        if self._questions is None:
            self._questions = Questions(_read_wsdl(self._wsdl, http))
        return self._questions


class Session:
    """One login; may be used by several threads at once. Raises `ProviderError`."""

    def __init__(self, call: "_Call", token: str, *, page_size: int, page_limit: int) -> None:
        self._call = call
        self._token = {"AuthenticationToken": {"AuthToken": token}}
        self._page_size = page_size
        self._page_limit = page_limit

    def query(
        self, direction: Direction, *, mark: bool | None = False, status: str | None = None
    ) -> Iterator[Page]:
        """The faxes with this mark and this status, None meaning any, in the order of their identifiers.

        Raises `ProviderAnswerUnreadable` when the paging does not come to an end.
        """
        operation = _QUERY[direction]
        fields: dict[str, object] = {
            **self._token,
            "ResultLimit": str(self._page_size),
            # Column name as in the REST API (seen); identifiers are handed out in increasing order (doc).
            "SortColumn": "faxId",
            "SortOrder": "asc",
        }
        if mark is not None:
            fields["Mark"] = "true" if mark else "false"
        if status is not None:
            fields["FaxStatus"] = status
        known_pages: set[int] = set()
        for _ in range(self._page_limit):
            output = self._call(operation, fields)
            page = Page(output.rows("FaxInfo"), output.is_true("HasMoreResults"))
            reference = output.text("ResultsReference")
            # Whether each page has a reference of its own is open: the sign is a page that brings nothing.
            content = hash(tuple(row.get("FaxId") for row in page.rows) or reference)
            if page.has_more and content in known_pages:
                raise ProviderAnswerUnreadable(f"{operation}: the same page again")
            known_pages.add(content)
            yield page
            if not page.has_more:
                return
            if not reference:
                raise ProviderAnswerUnreadable(f"{operation}: more results, but no ResultsReference")
            fields["GetNextResults"] = reference
        raise ProviderAnswerUnreadable(f"{operation}: no end after {self._page_limit} pages")

    def mark(self, direction: Direction, fax_id: str) -> None:
        """Set the flag that a fax is handled, which is the customer's own bookkeeping (doc)."""
        self._call(_MODIFY[direction], {**self._token, "FaxId": fax_id, "Mark": "true"})

    def log_out(self, *, within: float) -> None:
        """End the session at the provider, in `within` seconds; when that fails, it is left to expire."""
        try:
            self._call("Logout", dict(self._token), within=within)
        except ProviderError:
            return


class _Call:
    """One operation asked and answered."""

    def __init__(self, http: BoundedHttp, url: str, questions: Questions) -> None:
        self._http = http
        self._url = url
        self._questions = questions

    def __call__(self, operation: str, fields: dict[str, object], *, within: float = math.inf) -> Output:
        envelope = self._questions.envelope(operation, fields)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": envelope.soap_action}
        question = HttpQuestion("POST", self._url, headers, envelope.body)
        answer = self._http.exchange(question, what=operation, within=within)
        return output_of(operation, answer)


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
