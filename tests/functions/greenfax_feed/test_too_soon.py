"""Whoever asks too soon is told in many ways, and waits."""

import pytest

from tests.functions.greenfax_feed.reading import GOOD, answered, read, whole
from tests.support.bundle_on_moto import Stack
from tests.support.scripted_server import ScriptedServer


def test_the_words_for_too_soon_are_a_setting(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxTooSoonPhrases"] = "come back,eile mit Weile"
    answered(stack, server, "<answer><note>Please <b>come back</b> tomorrow</note></answer>")
    assert '"FeedTooSoon":[1.0]' in capsys.readouterr().out
    answered(stack, server, whole())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "page",
    [
        "Too soon.",
        "<!DOCTYPE html><html><style>p {}</style><body><p>Asked too <b>soon</b><br></body></html>",
        "<html><body><p>One request in\n  20 minutes!<br></body></html>",
        "<error>too\n  soon</error>",
    ],
)
def test_too_soon_is_understood_on_a_page_for_people(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    answered(stack, server, page)
    said = capsys.readouterr().out
    assert '"FeedTooSoon":[1.0]' in said
    assert "FeedFailed" not in said


def test_what_a_fax_says_is_not_taken_for_too_soon(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    faxes = whole(GOOD.replace("</fax>", "<note>too soon</note></fax>"))
    answered(stack, server, faxes.replace("</faxes>", "<broken"))
    assert "FeedTooSoon" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ("7200", 120),
        ("99999999", 360),
        *(
            (header, 40)
            for header in ("soon", "", "-7200", "1e9", "9" * 400, "Sun, 22 Nov 2026 23:00:00 GMT")
        ),
    ],
)
def test_a_retry_after_is_respected_within_reason(
    stack: Stack, server: ScriptedServer, header: str, minutes: int
) -> None:
    answered(stack, server, "", status="429 Too Many Requests", headers=f"Retry-After: {header}\r\n")
    read(stack, after_minutes=minutes - 3)
    assert len(server.asked) == 1
    read(stack, after_minutes=4)
    assert len(server.asked) == 2
