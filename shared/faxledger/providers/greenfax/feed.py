"""GreenFax's XML feed: one request for some days of one direction, read row by row while it arrives."""

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from faxledger.domain.coverage import Days
from faxledger.domain.fax import Direction
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import (
    AnswerLost,
    AskedTooSoon,
    MalformedInput,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RequestTooLate,
)
from faxledger.providers.addresses import refuse_unsafe_url
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.feed_xml import NoFaxes, xml_rows
from faxledger.providers.greenfax.rows import row_report
from faxledger.providers.greenfax.status import StatusWords
from faxledger.providers.greenfax.xml_row import XmlRow
from faxledger.usecases.ports.world import Clock

# httpx logs every URL, and this one holds the account's password; httpcore logs the headers of answers, where
# a redirect repeats it. Whoever hunts a fault would lower a level, so these are off altogether.
for _name in ("httpx", "httpcore.connection", "httpcore.http11"):
    logging.getLogger(_name).disabled = True

_REQUEST_LEAVES = "send_request_headers.started"
_TOO_MANY_REQUESTS = 429
# The other form of Retry-After, a date, is not worth a parser.
_SECONDS = re.compile(r"[0-9]{1,9}")
_MOST_RAW_BYTES = 64 * 1024
# About five million rows; more than an account sends in 90 days.
_MOST_BYTES = 2_000_000_000
# A run may wait for its claim for 120 s and has 900 s in all.
_MOST_SECONDS = 600.0
# Compressed answers are refused: their size is known only when it is too late.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "faxledger"}


def http_client() -> httpx.Client:
    """A client that connects within 5 s, waits 60 s for each piece of an answer and repeats nothing."""
    return httpx.Client(
        timeout=httpx.Timeout(60, connect=5),
        verify=_trusted(),
        # The next request is 20 minutes away: a connection kept until then would only fail it.
        limits=httpx.Limits(max_keepalive_connections=0),
        headers=_HEADERS,
        trust_env=False,
    )


@cache
def _trusted() -> ssl.SSLContext:
    # Loading the certificates takes longer than all else of a client.
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """Where one direction's feed is and what its parameters are called; they differ by direction (doc)."""

    url: str
    account_parameter: str
    password_parameter: str
    first_parameter: str
    last_parameter: str


@dataclass(frozen=True, slots=True)
class FeedWords:
    """What the feed's words mean; all are open.

    `too_soon` are phrases, in lower case, of an answer that says so with status 200 instead of 429.
    """

    status: StatusWords
    too_soon: frozenset[str]


