"""One login's way of asking: with its token, again when that may help, and with a new one when it expires."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from faxledger.errors import ProviderAnswerUnreadable, ProviderError, ProviderRefused
from faxledger.providers.softlinx.contents import ArrivingContent, arriving
from faxledger.providers.softlinx.orders import Document
from faxledger.providers.softlinx.refusals import lost_unless_refused
from faxledger.providers.softlinx.retrying import Patience
from faxledger.providers.softlinx.soap.answers import SoapOutput, output_of
from faxledger.providers.softlinx.soap.documents import Placeholders, document_in
from faxledger.providers.softlinx.soap.questions import Envelope, Questions
from faxledger.providers.softlinx.transport import BoundedHttp, HttpQuestion, Limits, SizedBody

Fields = dict[str, object]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Way:
    """How one account is asked; shared by its sessions.

    `content_element` is where a document stands that comes inline, and `expired_token_codes` are the
    StatusCodes, or `HTTP-401`, that mean that a token has run out: both are open.
    """

    url: str
    questions: Questions
    limits: Limits
    content_element: str
    expired_token_codes: frozenset[str]


class Calls:
    """May be used by several threads at once. Raises `ProviderError`."""

    def __init__(
        self, http: BoundedHttp, way: Way, authentication: Mapping[str, object], patience: Patience
    ) -> None:
        self._http = http
        self._way = way
        self._authentication = authentication
        self._patience = patience
        self._lock = threading.Lock()
        self._has_renewed = False
        self._token = self._logged_in()

    def ask(self, operation: str, fields: Fields) -> SoapOutput:
        """Ask what may be asked again, and is while patience lasts."""
        return self._with_token(
            lambda token: self._patience.trying(
                lambda within: self._asked(operation, {**token, **fields}, within).succeeded()
            )
        )

    def ask_once(self, operation: str, fields: Fields, documents: Sequence[Document]) -> SoapOutput:
        """Ask what does something each time; the output may be that of a refusal. Raises `AnswerLost`."""
        return self._with_token(lambda token: self._handed_over(operation, {**token, **fields}, documents))

    @contextmanager
    def document(self, operation: str, fields: Fields, cap_bytes: int) -> Iterator[ArrivingContent]:
        with ExitStack() as stack:
            yield self._with_token(
                lambda token: self._patience.trying(
                    lambda within: self._arriving(stack, operation, {**token, **fields}, within, cap_bytes)
                )
            )

    def log_out(self) -> None:
        """End the session at the provider; when that fails, it is left to expire."""
        try:
            self._asked("Logout", _token_fields(self._token), self._way.limits.logout_timeout)
        except ProviderError:
            return

    def _logged_in(self) -> str:
        fields: Fields = {"Authentication": self._authentication}
        output = self._patience.trying(lambda within: self._asked("Login", fields, within).succeeded())
        token = output.text("AuthToken")
        if not token:
            raise ProviderAnswerUnreadable("Login: the answer has no AuthToken")
        return token

    def _with_token(self, ask: Callable[[Fields], Answer]) -> Answer:
        token = self._token
        try:
            return ask(_token_fields(token))
        except ProviderRefused as refused:
            is_expired = refused.code in self._way.expired_token_codes
            if not is_expired or not self._is_renewed(token):
                raise
        return ask(_token_fields(self._token))

    def _is_renewed(self, expired: str) -> bool:
        """Log in again, once in a session: a provider that refuses every token is not to be hammered."""
        with self._lock:
            if self._token == expired:
                if self._has_renewed:
                    return False
                self._has_renewed = True
                self._token = self._logged_in()
            return True

    def _asked(self, operation: str, fields: Fields, within: float) -> SoapOutput:
        envelope = self._way.questions.envelope(operation, fields)
        answer = self._http.exchange(self._question(envelope), what=operation, within=within)
        return output_of(operation, answer)

    def _handed_over(self, operation: str, fields: Fields, documents: Sequence[Document]) -> SoapOutput:
        placeholders = Placeholders(documents)
        if documents:
            fields = {**fields, "Attachment": placeholders.attachments()}
        envelope = self._way.questions.envelope(operation, fields)
        body = placeholders.filled(envelope.body)
        if body is None:
            raise ProviderAnswerUnreadable(f"{operation}: the WSDL describes this operation otherwise")
        question = self._question(envelope, body, is_repeatable=False)
        with (
            self._http.stream(question, what=operation, within=self._way.limits.transfer_timeout) as answer,
            lost_unless_refused(answer.head),
        ):
            output = output_of(operation, answer.whole()).whole()
            if output.refusal is not None and output.refusal.code in self._way.expired_token_codes:
                raise output.refusal
            return output

    def _arriving(
        self, stack: ExitStack, operation: str, fields: Fields, within: float, cap_bytes: int
    ) -> ArrivingContent:
        way = self._way
        # Inline, base64 makes three bytes four, and line ends come on top.
        answer_cap_bytes = cap_bytes * 3 // 2 + way.limits.response_cap_bytes
        return arriving(
            stack,
            self._http,
            self._question(way.questions.envelope(operation, fields)),
            lambda answer: document_in(
                operation, answer, element=way.content_element, cap_bytes=answer_cap_bytes
            ),
            what=operation,
            within=min(within, way.limits.transfer_timeout),
            cap_bytes=cap_bytes,
        )

    def _question(
        self, envelope: Envelope, body: SizedBody | None = None, *, is_repeatable: bool = True
    ) -> HttpQuestion:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": envelope.soap_action}
        return HttpQuestion(
            "POST", self._way.url, headers, body or envelope.body, is_repeatable=is_repeatable
        )


def _token_fields(token: str) -> Fields:
    return {"AuthenticationToken": {"AuthToken": token}}
