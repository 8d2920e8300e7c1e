"""Whatever the server does, a REST call ends soon, in a typed error, and shows nothing it should not."""

import gzip
import logging
import traceback
from base64 import b64encode

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import (
    LoginRefused,
    MalformedInput,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    SecretUnavailable,
    SettingMissing,
)
from faxledger.providers.softlinx.api import Selection
from faxledger.providers.softlinx.rest import SoftlinxRest
from tests.support.scripted_server import Answer, ScriptedServer, http
from tests.wire.softlinx.hurry import AN_EXCHANGE_IS_CUT_SHORT
from tests.wire.softlinx.speakers import Call, Rest, as_json

BASIC = b64encode(b"admin@acme:canary-password").decode()
CANARIES = ("canary-password", "2065550100", "Jane Canary", BASIC)
# What an angry server might echo, in every place that has room for it.
ECHO = f"canary-password 2065550100 Jane Canary {BASIC}"
OK = '"RequestStatus": {"StatusCode": 0}'
LARGE = "{" + OK + " " * (5 * 1024 * 1024) + "}"
BOMB = gzip.compress(LARGE.encode() * 10)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

UNREADABLE: dict[str, Answer] = {
    "HTML with 200": http(f"<html>{ECHO}</html>", content_type="text/html"),
    "HTML that says it is JSON": as_json(f"<html>{ECHO}</html>"),
    "SOAP": http(f"<Envelope>{ECHO}</Envelope>"),
    "JSON that says it is HTML": http("{" + OK + "}", content_type="text/html"),
    "no content type": b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + ("{" + OK + "}").ljust(40).encode(),
    "empty": as_json(""),
    "null": as_json("null"),
    "a text": as_json(f'"{ECHO}"'),
    "an array": as_json("[{" + OK + "}]"),
    "two objects": as_json("{" + OK + "}{" + OK + "}"),
    "truncated": as_json("{" + OK + f', "FaxInfo": [{{"FaxId": 33, "Name": "{ECHO}'),
    "two statuses": as_json("{" + OK + ', "RequestStatus": {"StatusCode": "9"}}'),
    "two codes": as_json('{"RequestStatus": {"StatusCode": "0", "StatusCode": "9"}}'),
    "faxes twice": as_json("{" + OK + ', "FaxInfo": [], "FaxInfo": [{"FaxId": 33}]}'),
    "NaN for a code": as_json('{"RequestStatus": {"StatusCode": NaN}}'),
    "Infinity for rows": as_json("{" + OK + ', "FaxInfo": -Infinity}'),
    "deep": as_json("{" + OK + ', "FaxInfo": ' + "[" * 100_000),
    "deep and whole": as_json("{" + OK + ', "X": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "rows that are one object": as_json("{" + OK + ', "FaxInfo": {"FaxId": 33}}'),
    "rows that are a text": as_json("{" + OK + f', "FaxInfo": "{ECHO}"}}'),
    "rows that are numbers": as_json("{" + OK + ', "FaxInfo": [33]}'),
    "no status": as_json('{"FaxInfo": []}'),
    "a status that is a word": as_json('{"RequestStatus": "0"}'),
    "no code": as_json('{"RequestStatus": {"StatusText": "Success"}}'),
    "a code that is an array": as_json('{"RequestStatus": {"StatusCode": [0]}}'),
    "words for a code": as_json(f'{{"RequestStatus": {{"StatusCode": "{ECHO}"}}}}'),
    "words for a boolean": as_json("{" + OK + f', "HasMoreResults": "{ECHO}"}}'),
    "an object for a boolean": as_json("{" + OK + ', "HasMoreResults": {}}'),
    "an object for a reference": as_json("{" + OK + ', "HasMoreResults": true, "ResultsReference": {}}'),
    "UTF-7": as_json("+AHs-" + OK + "+AH0-"),
    "UTF-16": http(("{" + OK + "}").encode("utf-16"), content_type="application/json"),
    "not UTF-8": http(b'{"a": "\xe9"}', content_type="application/json"),
    "5 MB": as_json(LARGE),
    "gzip bomb": http(BOMB, headers="Content-Encoding: gzip\r\n", content_type="application/json"),
    "gzip as another type": http(BOMB[:1000], content_type="application/json"),
    "cut off": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    "bad chunk": CHUNKED + f"{ECHO}\r\n".encode(),
    "redirect": http(ECHO, status="302 Found", headers=f"Location: https://example.com/{ECHO}\r\n"),
    "redirect to itself": http("", status="307 Temporary Redirect", headers="Location: /softlinx/\r\n"),
    "HTML with 400": http(ECHO, status="400 Bad Request", content_type="text/html"),
    "HTML with 404": http(ECHO, status="404 Not Found", content_type="text/html"),
    "no content": http("", status="204 No Content"),
}
OTHERWISE: dict[str, tuple[Answer, type[ProviderError]]] = {
    "refusal with 200": (
        as_json(f'{{"RequestStatus": {{"StatusCode": "9", "StatusText": "{ECHO}"}}}}'),
        ProviderRefused,
    ),
    "refusal with 404": (
        as_json(f'{{"RequestStatus": {{"StatusText": "{ECHO}"}}}}', status="404 Not Found"),
        ProviderRefused,
    ),
    "unauthorised": (http(ECHO, status="401 Unauthorized"), LoginRefused),
    "forbidden": (http(ECHO, status="403 Forbidden"), LoginRefused),
    "too many requests": (http(ECHO, status="429 Too Many Requests"), ProviderUnavailable),
    "server error": (as_json("{" + OK + "}", status="500 Internal Server Error"), ProviderUnavailable),
    "bad gateway": (http(ECHO, status=f"502 {ECHO}", headers=f"X-Echo: {ECHO}\r\n"), ProviderUnavailable),
    "not HTTP": (f"{ECHO}\r\n\r\n".encode(), ProviderUnavailable),
    "hung up": (lambda _: None, ProviderUnavailable),
}
CASES = {**{name: (answer, ProviderAnswerUnreadable) for name, answer in UNREADABLE.items()}, **OTHERWISE}