class GreenFaxFeed:
    """The feed of one direction; implements `Feed`. The password stands in no message of its errors.

    An answer that takes longer than `most_seconds` is broken off. Raises `SettingMissing` for an address that
    is not https.
    """

    def __init__(
        self,
        address: FeedAddress,
        account: GreenFaxAccount,
        password: Callable[[], str],
        words: FeedWords,
        direction: Direction,
        http: httpx.Client,
        clock: Clock,
        most_seconds: float = _MOST_SECONDS,
    ) -> None:
        # The password is in the URL (doc).
        refuse_unsafe_url(address.url, whose="GreenFax")
        self._address = address
        self._account = account
        self._password = password
        self._words = words
        self._direction = direction
        self._http = http
        self._clock = clock
        self._most_seconds = most_seconds

    def ready(self) -> "ReadyFeed":
        """The feed with its password at hand. Raises `SecretUnavailable`."""
        return ReadyFeed(self, self._password())

    def window(self, password: str, days: Days, leave_by: datetime) -> "Iterator[GreenFaxRow]":
        # httpx leaves raw exceptions with the URL in them as context, so nothing of theirs is chained.
        try:
            with self._http.stream(
                "GET",
                self._address.url,
                params={
                    self._address.account_parameter: self._account.account_id,
                    self._address.password_parameter: password,
                    self._address.first_parameter: days.first.isoformat(),
                    self._address.last_parameter: days.last.isoformat(),
                },
                follow_redirects=False,
                extensions={"trace": self._refuse_after(leave_by)},
            ) as response:
                _check(response)
                for row in xml_rows(_body(response, time.monotonic() + self._most_seconds)):
                    yield GreenFaxRow(self, row)
        except NoFaxes as error:
            raise self._without_faxes(error) from None
        except httpx.ConnectTimeout:
            raise ProviderUnavailable("the feed could not be connected to in time") from None
        except httpx.ReadTimeout:
            raise AnswerLost("the feed did not answer in time") from None
        except httpx.ConnectError as error:
            raise ProviderUnavailable(f"the feed's connection failed: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise AnswerLost(f"the feed's connection broke: {type(error).__name__}") from None

    def read(self, row: XmlRow) -> Report | Unreadable:
        try:
            return row_report(self._account, self._words.status, self._direction, row.given)
        except MalformedInput as error:
            raw = row.raw
            return Unreadable(
                origin=f"greenfax-feed-{self._direction}",
                problem=str(error),
                raw=raw[:_MOST_RAW_BYTES],
                is_truncated=len(raw) > _MOST_RAW_BYTES,
            )

    def _refuse_after(self, leave_by: datetime) -> Any:
        """Stop the request if connecting took so long that its claim no longer covers it."""

        def trace(event: str, _: Mapping[str, Any]) -> None:
            if event.endswith(_REQUEST_LEAVES) and self._clock.now() > leave_by:
                raise RequestTooLate("connecting to the feed took too long")

        return trace

    def _without_faxes(self, error: NoFaxes) -> ProviderError:
        said = error.words.casefold()
        if any(phrase in said for phrase in self._words.too_soon):
            return AskedTooSoon("the feed says that it was asked too soon")
        return ProviderAnswerUnreadable(str(error))


@dataclass(frozen=True, slots=True)
class ReadyFeed:
    """Implements `FeedRows`."""

    feed: GreenFaxFeed
    password: str = field(repr=False)

    def window(self, days: Days, *, leave_by: datetime) -> "Iterator[GreenFaxRow]":
        """The rows of these days, by one request.

        Raises `RequestTooLate` when it could not leave in time, and then it was not made; `AskedTooSoon`,
        `ProviderUnavailable`, `ProviderRefused`, and, possibly after rows, `AnswerLost` and
        `ProviderAnswerUnreadable`.
        """
        return self.feed.window(self.password, days, leave_by)


class GreenFaxRow:
    """A row that is not made sense of before somebody asks; implements `FeedRow`."""

    __slots__ = ("_feed", "_row")

    def __init__(self, feed: GreenFaxFeed, row: XmlRow) -> None:
        self._feed = feed
        self._row = row

    @property
    def digest(self) -> int:
        return self._row.digest

    def read(self) -> Report | Unreadable:
        """One without id or status is `Unreadable`."""
        return self._feed.read(self._row)


def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status == _TOO_MANY_REQUESTS:
        wait = response.headers.get("retry-after", "")
        seconds = float(wait) if _SECONDS.fullmatch(wait) else 0.0
        raise AskedTooSoon("the feed was asked too soon", retry_after_seconds=seconds)
    if status >= 500:
        raise ProviderUnavailable(f"the feed answered {status}")
    if status != httpx.codes.OK:
        raise ProviderRefused("the feed", str(status))
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise ProviderAnswerUnreadable("the feed is compressed, which was not asked for")


def _body(response: httpx.Response, end: float) -> Iterator[bytes]:
    """A response's body as it arrives; one that is too long or too slow is broken off.

    A server that drips satisfies any timeout of single reads, so `end`, on the monotonic clock, bounds all.
    """
    read = 0
    for chunk in response.iter_raw():
        read += len(chunk)
        if read > _MOST_BYTES:
            raise ProviderAnswerUnreadable("the feed is too large")
        if time.monotonic() > end:
            raise AnswerLost("the feed did not come to its end in time")
        yield chunk
