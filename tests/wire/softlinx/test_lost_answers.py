"""A send is never repeated on its own, and one of which nobody knows is never taken for one that failed."""

import socket
import traceback

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import (
    AnswerLost,
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient
from faxledger.providers.softlinx.rest import SoftlinxRest
from faxledger.providers.softlinx.transport import Limits
from tests.support.scripted_server import Answer, ScriptedServer, http
from tests.wire.softlinx.hurry import A_CONNECTION_IS_CUT_SHORT, A_READ_IS_CUT_SHORT
from tests.wire.softlinx.speakers import Call, Rest, Soap, Speaker

ORDER = FaxOrder(
    recipients=(FaxRecipient("2065550100", name="Jane Canary"),),
    documents=(Document.of_bytes(b"%PDF", file_name="Jane Canary.pdf"),),
)
ECHO = "canary-password 2065550100 Jane Canary"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

LOST: dict[str, Answer] = {
    "hung up": lambda _: None,
    "cut off": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<a>"),
    "not HTTP": f"{ECHO}\r\n\r\n".encode(),
    "bad chunk": CHUNKED + b"xyz\r\n",
    "HTML with 200": http(f"<html>{ECHO}</html>"),
    "empty": http(""),
    "truncated JSON": http('{"RequestStatus": {"StatusCode', content_type="application/json"),
    "JSON without a status": http("{}", content_type="application/json"),
    "rows that are none": http(
        '{"RequestStatus": {"StatusCode": 0}, "FaxInfo": "x"}', content_type="application/json"
    ),
    "too large": http(" " * 1_000_001),
    "compressed": http("x", headers="Content-Encoding: gzip\r\n"),
    "redirect": http(ECHO, status="302 Found", headers="Location: /elsewhere\r\n"),
    "see other": http(ECHO, status="303 See Other", headers="Location: /elsewhere\r\n"),
    "error": http(ECHO, status="500 Internal Server Error"),
    "bad gateway": http(ECHO, status="502 Bad Gateway"),
    "overloaded": http(ECHO, status="503 Service Unavailable"),
    "gateway timeout": http(ECHO, status="504 Gateway Timeout"),
}
KNOWN: dict[str, tuple[bytes, type[ProviderError]]] = {
    "bad request": (http(ECHO, status="400 Bad Request"), ProviderAnswerUnreadable),
    "too large": (http(ECHO, status="413 Payload Too Large"), ProviderAnswerUnreadable),
    "unauthorised": (http(ECHO, status="401 Unauthorized"), LoginRefused),
    "too slow": (http(ECHO, status="408 Request Timeout"), ProviderUnavailable),
    "too many": (http(ECHO, status="429 Too Many Requests"), ProviderUnavailable),
}


def failure_of(api: SoftlinxApi) -> ProviderError:
    with api.session(patience=30) as session, pytest.raises(ProviderError) as raised:
        session.send(ORDER)
    return raised.value


@pytest.mark.parametrize("case", LOST)
def test_whatever_leaves_it_open_is_a_lost_answer(speaker: Speaker, case: str) -> None:
    speaker.says(Call.SEND, LOST[case])

    error = failure_of(speaker.api)

    assert type(error) is AnswerLost
    shown = "".join(traceback.format_exception(error))
    assert not any(word in shown for word in ECHO.split())
    assert speaker.asked(Call.SEND) == 1


@pytest.mark.parametrize("case", KNOWN)
def test_what_says_that_nothing_was_done_is_none(speaker: Speaker, case: str) -> None:
    answer, expected = KNOWN[case]
    speaker.says(Call.SEND, answer)

    assert type(failure_of(speaker.api)) is expected
    assert speaker.asked(Call.SEND) == 1


def test_a_refusal_is_a_refusal(speaker: Speaker) -> None:
    speaker.says(Call.SEND, speaker.refusal(Call.SEND, "4", ECHO))

    assert type(failure_of(speaker.api)) is ProviderRefused


@A_READ_IS_CUT_SHORT
def test_silence_is_a_lost_answer(speaker: Speaker) -> None:
    speaker.says(Call.SEND, speaker.server.silence())

    assert type(failure_of(speaker.api)) is AnswerLost
    assert speaker.asked(Call.SEND) == 1


def test_a_fault_of_the_server_may_come_after_the_work(soap: Soap) -> None:
    fault = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        "<faultcode>s:{}</faultcode></s:Fault></s:Body></s:Envelope>"
    )
    soap.server.answer("SendFax", http(fault.format("Server"), status="500 x"))
    assert type(failure_of(soap.api)) is AnswerLost

    soap.server.answer("SendFax", http(fault.format("Client"), status="500 x"))
    assert type(failure_of(soap.api)) is ProviderRefused


@A_CONNECTION_IS_CUT_SHORT
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_where_nothing_could_be_sent_nothing_is_lost(
    server: ScriptedServer, limits: Limits, scheme: str
) -> None:
    """Nobody listens there, or somebody who speaks no TLS."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        url = f"http://127.0.0.1:{port}" if scheme == "http" else server.rest_url.replace("http:", "https:")
        api = SoftlinxRest(url=url, realm="acme", credentials=lambda: ("admin", "p"), limits=limits)
        with api.session() as session, pytest.raises(ProviderError) as raised:
            session.send(ORDER)

    assert type(raised.value) is ProviderUnavailable
    assert server.asked == []


def test_a_resend_that_gets_no_answer_is_lost_too(rest: Rest) -> None:
    row = {"FaxId": "34"}
    rest.says(Call.RESEND, http("<html/>"), rest.rows(Call.RESEND, row, {"FaxId": "35"}), lambda _: None)

    with rest.api.session(patience=30) as session:
        for _ in range(3):
            with pytest.raises(AnswerLost):
                session.resend("33")
    assert rest.asked(Call.RESEND) == 3


def test_what_can_be_asked_again_is_while_patience_lasts(speaker: Speaker) -> None:
    speaker.says(Call.MARK, http("", status="503 x"), lambda _: None, speaker.rows(Call.MARK))

    with speaker.api.session(patience=30) as session:
        session.mark(Direction.OUTBOUND, "33")
    assert speaker.asked(Call.MARK) == 3


def test_patience_ends(speaker: Speaker) -> None:
    speaker.says(Call.MARK, http("", status="503 x", headers="Retry-After: 60\r\n"))

    with speaker.api.session(patience=20) as session, pytest.raises(ProviderUnavailable):
        session.mark(Direction.OUTBOUND, "33")
    assert speaker.asked(Call.MARK) == 1
