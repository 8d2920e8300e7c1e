"""GreenFax's XML feed: one request for some days of one direction, read row by row while it arrives."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, ParseError, tostring

import httpx
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from faxledger.domain.fax import Direction
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import (
    MalformedInput,
    ProviderAnswerUnreadable,
    ProviderRefused,
    ProviderUnavailable,
    RequestTooLate,
)
from faxledger.providers.addresses import refuse_unsafe_url
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.rows import StatusWords, meanings_of, row_report
from faxledger.usecases.ports import Clock
from faxledger.usecases.read_feed import FeedAllowance

# httpx logs every URL, and this one holds the account's password; httpcore logs the headers of answers, where
# a redirect repeats it. Whoever hunts a fault would lower a level, so these are off altogether.
for _name in ("httpx", "httpcore.connection", "httpcore.http11"):
    logging.getLogger(_name).disabled = True

_REQUEST_LEAVES = "send_request_headers.started"
_TOO_MANY_REQUESTS = 429
_MOST_RAW_BYTES = 64 * 1024
# About five million rows; more than an account sends in 90 days.
_MOST_BYTES = 2_000_000_000
# Real rows have some hundred bytes; without a limit one endless element would fill the memory.
_MOST_ROW_BYTES = 1_000_000
_DEEPEST = 32
# A run may wait for its claim for 120 s and has 900 s in all.
_MOST_SECONDS = 600.0
# Compressed answers are refused: their size is known only when it is too late.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "faxledger"}
_ERROR_ELEMENTS = frozenset({"error", "errors", "fault"})

# One request every 20 minutes and windows of at most 90 days (doc); that both directions share the 20 minutes
# is assumed (open).
ALLOWANCE = FeedAllowance(
    period=timedelta(minutes=20),
    guard=timedelta(seconds=10),
    leave_within=timedelta(seconds=5),
    longest_wait=timedelta(seconds=120),
    most_days=90,
)


def http_client() -> httpx.Client:
    """A client that connects within 5 s, waits 60 s for each piece of an answer and repeats nothing."""
    return httpx.Client(
        timeout=httpx.Timeout(60, connect=5),
        # The next request is 20 minutes away: a connection kept until then would only fail it.
        limits=httpx.Limits(max_keepalive_connections=0),
        headers=_HEADERS,
        trust_env=False,
    )


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """Where one direction's feed is and what its parameters are called; they differ by direction (doc)."""

    url: str
    account_parameter: str
    password_parameter: str
    first_parameter: str
    last_parameter: str


class GreenFaxFeed:
    """The feed of one direction; implements `FeedRows`. The password stands in no message of its errors.

    An answer that takes longer than `most_seconds` is broken off. Raises `SettingMissing` for an address that
    is not https.
    """

    def __init__(
        self,
        address: FeedAddress,
        account: GreenFaxAccount,
        password: Callable[[], str],
        words: StatusWords,
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

    def window(self, first: date, last: date, *, leave_by: datetime) -> Iterator[Report | Unreadable]:
        """The faxes of the days `first` to `last`, both included; a row without id or status is `Unreadable`.

        Raises `RequestTooLate` when the request could not leave in time, and then it was not made;
        `ProviderUnavailable`, `ProviderRefused`, `ProviderAnswerUnreadable`, the last possibly after rows.
        """
        # httpx leaves raw exceptions with the URL in them as context, so nothing of theirs is chained.
        try:
            with self._http.stream(
                "GET",
                self._address.url,
                params=self._parameters(first, last),
                follow_redirects=False,
                extensions={"trace": self._refuse_after(leave_by)},
            ) as response:
                _check(response)
                for element in _row_elements(_Body(response, time.monotonic() + self._most_seconds)):
                    yield self._row(element)
        except httpx.TimeoutException:
            raise ProviderUnavailable("the feed did not answer in time") from None
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"the feed's connection failed: {type(error).__name__}") from None

    def _parameters(self, first: date, last: date) -> dict[str, str]:
        return {
            self._address.account_parameter: self._account.account_id,
            self._address.password_parameter: self._password(),
            self._address.first_parameter: first.isoformat(),
            self._address.last_parameter: last.isoformat(),
        }

    def _refuse_after(self, leave_by: datetime) -> Any:
        """Stop the request if connecting took so long that its claim no longer covers it."""

        def trace(event: str, _: Mapping[str, Any]) -> None:
            if event.endswith(_REQUEST_LEAVES) and self._clock.now() > leave_by:
                raise RequestTooLate("connecting to the feed took too long")

        return trace

    def _row(self, element: Element) -> Report | Unreadable:
        try:
            return row_report(self._account, self._words, self._direction, _given(element))
        except MalformedInput as error:
            raw = tostring(element)
            return Unreadable(
                origin=f"greenfax-feed-{self._direction}",
                problem=str(error),
                raw=raw[:_MOST_RAW_BYTES],
                is_truncated=len(raw) > _MOST_RAW_BYTES,
            )


