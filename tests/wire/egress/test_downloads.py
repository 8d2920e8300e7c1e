"""Fetching from an address that somebody outside has named: what is dialled, and what is taken."""

import logging
from collections.abc import Iterator, Sequence
from threading import Event

import httpcore
import pytest

from faxledger.egress.dialling import addresses_of
from faxledger.egress.downloads import DownloadLimits, Downloads
from faxledger.egress.exchanges import Wire
from faxledger.egress.public_addresses import IpAddress
from faxledger.egress.urls import UrlRule
from faxledger.errors import (
    AddressRefused,
    FaxledgerError,
    ProviderAnswerUnreadable,
    ProviderRefused,
    ProviderUnavailable,
)
from tests.support.patience import PATIENCE_SECONDS
from tests.support.tls_server import (
    PUBLIC_ADDRESS,
    Drip,
    Internet,
    Names,
    TlsServer,
    answered,
    tls_server,
)

RULE = UrlRule(frozenset({"greenfax.com", "example.org"}))
SECRET = "s3cr3t-document-key"
URL = f"https://www.greenfax.com/documents/1.pdf?key={SECRET}"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 300
USUAL = DownloadLimits()
# Only the whole is soon over: each read is in time, on a busy machine too.
HURRIED = DownloadLimits(connect=600, read=600, whole=1.2)


@pytest.fixture(scope="module")
def one_server() -> Iterator[TlsServer]:
    with tls_server() as server:
        yield server


@pytest.fixture
def server(one_server: TlsServer) -> TlsServer:
    one_server.answers[:] = [answered(body=PDF)]
    one_server.asked.clear()
    return one_server


def fetch(
    server: TlsServer,
    url: str = URL,
    *,
    names: Names | None = None,
    internet: Internet | None = None,
    limits: DownloadLimits = USUAL,
) -> bytes:
    with Downloads(RULE, limits, server.wire(names, internet)).get(url) as chunks:
        return b"".join(chunks)


def test_a_document_is_fetched_byte_for_byte_and_asked_for_by_its_name(server: TlsServer) -> None:
    internet = server.network()
    assert fetch(server, internet=internet) == PDF
    assert internet.dialled == [f"{PUBLIC_ADDRESS}:443"]
    (request,) = server.asked
    head = request.splitlines()
    assert head[0] == f"GET /documents/1.pdf?key={SECRET} HTTP/1.1"
    assert "host: www.greenfax.com" in [line.lower() for line in head]


def test_a_document_in_chunks_is_whole_when_its_last_chunk_has_come(server: TlsServer) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (PDF[:10], PDF[10:]))
    head = answered(Content_Length="", Transfer_Encoding="chunked")
    server.answers[:] = [head + chunks + b"0\r\n\r\n", head + chunks]
    assert fetch(server) == PDF
    with pytest.raises(ProviderAnswerUnreadable, match="broke off"):
        fetch(server)


# --- what is dialled -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%1"],
)
def test_a_name_of_a_private_address_is_refused_and_nobody_is_dialled(
    server: TlsServer, address: str
) -> None:
    internet = server.network()
    with pytest.raises(AddressRefused, match="no public address"):
        fetch(server, names=Names([address]), internet=internet)
    assert internet.dialled == []


def test_the_address_that_was_checked_is_the_one_that_is_dialled(server: TlsServer) -> None:
    names, internet = Names([PUBLIC_ADDRESS], ["127.0.0.1"]), server.network()
    assert fetch(server, names=names, internet=internet) == PDF
    assert names.asked == ["www.greenfax.com"]
    assert internet.dialled == [f"{PUBLIC_ADDRESS}:443"]


def test_of_several_addresses_only_the_public_ones_are_tried_until_one_answers(server: TlsServer) -> None:
    internet = server.network()
    internet.dead = {"8.8.8.8"}
    assert fetch(server, names=Names(["10.0.0.1", "8.8.8.8", "1.1.1.1"]), internet=internet) == PDF
    assert internet.dialled == ["8.8.8.8:443", "1.1.1.1:443"]


