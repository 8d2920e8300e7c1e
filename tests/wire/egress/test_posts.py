"""Where webhooks may go: https, public addresses, no redirects, and no longer than 15 seconds."""

from collections.abc import Iterator

import pytest

from faxledger.egress.posts import Posted, PostLimits, Posts
from faxledger.egress.urls import UrlRule
from faxledger.errors import AddressRefused, DeliveryFailed
from tests.support.tls_server import (
    PUBLIC_ADDRESS,
    Drip,
    Internet,
    Names,
    TlsServer,
    answered,
    tls_server,
)
from tests.unit.egress.test_public_addresses import NOT_PUBLIC
from tests.unit.egress.test_urls import NUMBERS, REFUSED

USUAL = PostLimits()
URL = "https://www.greenfax.com/hook?key=1"
ADDRESSES = [address for group in NOT_PUBLIC.values() for address in group]
# Whatever is refused for its host's sake alone is allowed here: a webhook may be anybody's.
SPELLINGS = [
    url
    for group, urls in REFUSED.items()
    if group != "hosts that only look allowed"
    for url in urls
    if "evil.example#" not in url
] + [f"https://{number}/hook" for number in NUMBERS]


@pytest.fixture(scope="module")
def one_server() -> Iterator[TlsServer]:
    with tls_server() as server:
        yield server


@pytest.fixture
def server(one_server: TlsServer) -> TlsServer:
    one_server.answers[:] = [answered(204)]
    one_server.asked.clear()
    return one_server


def post(
    server: TlsServer,
    url: str = URL,
    *,
    names: Names | None = None,
    internet: Internet | None = None,
    limits: PostLimits = USUAL,
) -> Posted:
    posts = Posts(UrlRule(None), limits, server.wire(names, internet))
    return posts.post(url, b"{}", {"webhook-id": "1"})


def test_the_tables_are_long_enough() -> None:
    assert len(set(ADDRESSES)) + len(set(SPELLINGS)) >= 60


def test_a_document_is_posted_to_the_name_at_the_address_that_was_checked(server: TlsServer) -> None:
    names, internet = Names([PUBLIC_ADDRESS], ["127.0.0.1"]), server.network()
    assert post(server, names=names, internet=internet) == Posted(204, "")
    assert (names.asked, internet.dialled) == (["www.greenfax.com"], [f"{PUBLIC_ADDRESS}:443"])
    (request,) = server.asked
    head = [line.lower() for line in request.splitlines()]
    assert head[0] == "post /hook?key=1 http/1.1"
    assert {"host: www.greenfax.com", "webhook-id: 1", "content-length: 2"} <= set(head)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_not_public_is_never_dialled(server: TlsServer, address: str) -> None:
    internet = server.network()
    with pytest.raises(AddressRefused):
        post(server, names=Names([address]), internet=internet)
    assert internet.dialled == []


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_spelling_that_is_not_plain_is_not_even_resolved(server: TlsServer, url: str) -> None:
    names = Names([PUBLIC_ADDRESS])
    with pytest.raises(AddressRefused):
        post(server, url, names=names)
    assert names.asked == []


def test_of_two_addresses_only_the_public_one_is_dialled(server: TlsServer) -> None:
    internet = server.network()
    post(server, names=Names(["169.254.169.254", PUBLIC_ADDRESS]), internet=internet)
    assert internet.dialled == [f"{PUBLIC_ADDRESS}:443"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(server: TlsServer, status: int) -> None:
    server.answers[:] = [answered(status, Location="https://www.greenfax.com/elsewhere")]
    internet = server.network()
    assert post(server, internet=internet).status == status
    assert len(internet.dialled) == 1


def test_of_an_endless_answer_only_the_head_is_read(server: TlsServer) -> None:
    endless = Drip([answered(200, Content_Length="999999999"), *[b"x" * 65536] * 50], 0.01)
    server.answers[:] = [endless]
    assert post(server).status == 200


def test_retry_after_is_handed_on(server: TlsServer) -> None:
    server.answers[:] = [answered(429, Retry_After="120")]
    assert post(server) == Posted(429, "120")


def test_a_head_that_drips_is_cut_off_when_the_time_is_over(server: TlsServer) -> None:
    server.answers[:] = [Drip([b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 60], 0.05)]
    with pytest.raises(DeliveryFailed, match="in time"):
        post(server, limits=PostLimits(connect=600, read=600, whole=0.6))


def test_the_whole_exchange_has_15_seconds() -> None:
    assert PostLimits() == PostLimits(connect=5, read=15, whole=15)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"", "not HTTP"),
        (b"SMTP ready\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000, "not HTTP|connection"),
    ],
)
def test_what_is_no_answer_is_a_failure(server: TlsServer, answer: bytes, problem: str) -> None:
    server.answers[:] = [answer]
    with pytest.raises(DeliveryFailed, match=problem):
        post(server)


def test_a_certificate_of_somebody_else_is_a_failure(server: TlsServer) -> None:
    with pytest.raises(DeliveryFailed, match="connection"):
        post(server, "https://other.example.org/hook")
    assert server.asked == []


def test_a_receiver_that_is_not_there_is_a_failure(server: TlsServer) -> None:
    internet = server.network()
    internet.dead = {PUBLIC_ADDRESS}
    with pytest.raises(DeliveryFailed, match="connection"):
        post(server, internet=internet)
