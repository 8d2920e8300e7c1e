"""Fetching a document from an address that somebody outside has named: https, bounded, and nothing else.

The address may be a secret of its own, so no error, log line or exception holds any of it.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import httpcore

from faxledger.egress.bounded import Deadline
from faxledger.egress.exchanges import FAILURES, WIRE, Asked, Exchanges, Timeouts, Wire, headers_of
from faxledger.egress.urls import OutsideUrl, UrlRule
from faxledger.errors import (
    AddressRefused,
    FaxledgerError,
    ProviderAnswerUnreadable,
    ProviderRefused,
    ProviderUnavailable,
)

# Compressed answers are refused: their size is known only when it is too late.
_HEADERS: Final = {"Accept-Encoding": "identity", "User-Agent": "faxledger"}
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


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

    def __init__(self, rule: UrlRule, limits: DownloadLimits = DownloadLimits(), wire: Wire = WIRE) -> None:
        self._rule = rule
        self._limits = limits
        self._exchanges = Exchanges(Timeouts(limits.connect, limits.read), _failure, wire)

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
            response = self._exchanges.begin(connection, url, deadline, Asked("GET", _HEADERS))
            if response.status not in _REDIRECTS:
                return response
            connection.close()
            url = self._rule.read(_led_to(url, headers_of(response).get("location", "")))
        raise ProviderAnswerUnreadable("the document: it is behind too many redirects")

    def _body(self, response: httpcore.Response) -> Iterator[bytes]:
        headers = headers_of(response)
        if response.status in {408, 429} or response.status >= 500:
            raise ProviderUnavailable(f"the document: answered {response.status}")
        if response.status != 200:
            raise ProviderRefused("the document", str(response.status))
        if headers.get("content-encoding", "").lower() not in {"", "identity"}:
            raise ProviderAnswerUnreadable("the document: it is compressed, which was not asked for")
        if not {"content-length", "transfer-encoding"} & headers.keys():
            raise ProviderAnswerUnreadable("the document: its end can't be told from a broken connection")
        # Whoever says no length, or a wrong one, is broken off below.
        if _length(headers.get("content-length", "")) > self._limits.most_bytes:
            raise self._too_large()
        return self._chunks(response.iter_stream())

    def _chunks(self, arriving: Iterator[bytes]) -> Iterator[bytes]:
        taken = 0
        while (chunk := _next(arriving)) is not None:
            taken += len(chunk)
            if taken > self._limits.most_bytes:
                raise self._too_large()
            yield chunk

    def _too_large(self) -> ProviderAnswerUnreadable:
        return ProviderAnswerUnreadable(f"the document: it is larger than {self._limits.most_bytes} bytes")


def _length(text: str) -> int:
    return int(text) if _LENGTH.fullmatch(text) else 0


def _led_to(url: OutsideUrl, location: str) -> str:
    try:
        return urljoin(f"{url.origin}{url.target}", location)
    except ValueError:
        raise AddressRefused("the address leads to something that is no URL") from None


def _next(arriving: Iterator[bytes]) -> bytes | None:
    try:
        return next(arriving, None)
    except FAILURES as error:
        failure = _failure(error)
    raise failure


def _failure(error: Exception) -> FaxledgerError:
    if isinstance(error, httpcore.TimeoutException):
        return ProviderUnavailable("the document: no whole answer in time")
    if isinstance(error, httpcore.NetworkError):
        return ProviderUnavailable("the document: the connection failed")
    return ProviderAnswerUnreadable("the document: the answer broke off or is not HTTP")
