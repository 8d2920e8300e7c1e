"""One HTTP exchange with the SOAP API, bounded in time and size, whose content reaches no log and no error.

It stands on httpcore, the engine under httpx, because only there can the whole exchange be given a deadline:
a server that drips its headers satisfies any read timeout for hours. Nothing is followed, decoded or cached.
"""

import logging
import math
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpcore

from faxledger.errors import ProviderAnswerUnreadable, ProviderError, ProviderUnavailable, SettingMissing

# Compressed answers are refused: their size is known only when it is too late.
_HEADERS: Final = {"Accept-Encoding": "identity", "User-Agent": "faxledger"}

# At DEBUG httpcore logs the answer's reason and headers, which are the provider's words.
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one exchange may take, in seconds, and how large its answer may be, in bytes."""

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    exchange_timeout: float = 60.0
    # The session's work is done by then, and a run must not spend its last moments on good manners.
    logout_timeout: float = 5.0
    response_cap_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class HttpQuestion:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class HttpAnswer:
    status: int
    body: bytes

    @property
    def asks_for_patience(self) -> bool:
        return self.status in (408, 429) or self.status >= 500


def refuse_unsafe_url(url: str, *, is_plain_http_allowed: bool) -> None:
    """Raise `SettingMissing` unless `url` is https, or plain http to this machine or where it is allowed."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or not url.isascii():
        raise SettingMissing("the Softlinx URL has to be an https URL")
    if parts.username is not None or parts.password is not None:
        raise SettingMissing("the Softlinx URL must hold no credentials: they have a secret of their own")
    if parts.scheme == "http" and not (is_plain_http_allowed or _is_loopback(parts.hostname)):
        raise SettingMissing("the Softlinx URL has to be https: every call carries credentials")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class BoundedHttp:
    """The connections of one session; may be used by several threads at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._deadline = _Deadline()
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

        Raises `ProviderUnavailable`, `ProviderAnswerUnreadable`.
        """
        failure: ProviderError
        head_came = False
        self._deadline.at = time.monotonic() + min(within, self._limits.exchange_timeout)
        try:
            with self._pool_for(question.url).stream(
                question.method,
                question.url,
                headers=list({**_HEADERS, **question.headers}.items()),
                content=question.body,
                extensions={"timeout": self._timeouts()},
            ) as response:
                head_came = True
                return HttpAnswer(response.status, self._whole_body(response, what))
        except httpcore.TimeoutException:
            failure = ProviderUnavailable(f"{what}: no whole answer in time")
        except httpcore.NetworkError:
            failure = ProviderUnavailable(f"{what}: the connection failed")
        except httpcore.ProtocolError:
            failure = (
                ProviderAnswerUnreadable(f"{what}: the answer broke off or is not HTTP")
                if head_came
                else ProviderUnavailable(f"{what}: the connection ended without an HTTP answer")
            )
        # Raised out here so that httpcore's exception is not its context: its text may quote the answer.
        raise failure

    def _timeouts(self) -> dict[str, float]:
        limits = self._limits
        return {
            "connect": limits.connect_timeout,
            "read": limits.read_timeout,
            "write": limits.read_timeout,
            "pool": limits.exchange_timeout,
        }

    def _pool_for(self, url: str) -> httpcore.ConnectionPool:
        with self._lock:
            if self._pool is None:
                self._pool = httpcore.ConnectionPool(
                    # Loading the certificates takes longer than the rest of the set-up together.
                    ssl_context=httpcore.default_ssl_context() if url.startswith("https:") else None,
                    network_backend=_BoundedBackend(self._deadline),
                    max_connections=None,
                )
            return self._pool

    def _whole_body(self, response: httpcore.Response, what: str) -> bytes:
        encodings = [value for name, value in response.headers if name.lower() == b"content-encoding"]
        if any(value.strip().lower() not in (b"", b"identity") for value in encodings):
            raise ProviderAnswerUnreadable(f"{what}: the answer is compressed, which was not asked for")
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > self._limits.response_cap_bytes:
                raise ProviderAnswerUnreadable(
                    f"{what}: the answer is larger than {self._limits.response_cap_bytes} bytes"
                )
        return bytes(body)


class _Deadline(threading.local):
    """The moment, on the monotonic clock, by which the present thread's exchange has to be over."""

    at: float = math.inf

    def allow(self, timeout: float | None) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long")
        return left if timeout is None else min(left, timeout)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.allow(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.allow(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.allow(timeout))
        return _BoundedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _BoundedBackend(httpcore.NetworkBackend):
    def __init__(self, deadline: _Deadline) -> None:
        self._backend = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(
            host, port, self._deadline.allow(timeout), local_address, socket_options
        )
        return _BoundedStream(stream, self._deadline)
