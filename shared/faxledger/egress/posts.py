"""Posting a document to an address that somebody outside has named: https, bounded, and no redirects."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import httpcore

from faxledger.egress.bounded import Deadline
from faxledger.egress.exchanges import WIRE, Asked, Exchanges, Timeouts, Wire, headers_of
from faxledger.egress.urls import UrlRule
from faxledger.errors import DeliveryFailed

_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "faxledger"}


@dataclass(frozen=True, slots=True)
class PostLimits:
    """Seconds; `whole` is the time of everything, resolving the name included."""

    connect: float = 5.0
    read: float = 15.0
    whole: float = 15.0


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer's head; of its body not a byte is read. `retry_after` is the header as it came."""

    status: int
    retry_after: str


class Posts:
    """What `rule` allows can be posted to; used by one thread at a time."""

    def __init__(self, rule: UrlRule, limits: PostLimits = PostLimits(), wire: Wire = WIRE) -> None:
        self._rule = rule
        self._limits = limits
        self._exchanges = Exchanges(Timeouts(limits.connect, limits.read), _failure, wire)

    def host_of(self, url: str) -> str:
        """Raises `AddressRefused`."""
        return self._rule.read(url).host

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Raises `AddressRefused`, and `DeliveryFailed` where no answer came."""
        deadline = Deadline(self._limits.whole)
        with ExitStack() as connection:
            asked = Asked("POST", {**_HEADERS, **headers}, body)
            response = self._exchanges.begin(connection, self._rule.read(url), deadline, asked)
            return Posted(response.status, headers_of(response).get("retry-after", ""))


def _failure(error: Exception) -> DeliveryFailed:
    if isinstance(error, httpcore.TimeoutException):
        return DeliveryFailed("no answer in time")
    if isinstance(error, httpcore.NetworkError):
        return DeliveryFailed("the connection failed")
    return DeliveryFailed("the answer is not HTTP")
