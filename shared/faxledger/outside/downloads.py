"""Fetching a document from an address that somebody outside has named: https, bounded, and nothing else.

The address may be a secret of its own, so no error, log line or exception holds any of it.
"""

import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urljoin

import httpcore

from faxledger.errors import (
    AddressRefused,
    FaxledgerError,
    ProviderAnswerUnreadable,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.outside.dialling import Deadline, PublicNetwork, Resolver, addresses_of
from faxledger.outside.urls import OutsideUrl, UrlRule

# Compressed answers are refused: their size is known only when it is too late.
_HEADERS: Final = {"Accept-Encoding": "identity", "User-Agent": "faxledger"}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FAILURES: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)

# At DEBUG httpcore logs what is asked and answered.
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Seconds and bytes; `whole` is the time of everything, redirects and resolving included."""

    connect: float = 5.0
    read: float = 20.0
    whole: float = 60.0
    most_bytes: int = 64 * 1024 * 1024
    most_redirects: int = 3


class Downloads:
    """What `rule` allows can be fetched; used by one thread at a time."""

    def __init__(
        self,
        rule: UrlRule,
        limits: DownloadLimits = DownloadLimits(),
        *,
        resolve: Resolver = addresses_of,
        network: httpcore.NetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._rule = rule
        self._limits = limits
        self._resolve = resolve
        self._network = network
        self._given_ssl_context = ssl_context

    def check(self, url: str) -> None:
        """Raises `AddressRefused` for a URL that would not even be resolved."""
        self._rule.read(url)

    @contextmanager
    def get(self, url: str) -> Iterator[Iterator[bytes]]:
        """The bytes behind the URL as they arrive; whole only when their end is reached.

        Raises `AddressRefused` where the URL, or one that it leads to, is not allowed; `ProviderUnavailable`,
        `ProviderRefused`, `ProviderAnswerUnreadable`.
        """
        deadline = Deadline(self._limits.whole)
        with ExitStack() as connection:
            yield self._body(self._answer(connection, url, deadline))

    def _answer(self, connection: ExitStack, text: str, deadline: Deadline) -> httpcore.Response:
        url = self._rule.read(text)
        for _ in range(self._limits.most_redirects + 1):
            response = self._asked(connection, url, deadline)
            if response.status not in _REDIRECTS:
                return response
            connection.close()
            url = self._rule.read(_led_to(url, _headers(response).get("location", "")))
        raise ProviderAnswerUnreadable("the document: it is behind too many redirects")

    def _asked(self, connection: ExitStack, url: OutsideUrl, deadline: Deadline) -> httpcore.Response:
        network = PublicNetwork(
            deadline,
            neighbour=url.host if url.is_neighbour else None,
            resolve=self._resolve,
            network=self._network,
        )
        http = connection.enter_context(
            httpcore.HTTPConnection(
                httpcore.Origin(url.scheme.encode(), url.host.encode(), url.port),
                ssl_context=self._ssl_context if url.scheme == "https" else None,
                network_backend=network,
            )
        )
        timeouts = {"connect": self._limits.connect, "read": self._limits.read, "write": self._limits.read}
        # Without a port where it is the scheme's own, as everybody does it.
        named = f"{url.host}:{url.port}" if url.is_neighbour else url.host
        try:
            return connection.enter_context(
                http.stream(
                    "GET",
                    f"{url.origin}{url.target}",
                    headers=[("Host", named), *_HEADERS.items()],
                    extensions={"timeout": timeouts},
                )
            )
        except _FAILURES as error:
            failure = _failure(error)
        # Raised out here so that httpcore's exception is not its context: its text may quote the answer.
        raise failure

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Loading the certificates takes longer than the rest of the set-up together.
        return self._given_ssl_context or httpcore.default_ssl_context()

    def _body(self, response: httpcore.Response) -> Iterator[bytes]:
        headers = _headers(response)
        if response.status in {408, 429} or response.status >= 500:
            raise ProviderUnavailable(f"the document: answered {response.status}")
        if response.status != 200:
            raise ProviderRefused("the document", str(response.status))
        if headers.get("content-encoding", "").lower() not in {"", "identity"}:
            raise ProviderAnswerUnreadable("the document: it is compressed, which was not asked for")
        if not {"content-length", "transfer-encoding"} & headers.keys():
            raise ProviderAnswerUnreadable("the document: its end can't be told from a broken connection")
        return self._chunks(response.iter_stream())

    def _chunks(self, arriving: Iterator[bytes]) -> Iterator[bytes]:
        taken = 0
        while (chunk := _next(arriving)) is not None:
            taken += len(chunk)
            if taken > self._limits.most_bytes:
                raise ProviderAnswerUnreadable(
                    f"the document: it is larger than {self._limits.most_bytes} bytes"
                )
            yield chunk


def _led_to(url: OutsideUrl, location: str) -> str:
    try:
        return urljoin(f"{url.origin}{url.target}", location)
    except ValueError:
        raise AddressRefused("the address leads to something that is no URL") from None


def _next(arriving: Iterator[bytes]) -> bytes | None:
    try:
        return next(arriving, None)
    except _FAILURES as error:
        failure = _failure(error)
    raise failure


def _failure(error: Exception) -> FaxledgerError:
    if isinstance(error, httpcore.TimeoutException):
        return ProviderUnavailable("the document: no whole answer in time")
    if isinstance(error, httpcore.NetworkError):
        return ProviderUnavailable("the document: the connection failed")
    return ProviderAnswerUnreadable("the document: the answer broke off or is not HTTP")


def _headers(response: httpcore.Response) -> Mapping[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in response.headers
    }
