"""What the reading of a feed costs at most: time, memory, and never a request that comes too late."""

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from faxledger.domain.coverage import Days
from faxledger.domain.fax import Direction
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import AnswerLost, ProviderAnswerUnreadable, RequestTooLate, SettingMissing
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.feed import FeedAddress, FeedWords, GreenFaxFeed, http_client
from faxledger.providers.greenfax.status import StatusWords
from tests.support.bundle_on_moto import BundleClock
from tests.support.scripted_server import http, scripted_server

DAYS = Days(date(2026, 11, 16), date(2026, 11, 22))
ROW = (
    b"<fax><job_id>%d</job_id><status>sent</status><fax_number>12025550100</fax_number><pages>1</pages></fax>"
)


def feed(url: str, client: httpx.Client | None = None, most_seconds: float = 600) -> GreenFaxFeed:
    return GreenFaxFeed(
        FeedAddress(url, "accountid", "password", "startdate", "enddate"),
        GreenFaxAccount("12345", ZoneInfo("America/New_York")),
        lambda: "not-a-secret",
        FeedWords(StatusWords(frozenset({"sent"}), frozenset()), frozenset()),
        Direction.OUTBOUND,
        client or http_client(),
        BundleClock(),
        most_seconds,
    )


def window(feed: GreenFaxFeed) -> Iterator[Report | Unreadable]:
    leave_by = BundleClock().now() + timedelta(seconds=5)
    return (row.read() for row in feed.ready().window(DAYS, leave_by=leave_by))


def streamed(pieces: Callable[[], Iterator[bytes]]) -> GreenFaxFeed:
    """A feed whose answer comes piece by piece and is never whole in memory."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=pieces()))
    return feed("https://feed.example", httpx.Client(transport=answer))


def test_30_000_rows_take_no_more_memory_than_a_few() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<faxes>"
        for start in range(0, 30_000, 500):
            yield b"\n".join(ROW % number for number in range(start, start + 500))
        yield b"</faxes>"

    tracemalloc.start()
    try:
        assert sum(1 for _ in window(streamed(pieces))) == 30_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.parametrize("start", [b"<faxes><fax><note>", b"<faxes><fax note='", b"<faxes><!--", b"<faxes>"])
def test_an_element_without_end_is_broken_off(start: bytes) -> None:
    def pieces() -> Iterator[bytes]:
        yield start
        while True:
            yield b"x" * 65_536

    with pytest.raises(ProviderAnswerUnreadable):
        list(window(streamed(pieces)))


def test_elements_that_are_no_rows_do_not_pile_up() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<faxes><wrapper>"
        while True:
            yield b"<other/>" * 8_192

    with pytest.raises(ProviderAnswerUnreadable, match="too large"):
        list(window(streamed(pieces)))


@pytest.mark.parametrize("drop", [b" ", b"<fax><job_id>7</job_id><status>sent</status></fax>"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_feed_that_drips_is_broken_off(drop: bytes, *, is_chunked: bool) -> None:
    with scripted_server() as server:
        start = b"<faxes>" + ROW % 1
        if is_chunked:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(start), start)
            drop = b"%x\r\n%b\r\n" % (len(drop), drop)
        else:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + start
        server.answer("", server.drip(head, drop))
        rows = window(feed(server.url, most_seconds=1))
        assert isinstance(next(rows), Report)
        with pytest.raises(AnswerLost, match="in time"):
            list(rows)


def test_a_request_that_would_leave_too_late_is_not_made() -> None:
    with scripted_server() as server:
        server.answer("", http("<faxes/>"))
        too_late = BundleClock().now() - timedelta(seconds=1)
        with pytest.raises(RequestTooLate):
            list(feed(server.url).ready().window(DAYS, leave_by=too_late))
        assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://www.greenfax.example/feed",
        "ftp://www.greenfax.example",
        "https://user:word@greenfax.example",
        "https:///feed",
    ],
)
def test_the_password_goes_over_https_or_nowhere(url: str) -> None:
    with pytest.raises(SettingMissing, match="GreenFax URL"):
        feed(url)


@pytest.mark.parametrize(
    "url",
    ["https://www.greenfax.example/feed", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"],
)
def test_this_very_machine_may_do_without(url: str) -> None:
    feed(url)