def ask(rest: Rest) -> ProviderError:
    with pytest.raises(ProviderError) as raised, rest.api.session() as session:
        list(session.query(Direction.OUTBOUND, Selection(status="sent")))
    return raised.value


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_answer_ends_in_a_typed_error_that_shows_nothing(
    rest: Rest, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, expected = CASES[case]
    rest.says(Call.QUERY, answer)

    error = ask(rest)

    assert type(error) is expected
    # What can't be read is asked for in pages of two, then of one, and so from the other end.
    assert len(rest.server.asked) == (4 if expected is ProviderAnswerUnreadable else 1)
    shown = [str(error), repr(error), *traceback.format_exception(error), caplog.text]
    shown += [str(vars(record)) for record in caplog.records]
    assert [canary for canary in CANARIES for text in shown if canary in text] == []
    assert error.__context__ is None


@AN_EXCHANGE_IS_CUT_SHORT
@pytest.mark.parametrize(
    ("head", "drop"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b" ", id="body"),
    ],
)
def test_a_slow_drip_is_cut_off_as_a_whole(rest: Rest, head: bytes, drop: bytes) -> None:
    rest.says(Call.QUERY, rest.server.drip(head, drop))

    assert type(ask(rest)) is ProviderUnavailable


def test_values_are_words_and_null_is_absent(rest: Rest) -> None:
    rows = (
        '{"FaxId": 12345678901234567890, "Mark": true, "Duration": 1.50, "CSI": null, "RcptInfo": {"a": 1}}'
    )
    rest.says(Call.QUERY, as_json("{" + OK + f', "FaxInfo": [{rows}], "HasMoreResults": "false"}}'))

    with rest.api.session() as session:
        (page,) = session.query(Direction.OUTBOUND)
    assert page.rows == ({"FaxId": "12345678901234567890", "Mark": "true", "Duration": "1.50"},)


def test_no_rows_at_all_are_none(rest: Rest) -> None:
    rest.says(Call.QUERY, as_json("{" + OK + "}"), as_json("{" + OK + ', "FaxInfo": null}'))

    with rest.api.session() as session:
        for _ in range(2):
            assert [page.rows for page in session.query(Direction.OUTBOUND)] == [()]


def test_the_login_rides_in_every_call_and_nowhere_else(rest: Rest) -> None:
    rest.says(Call.QUERY, as_json("{" + OK + "}"))
    rest.says(Call.MARK, as_json("{" + OK + "}"))

    with rest.api.session() as session:
        list(session.query(Direction.OUTBOUND))
        session.mark(Direction.OUTBOUND, "33")

    for asked in rest.server.asked:
        assert f"Authorization: Basic {BASIC}" in asked.head.splitlines()
        assert "canary-password" not in asked.target
    assert rest.server.asked[1].target.endswith("/outboundfaxes/33?Mark=true")


@pytest.mark.parametrize("fax_id", ["", "33/image", "../33", "33?Mark=true", "٣٣", "-1", "3" * 19])
def test_what_is_no_identifier_becomes_no_path(rest: Rest, fax_id: str) -> None:
    with rest.api.session() as session:
        for ask_for in (session.find, session.mark):
            with pytest.raises(MalformedInput):
                ask_for(Direction.OUTBOUND, fax_id)
    assert rest.server.asked == []


def test_a_login_that_basic_can_not_carry_is_said_to_be_one(server: ScriptedServer) -> None:
    api = SoftlinxRest(url=server.rest_url, realm="acme", credentials=lambda: ("ad:min", "canary-password"))

    with pytest.raises(SecretUnavailable) as refused, api.session():
        pass
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "http://fax.example.com/", "https://user:canary@fax.example.com/"])
def test_credentials_go_to_https_only(url: str) -> None:
    with pytest.raises(SettingMissing) as refused:
        SoftlinxRest(url=url, realm="acme", credentials=lambda: ("admin", "canary-password"))
    assert "canary" not in str(refused.value)