def test_a_host_off_the_list_is_not_even_resolved(server: TlsServer) -> None:
    names = Names([PUBLIC_ADDRESS])
    with pytest.raises(AddressRefused):
        fetch(server, "https://evil.example/1.pdf", names=names)
    assert names.asked == []


def test_a_server_without_the_name_s_certificate_gets_no_request(server: TlsServer) -> None:
    with pytest.raises(ProviderUnavailable):
        fetch(server, "https://example.org/1.pdf")
    assert server.asked == []


def test_a_name_without_an_address_may_have_one_later() -> None:
    def nobody(_: str) -> Sequence[IpAddress]:
        raise httpcore.ConnectError

    for resolve in (nobody, Names([])):
        downloads = Downloads(RULE, wire=Wire(resolve))
        with pytest.raises(ProviderUnavailable), downloads.get(URL):
            pass


def test_a_resolver_that_does_not_come_to_an_end_is_left_behind() -> None:
    is_over = Event()

    def slow(_: str) -> Sequence[IpAddress]:
        is_over.wait(PATIENCE_SECONDS)
        return []

    downloads = Downloads(RULE, DownloadLimits(connect=0.1), Wire(slow))
    with pytest.raises(ProviderUnavailable, match="in time"), downloads.get(URL):
        pass
    is_over.set()


@pytest.mark.parametrize("spelling", ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "::1"])
def test_the_system_s_resolver_knows_a_number_for_what_it_is(spelling: str) -> None:
    assert all(address.is_loopback for address in addresses_of(spelling))


# --- redirects -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/2.pdf", "https://cdn.greenfax.com/2.pdf", "//cdn.greenfax.com/2.pdf"])
def test_a_redirect_on_the_list_is_followed_and_resolved_anew(
    server: TlsServer, status: int, location: str
) -> None:
    server.answers[:] = [answered(status, Location=location), answered(body=PDF)]
    names = Names([PUBLIC_ADDRESS])
    assert fetch(server, names=names) == PDF
    assert server.asked[1].startswith("GET /2.pdf ")
    assert len(names.asked) == 2


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/2.pdf",
        "//evil.example/2.pdf",
        "http://www.greenfax.com/2.pdf",
        "https://www.greenfax.com:8443/2.pdf",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[",
        "file:///etc/passwd",
        "https://www.greenfax.com@evil.example/",
    ],
)
def test_a_redirect_off_the_list_is_not_followed(server: TlsServer, location: str) -> None:
    server.answers[:] = [answered(302, Location=location), answered(body=PDF)]
    with pytest.raises(AddressRefused):
        fetch(server)
    assert len(server.asked) == 1


def test_a_redirect_to_a_name_that_is_private_by_now_is_refused(server: TlsServer) -> None:
    server.answers[:] = [answered(302, Location="/2.pdf"), answered(body=PDF)]
    with pytest.raises(AddressRefused):
        fetch(server, names=Names([PUBLIC_ADDRESS], ["10.0.0.1"]))
    assert len(server.asked) == 1


@pytest.mark.parametrize("location", ["/1.pdf", ""])
def test_redirects_come_to_an_end(server: TlsServer, location: str) -> None:
    server.answers[:] = [answered(302, Location=location)]
    with pytest.raises(ProviderAnswerUnreadable, match="too many redirects"):
        fetch(server)
    assert len(server.asked) == 4