def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status == _TOO_MANY_REQUESTS or status >= 500:
        raise ProviderUnavailable(f"the feed answered {status}")
    if status != httpx.codes.OK:
        raise ProviderRefused("the feed", str(status))
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise ProviderAnswerUnreadable("the feed is compressed, which was not asked for")


class _Body:
    """A response's body as the file that an XML parser reads; one that is too long or too slow is refused.

    A server that drips satisfies any timeout of single reads, so `end`, on the monotonic clock, bounds all.
    """

    def __init__(self, response: httpx.Response, end: float) -> None:
        self._chunks = response.iter_raw()
        self._end = end
        self._read = 0
        self._read_since_row = 0

    def read(self, _: int = -1) -> bytes:
        chunk = next(self._chunks, b"")
        self._read += len(chunk)
        self._read_since_row += len(chunk)
        if self._read > _MOST_BYTES or self._read_since_row > _MOST_ROW_BYTES:
            raise ProviderAnswerUnreadable("the feed, or a row of it, is too large")
        if time.monotonic() > self._end:
            raise ProviderUnavailable("the feed did not come to its end in time")
        return chunk

    def row_is_done(self) -> None:
        self._read_since_row = 0


def _row_elements(body: _Body) -> Iterator[Element]:
    """The elements that are rows: below the root, with fields of their own and no row inside.

    Each is cut off after it was looked at, so that memory does not grow with the feed.
    """
    open_elements: list[Element] = []
    holds_row: list[bool] = []
    has_faxes = has_words = False
    try:
        for event, element in iterparse(body, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                open_elements.append(element)
                holds_row.append(False)
                if len(open_elements) > _DEEPEST:
                    raise ProviderAnswerUnreadable("the feed is nested too deeply")
                continue
            open_elements.pop()
            is_wrapper = holds_row.pop()
            has_words = has_words or _has_words(element)
            if not open_elements:
                continue
            meanings = frozenset() if is_wrapper else _meanings_in(element)
            if meanings:
                # One field alone may be anybody's: an error with an id, a page for people.
                has_faxes = has_faxes or len(meanings) > 1
                holds_row = [True] * len(holds_row)
                yield element
            if meanings or len(open_elements) == 1:
                open_elements[-1].remove(element)
                body.row_is_done()
    # LookupError: an encoding that Python does not know.
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise ProviderAnswerUnreadable(f"the feed is not XML as agreed: {type(error).__name__}") from None
    if has_words and not has_faxes:
        # An empty feed holds no words; this is an error, a page for people, or rows that nobody recognises.
        raise ProviderAnswerUnreadable("the feed holds something else than faxes")


def _given(element: Element) -> dict[str, str]:
    """A row as given; raises `MalformedInput` for a field of meaning given twice with different values."""
    given: dict[str, str] = {}
    children = [(child.tag, child.text or "") for child in element]
    for name, text in [*element.attrib.items(), *children]:
        if given.setdefault(_local(name), text) != text and meanings_of([name]):
            raise MalformedInput("row", "has a field twice with different values")
    return given


def _has_words(element: Element) -> bool:
    return bool((element.text or "").strip()) or _local(element.tag).lower() in _ERROR_ELEMENTS


def _meanings_in(element: Element) -> frozenset[str]:
    return meanings_of([*element.attrib, *(child.tag for child in element)])


def _local(name: str) -> str:
    return name.rpartition("}")[2]
