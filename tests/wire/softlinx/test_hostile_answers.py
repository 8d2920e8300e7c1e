"""Whatever the server does, a call ends soon, in a typed error, and shows nothing it should not."""

import gzip
import logging
import socket
import traceback

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import (
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.providers.softlinx.api import Selection
from faxledger.providers.softlinx.soap import SoftlinxSoap
from faxledger.providers.softlinx.transport import Limits
from tests.support.scripted_server import OK, Answer, ScriptedServer, http, output
from tests.wire.softlinx.hurry import (
    A_CONNECTION_IS_CUT_SHORT,
    A_LOGOUT_IS_CUT_SHORT,
    A_READ_IS_CUT_SHORT,
    AN_EXCHANGE_IS_CUT_SHORT,
)

CANARIES = ("canary-password", "2065550100", "token-1", "Jane Canary")
# What an angry server might echo, in every place that has room for it.
ECHO = "canary-password 2065550100 token-1 Jane Canary"

MEGABYTE = 1024 * 1024


def fault(code: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>{code}</faultcode><faultstring>{ECHO}</faultstring><detail>{ECHO}</detail>"
        "</s:Fault></s:Body></s:Envelope>"
    )


def ask(account: SoftlinxSoap) -> ProviderError:
    with pytest.raises(ProviderError) as raised, account.session() as session:
        list(session.query(Direction.OUTBOUND, Selection(status="sent")))
    return raised.value


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# Both would be good answers if they were let in.
LARGE = output("QuerySendFax", OK + " " * (5 * MEGABYTE)).partition(b"\r\n\r\n")[2]
GOOD = output("QuerySendFax").partition(b"\r\n\r\n")[2].decode()
UTF_7 = GOOD.replace("<", "+ADw-").replace(">", "+AD4-")
BOMB = gzip.compress(LARGE + b" " * (50 * MEGABYTE))
CASES: dict[str, tuple[Answer, type[ProviderError]]] = {
    "fault with 200": (http(fault("s:Client")), ProviderRefused),
    "fault with 500": (http(fault("s:Client"), status="500 Internal Server Error"), ProviderRefused),
    "server fault": (http(fault("s:Server"), status="500 Internal Server Error"), ProviderUnavailable),
    "fault with words for a code": (http(fault(ECHO)), ProviderAnswerUnreadable),
    "refusal with 200": (
        output(
            "QuerySendFax",
            f"<RequestStatus><StatusCode>9</StatusCode><StatusText>{ECHO}</StatusText></RequestStatus>",
        ),
        ProviderRefused,
    ),
    "words for a StatusCode": (
        output("QuerySendFax", f"<RequestStatus><StatusCode>{ECHO}</StatusCode></RequestStatus>"),
        ProviderAnswerUnreadable,
    ),
    "words for a boolean": (
        output(
            "QuerySendFax",
            "<RequestStatus><StatusCode>0</StatusCode></RequestStatus>"
            f"<HasMoreResults>{ECHO}</HasMoreResults>",
        ),
        ProviderAnswerUnreadable,
    ),
    "no RequestStatus": (output("QuerySendFax", f"<FaxInfo>{ECHO}</FaxInfo>"), ProviderAnswerUnreadable),
    "HTML with 200": (http(f"<html>{ECHO}</html>"), ProviderAnswerUnreadable),
    "truncated XML": (http(output("QuerySendFax", ECHO)[:-30]), ProviderAnswerUnreadable),
    "document type": (http(f'<!DOCTYPE x [<!ENTITY e "{ECHO}">]><x>&e;</x>'), ProviderAnswerUnreadable),
    "entity bomb": (
        http(
            f'<!DOCTYPE x [<!ENTITY a "{ECHO * 10}"><!ENTITY b "{"&a;" * 10}"><!ENTITY c "{"&b;" * 10}">]>'
            f"<x>{'&c;' * 10}</x>"
        ),
        ProviderAnswerUnreadable,
    ),
    "a file of ours": (
        http('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>'),
        ProviderAnswerUnreadable,
    ),
    "another root": (http(f"<x>{ECHO}</x>"), ProviderAnswerUnreadable),
    "two roots": (http(GOOD + GOOD), ProviderAnswerUnreadable),
    "UTF-7": (http(f'<?xml version="1.0" encoding="utf-7"?>{UTF_7}'), ProviderAnswerUnreadable),
    "UTF-7 by the content type": (
        http(UTF_7, content_type="text/xml; charset=utf-7"),
        ProviderAnswerUnreadable,
    ),
    "the answer to another question": (output("QueryReceiveFax"), ProviderAnswerUnreadable),
    "a nil status": (
        output(
            "QuerySendFax",
            '<RequestStatus xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>',
        ),
        ProviderAnswerUnreadable,
    ),
    "redirect": (
        http(ECHO, status="302 Found", headers=f"Location: https://example.com/{ECHO}\r\n"),
        ProviderAnswerUnreadable,
    ),
    "redirect to itself": (
        http(ECHO, status="307 Temporary Redirect", headers="Location: /softlinx/replixfax/wsapi\r\n"),
        ProviderAnswerUnreadable,
    ),
    "unauthorised": (http(ECHO, status="401 Unauthorized"), LoginRefused),
    "too many requests": (http(ECHO, status="429 Too Many Requests"), ProviderUnavailable),
    "bad gateway": (http(ECHO, status=f"502 {ECHO}", headers=f"X-Echo: {ECHO}\r\n"), ProviderUnavailable),
    "5 MB": (http(LARGE), ProviderAnswerUnreadable),
    "5 MB without saying so": (
        CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(LARGE), LARGE),
        ProviderAnswerUnreadable,
    ),
    "gzip bomb": (http(BOMB, headers="Content-Encoding: gzip\r\n"), ProviderAnswerUnreadable),
    "deflate": (http(BOMB[:99], headers="Content-Encoding: Deflate\r\n"), ProviderAnswerUnreadable),
    "gzip as another type": (http(BOMB[:1000]), ProviderAnswerUnreadable),
    "not HTTP": (f"{ECHO}\r\n\r\n".encode(), ProviderUnavailable),
    "no such header": (f"HTTP/1.1 200 OK\r\n{ECHO}\x01\r\n\r\n".encode(), ProviderUnavailable),
    "endless headers": (b"HTTP/1.1 200 OK\r\nX: " + ECHO.encode() * 10_000, ProviderUnavailable),
    "cut off": (
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<a>"),
        ProviderAnswerUnreadable,
    ),
    "bad chunk": (CHUNKED + f"{ECHO}\r\n".encode(), ProviderAnswerUnreadable),
    "hung up": (lambda _: None, ProviderUnavailable),
}


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_answer_ends_in_a_typed_error_that_shows_nothing(
    server: ScriptedServer, account: SoftlinxSoap, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, expected = CASES[case]
    server.answer("QuerySendFax", answer)

    error = ask(account)

    assert type(error) is expected
    # What can't be read is asked for in pages of two, then of one, and so from the other end.
    times = 4 if expected is ProviderAnswerUnreadable else 1
    assert server.operations() == ["Login", *["QuerySendFax"] * times, "Logout"]
    shown = [str(error), repr(error), *traceback.format_exception(error), caplog.text]
    shown += [str(vars(record)) for record in caplog.records]
    assert [canary for canary in CANARIES for text in shown if canary in text] == []
    assert error.__context__ is None
    assert error.__cause__ is None


def test_a_refusal_at_login_shows_nothing(
    server: ScriptedServer, account: SoftlinxSoap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer("Login", http(fault("s:Client"), status="500 Internal Server Error"))

    error = ask(account)

    assert isinstance(error, LoginRefused)
    shown = "".join([repr(error), *traceback.format_exception(error), caplog.text])
    assert [canary for canary in CANARIES if canary in shown] == []
    assert server.operations() == ["Login"]


def test_a_call_that_succeeds_logs_nothing_of_its_content(
    server: ScriptedServer, account: SoftlinxSoap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="zeep")
    status = "<RequestStatus><StatusCode>0</StatusCode></RequestStatus>"
    row = "<FaxInfo><FaxNumber>2065550100</FaxNumber><RcptInfo>Jane Canary</RcptInfo></FaxInfo>"
    server.answer("QuerySendFax", output("QuerySendFax", status + row))

    with account.session() as session:
        pages = list(session.query(Direction.OUTBOUND))

    assert pages[0].rows == ({"FaxNumber": "2065550100", "RcptInfo": "Jane Canary"},)
    shown = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert [canary for canary in CANARIES if canary in shown] == []


@AN_EXCHANGE_IS_CUT_SHORT
@pytest.mark.parametrize(
    ("head", "drop"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b" ", id="body"),
        pytest.param(CHUNKED, b"1\r\n \r\n", id="chunks"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="patience"),
    ],
)
def test_a_slow_drip_is_cut_off_as_a_whole(
    server: ScriptedServer, account: SoftlinxSoap, head: bytes, drop: bytes
) -> None:
    server.answer("QuerySendFax", server.drip(head, drop))

    error = ask(account)

    assert type(error) is ProviderUnavailable
    assert error.__context__ is None


@A_READ_IS_CUT_SHORT
def test_silence_is_not_waited_for_longer_than_a_read_may_take(
    server: ScriptedServer, account: SoftlinxSoap
) -> None:
    server.answer("QuerySendFax", server.silence())

    assert type(ask(account)) is ProviderUnavailable


@AN_EXCHANGE_IS_CUT_SHORT
def test_silence_is_not_waited_for_longer_than_the_exchange_may_take(
    server: ScriptedServer, account: SoftlinxSoap
) -> None:
    server.answer("QuerySendFax", server.silence())

    assert type(ask(account)) is ProviderUnavailable


@A_LOGOUT_IS_CUT_SHORT
def test_a_logout_that_hangs_is_given_up_sooner_than_other_calls(
    server: ScriptedServer, account: SoftlinxSoap
) -> None:
    server.answer("Logout", server.silence())

    with account.session():
        pass

    assert server.operations() == ["Login", "Logout"]


def test_no_server_is_unavailable(limits: Limits) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        account = SoftlinxSoap(
            url=f"http://127.0.0.1:{unheard.getsockname()[1]}/",
            realm="acme",
            credentials=lambda: ("admin", "canary-password"),
            limits=limits,
        )

        assert type(ask(account)) is ProviderUnavailable


@A_CONNECTION_IS_CUT_SHORT
def test_a_server_that_does_not_speak_tls_is_unavailable(server: ScriptedServer, limits: Limits) -> None:
    account = SoftlinxSoap(
        url=server.url.replace("http:", "https:"),
        realm="acme",
        credentials=lambda: ("admin", "canary-password"),
        limits=limits,
    )

    error = ask(account)

    assert type(error) is ProviderUnavailable
    assert server.asked == []


def test_a_password_that_xml_can_not_carry_is_not_shown(
    server: ScriptedServer, limits: Limits, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account = SoftlinxSoap(
        url=server.url, realm="acme", credentials=lambda: ("admin", "canary-password\x01"), limits=limits
    )

    error = ask(account)

    shown = "".join([repr(error), *traceback.format_exception(error), caplog.text])
    assert "canary-password" not in shown
    assert server.asked == []