# --- what is taken ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (answered(404), ProviderRefused),
        (answered(403), ProviderRefused),
        (answered(401), ProviderRefused),
        (answered(204), ProviderRefused),
        (answered(206, PDF), ProviderRefused),
        (answered(300, Location="/2.pdf"), ProviderRefused),
        (answered(429), ProviderUnavailable),
        (answered(500), ProviderUnavailable),
        (answered(503), ProviderUnavailable),
        (answered(body=PDF, Content_Encoding="gzip"), ProviderAnswerUnreadable),
        (answered(body=PDF, Content_Encoding="br, identity"), ProviderAnswerUnreadable),
        (answered(body=PDF, Content_Length=str(len(PDF) + 1)), ProviderAnswerUnreadable),
        (answered(body=PDF, Content_Length=""), ProviderAnswerUnreadable),
        (answered(body=PDF, Content_Length="-1"), ProviderAnswerUnreadable),
        (b"HTTP/1.1 200 x\r\n" + b"A: b\r\n" * 100_000, ProviderAnswerUnreadable),
        (b"220 mail.greenfax.com ESMTP\r\n", ProviderAnswerUnreadable),
        (b"", ProviderAnswerUnreadable),
    ],
    ids=range(17),
)
def test_what_is_no_whole_document_is_none(
    server: TlsServer, answer: bytes, error: type[FaxledgerError]
) -> None:
    server.answers[:] = [answer]
    with pytest.raises(error):
        fetch(server)


@pytest.mark.parametrize("has_length", [True, False])
def test_a_document_over_the_cap_is_not_taken_to_its_end(
    server: TlsServer,
    has_length: bool,  # noqa: FBT001
) -> None:
    body = PDF if has_length else b"%x\r\n%b\r\n0\r\n\r\n" % (len(PDF), PDF)
    whole = answered(body=body)
    chunked = answered(body=body, Content_Length="", Transfer_Encoding="chunked")
    server.answers[:] = [whole if has_length else chunked]
    with pytest.raises(ProviderAnswerUnreadable, match="larger than 20000 bytes"):
        fetch(server, limits=DownloadLimits(most_bytes=20_000))
    assert fetch(server, limits=DownloadLimits(most_bytes=len(PDF))) == PDF


def test_a_document_that_is_said_to_be_over_the_cap_is_not_even_begun(server: TlsServer) -> None:
    server.answers[:] = [answered(Content_Length=str(10**12))]
    with pytest.raises(ProviderAnswerUnreadable, match="larger than"):
        fetch(server)


@pytest.mark.parametrize("part", ["head", "body", "chunks"])
def test_a_server_that_drips_is_left_when_the_whole_time_is_up(server: TlsServer, part: str) -> None:
    drips = {
        "head": (b"HTTP/1.1 200 x\r\n", b"A: b\r\n"),
        "body": (answered(Content_Length="100000"), b"x"),
        "chunks": (answered(Content_Length="", Transfer_Encoding="chunked"), b"1\r\nx\r\n"),
    }
    first, drop = drips[part]
    server.answers[:] = [Drip([first, *[drop] * 200], pause=0.1)]
    with pytest.raises(ProviderUnavailable, match="in time"):
        fetch(server, limits=HURRIED)


def test_redirects_and_answers_share_the_whole_time(server: TlsServer) -> None:
    head = answered(302, Location="/1.pdf")
    server.answers[:] = [Drip([head[:10], head[10:20], head[20:]], pause=0.3)]
    with pytest.raises(ProviderUnavailable, match="in time"):
        fetch(server, limits=HURRIED)


# --- what is told ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        answered(404, SECRET.encode()),
        answered(302, Location=f"https://evil.example/{SECRET}"),
        answered(302, Location=f"/{SECRET}"),
        answered(body=SECRET.encode(), Content_Length="99"),
        f"HTTP/1.1 {SECRET}\r\n\r\n".encode(),
    ],
)
def test_nothing_of_the_address_or_the_answer_is_told(
    server: TlsServer, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers[:] = [answer]
    with pytest.raises(FaxledgerError) as raised:
        fetch(server)
    told: BaseException | None = raised.value
    while told is not None:
        assert SECRET not in str(told)
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    assert SECRET not in caplog.text
