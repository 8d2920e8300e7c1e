"""Neither password nor person is told of by any answer."""

import logging

import pytest

from tests.functions.greenfax_feed.reading import (
    GOOD,
    PASSWORD,
    read,
    whole,
)
from tests.support import canaries
from tests.support.bundle_on_moto import Stack
from tests.support.scripted_server import ScriptedServer, http

SECRETIVE = {
    "whole": http(
        whole(
            f"<fax><job_id>1</job_id><status>busy</status><fax_number>{canaries.NUMBER}</fax_number>"
            f"<sender>{canaries.NAME}</sender><userjobcode>{canaries.SUBJECT}</userjobcode></fax>",
            f"<fax><job_id>2</job_id><status>{canaries.NAME}</status></fax>",
            f"<fax><job_id>{canaries.NAME}</job_id><status>sent</status></fax>",
        )
    ),
    "a redirect that repeats the URL": http(
        "", status="302 Found", headers=f"Location: https://elsewhere.example/?password={PASSWORD}\r\n"
    ),
    "a redirect for good": http("", status="301 Moved", headers="Location: /login\r\n"),
    "no": http(f"no access for {PASSWORD}", status="403 Forbidden"),
    "later": http(f"slow down {PASSWORD}", status="429 Too Many Requests"),
    "trouble": http(f"trouble with {PASSWORD}", status=f"500 {PASSWORD}"),
    "no XML": http(f"<{PASSWORD}>&{PASSWORD};"),
    "no HTTP": f"HELLO {PASSWORD}\r\n\r\n".encode(),
    "compressed": http(whole(GOOD), headers="Content-Encoding: gzip\r\n"),
    "a header too many": b"HTTP/1.1 200 OK\r\n" + f"X: {PASSWORD}\r\n".encode() * 10_000 + b"\r\n",
}


@pytest.mark.parametrize("case", SECRETIVE)
def test_neither_password_nor_person_is_told_of_even_while_debugging(
    stack: Stack,
    server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    case: str,
) -> None:
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, name)
    server.answer("", SECRETIVE[case])
    read(stack)
    captured = capsys.readouterr()
    said = captured.out + captured.err + caplog.text
    assert canaries.found_in(said) == []
    assert canaries.found_in(canaries.keys_of(stack.items())) == []
    assert len(server.asked) == 1
    assert ('"FeedFailed":[1.0]' in said) is (case not in ("whole", "later"))
    assert ('"FeedTooSoon":[1.0]' in said) is (case == "later")


def test_a_host_that_is_not_there_is_told_of_without_its_url(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxOutboundUrl"] = "http://127.0.0.1:1/feed"
    read(stack)
    said = capsys.readouterr().out
    assert "ConnectError" in said
    assert canaries.found_in(said) == []
