"""One HTTP exchange with Softlinx, bounded in time and size, whose content reaches no log and no error.

It stands on httpcore, the engine under httpx, because only there can the whole exchange be given a deadline:
a server that drips its headers satisfies any read timeout for hours. Nothing is followed, decoded or cached.
"""

import logging
import math
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import httpcore

from faxledger.egress.bounded import BoundedStream, Deadline
from faxledger.errors import (
    AnswerLost,
    MalformedInput,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderUnavailable,
)

# Compressed answers are refused: their size is known only when it is too late.
_HEADERS: Final = {"Accept-Encoding": "identity", "User-Agent": "faxledger"}
_HTTP_FAILURES: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
# The other form of Retry-After is a date, by a clock that is not ours.
_SECONDS: Final = re.compile(rb"[0-9]{1,6}")

# At DEBUG httpcore logs the answer's reason and headers, which are the provider's words.
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one exchange may take, in seconds, and how large its answer may be, in bytes."""

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    exchange_timeout: float = 60.0
    # An exchange that carries a document, of 20 MB at 1 Mbit/s, say.
    transfer_timeout: float = 240.0
    # The session's work is done by then, and a run must not spend its last moments on good manners.
    logout_timeout: float = 5.0
    response_cap_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class SizedBody:
    """A request's body that is never held as a whole: its length in bytes and its pieces, in order."""

    size: int
    pieces: Iterable[bytes]


@dataclass(frozen=True, slots=True, repr=False)
class HttpQuestion:
    """`is_repeatable` is False when asking twice does something twice, so that a lost answer matters."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | SizedBody | None = None
    is_repeatable: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class HttpHead:
    status: int
    content_type: str = ""
    retry_after_seconds: float = 0.0
    # Whether the end of the body can be told from a connection that broke.
    has_sure_end: bool = True

    @property
    def asks_for_patience(self) -> bool:
        return self.status in (408, 429) or self.status >= 500

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, repr=False)
class HttpAnswer(HttpHead):
    body: bytes = b""


class BoundedHttp:
    """The connections of one session; may be used by several threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._present = _Present()
        self._pool: httpcore.ConnectionPool | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close()

    def exchange(self, question: HttpQuestion, *, what: str, within: float = math.inf) -> HttpAnswer:
        """Ask once, take the whole answer within the limits and `within` seconds; `what` names it in errors.

        Raises `ProviderUnavailable`, `ProviderAnswerUnreadable`; for a question that is not repeatable
        `AnswerLost` instead of either, as soon as any of it has left.
        """
        with self.stream(question, what=what, within=min(within, self._limits.exchange_timeout)) as answer:
            return answer.whole()

    @contextmanager
    def stream(self, question: HttpQuestion, *, what: str, within: float) -> Iterator["HttpStream"]:
        """The same, with the answer's body still to be read, by one thread at a time."""
        exchange = _Exchange(what, Deadline(within), is_repeatable=question.is_repeatable)
        with ExitStack() as connection:
            yield HttpStream(
                self._answered(connection, question, exchange),
                exchange,
                self._present,
                self._limits.response_cap_bytes,
            )

    def _answered(
        self, connection: ExitStack, question: HttpQuestion, exchange: "_Exchange"
    ) -> httpcore.Response:
        self._present.exchange = exchange
        try:
            return connection.enter_context(self._asked(question))
        except _HTTP_FAILURES as error:
            failure = exchange.failure(error, head_came=False)
        # Raised out here so that httpcore's exception is not its context: its text may quote the answer.
        raise failure

    def _asked(self, question: HttpQuestion) -> AbstractContextManager[httpcore.Response]:
        limits, body = self._limits, question.body
        headers = {**_HEADERS, **question.headers}
        if isinstance(body, SizedBody):
            headers["Content-Length"] = str(body.size)
        return self._pool_for(question.url).stream(
            question.method,
            question.url,
            headers=list(headers.items()),
            content=_exactly(body) if isinstance(body, SizedBody) else body,
            extensions={
                "timeout": {
                    "connect": limits.connect_timeout,
                    "read": limits.read_timeout,
                    "write": limits.read_timeout,
                    "pool": limits.exchange_timeout,
                }
            },
        )

    def _pool_for(self, url: str) -> httpcore.ConnectionPool:
        with self._lock:
            if self._pool is None:
                self._pool = httpcore.ConnectionPool(
                    # Loading the certificates takes longer than the rest of the set-up together.
                    ssl_context=httpcore.default_ssl_context() if url.startswith("https:") else None,
                    network_backend=_BoundedBackend(self._present),
                    max_connections=None,
                )
            return self._pool


class HttpStream:
    """An answer whose head has come."""

    def __init__(
        self, response: httpcore.Response, exchange: "_Exchange", present: "_Present", cap_bytes: int
    ) -> None:
        headers = {name.lower(): value.strip() for name, value in response.headers}
        self._response = response
        self._exchange = exchange
        self._present = present
        self._cap_bytes = cap_bytes
        self._is_compressed = headers.get(b"content-encoding", b"").lower() not in (b"", b"identity")
        wait = headers.get(b"retry-after", b"")
        self.head = HttpHead(
            response.status,
            headers.get(b"content-type", b"").decode("latin-1"),
            float(wait) if _SECONDS.fullmatch(wait) else 0.0,
            has_sure_end=b"content-length" in headers or b"transfer-encoding" in headers,
        )

    def whole(self) -> HttpAnswer:
        """The answer with its body, which is small enough to be held."""
        head = self.head
        body = b"".join(self.chunks(self._cap_bytes))
        return HttpAnswer(head.status, head.content_type, head.retry_after_seconds, head.has_sure_end, body)

    def chunks(self, cap_bytes: int) -> Iterator[bytes]:
        """The body's bytes, of which there may be `cap_bytes`; raises as `BoundedHttp.exchange` does."""
        if self._is_compressed:
            raise self._exchange.unreadable("the answer is compressed, which was not asked for")
        taken = 0
        arriving = self._response.iter_stream()
        while (chunk := self._next(arriving)) is not None:
            taken += len(chunk)
            if taken > cap_bytes:
                raise self._exchange.unreadable(f"the answer is larger than {cap_bytes} bytes")
            yield chunk

    def _next(self, arriving: Iterator[bytes]) -> bytes | None:
        # Between two chunks this thread may have had another exchange, or another thread have read.
        self._present.exchange = self._exchange
        try:
            return next(arriving, None)
        except _HTTP_FAILURES as error:
            failure = self._exchange.failure(error, head_came=True)
        raise failure


def _exactly(body: SizedBody) -> Iterator[bytes]:
    """The pieces, the last of them only when all are as long as was promised.

    A server may act upon a body that ends early, if it only ends like a whole one.
    """
    left, held = body.size, b""
    for piece in body.pieces:
        if held:
            yield held
        left, held = left - len(piece), piece
        if left < 0:
            break
    if left != 0:
        raise MalformedInput("document", "is not as long as was said")
    yield held


class _Exchange:
    """What is known of one exchange: when it has to be over, and how far it came."""

    def __init__(self, what: str, deadline: Deadline, *, is_repeatable: bool) -> None:
        self.deadline = deadline
        self._what = what
        self._is_repeatable = is_repeatable
        self.has_begun = False

    def unreadable(self, problem: str) -> ProviderError:
        return self._as_known(ProviderAnswerUnreadable(f"{self._what}: {problem}"))

    def failure(self, error: Exception, *, head_came: bool) -> ProviderError:
        if isinstance(error, httpcore.TimeoutException):
            return self._as_known(ProviderUnavailable(f"{self._what}: no whole answer in time"))
        if isinstance(error, httpcore.NetworkError):
            return self._as_known(ProviderUnavailable(f"{self._what}: the connection failed"))
        if head_came:
            return self.unreadable("the answer broke off or is not HTTP")
        problem = f"{self._what}: the connection ended without an HTTP answer"
        return self._as_known(ProviderUnavailable(problem))

    def _as_known(self, failure: ProviderError) -> ProviderError:
        return failure if self._is_repeatable or not self.has_begun else AnswerLost(str(failure))


class _Present(threading.local):
    """The exchange that this thread is about: connections are shared, and serve one after another."""

    exchange: _Exchange = _Exchange("nothing", Deadline(math.inf), is_repeatable=True)

    def allow(self, seconds: float | None) -> float:
        return self.exchange.deadline.allow(seconds)

    def allow_to_write(self, seconds: float | None) -> float:
        allowed = self.allow(seconds)
        self.exchange.has_begun = True
        return allowed


class _BoundedBackend(httpcore.NetworkBackend):
    def __init__(self, present: _Present) -> None:
        self._backend = httpcore.SyncBackend()
        self._present = present

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        present = self._present
        within = present.allow(timeout)
        stream = self._backend.connect_tcp(host, port, within, local_address, socket_options)
        return BoundedStream(stream, present.allow, allow_to_write=present.allow_to_write)
