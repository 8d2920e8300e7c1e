"""What the terminal shows of a fax, live and in lines."""

import re
from io import StringIO

import pytest
from rich.console import Console

from local.runtime.stream import Record
from local.show.screen import LiveScreen, PlainScreen, screen_for
from tests.e2e.conftest import START

KEYS = {"pk": {"S": "FAX#softlinx#outbound#acme#33"}, "sk": {"S": "STATUS"}}


def sighting(source: str, status: str | None, word: str) -> dict[str, object]:
    fields = {"source": source, "word": word, "at": "2026-11-23T13:00:00.000Z"}
    if status:
        fields["status"] = status
    return {"M": {**{name: {"S": text} for name, text in fields.items()}, "given": {"M": {}}}}


BARE = {**KEYS, "version": {"N": "1"}, "provider": {"S": "softlinx"}}
SETTLED = {
    **BARE,
    "final_status": {"S": "sent"},
    "settled_at": {"S": "2026-11-23T13:00:00.000Z"},
    "settled_by": {"S": "callback"},
    "sighting_callback": sighting("callback", "sent", "sent"),
    "duty_mark": {"S": "pending"},
}
MARKED = {**SETTLED, "duty_mark": {"S": "done"}}
DISPUTED = {**MARKED, "conflict": sighting("poll", "failed", "sendFailed")}
PUZZLING = {**BARE, "unsettling_callback": sighting("callback", None, "sentPending")}


def change(old: object, new: object) -> Record:
    return {"dynamodb": {"Keys": KEYS, "OldImage": old, "NewImage": new}}


def plain(*records: Record) -> str:
    output = StringIO()
    with PlainScreen(Console(file=output), lambda: START) as screen:
        for record in records:
            screen.watch(record)
    return output.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "news"),
    [
        (None, SETTLED, "sent by callback"),
        (PUZZLING, SETTLED, "sent by callback"),
        (None, PUZZLING, "heard callback “sentPending”"),
        (SETTLED, MARKED, "marked"),
        (MARKED, DISPUTED, "conflict: failed by poll"),
    ],
)
def test_each_piece_of_news_is_a_line(old: object, new: object, news: str) -> None:
    assert plain(change(old, new)) == f"23 Nov 13:00:00  {'softlinx.outbound.acme.33':<36}  {news}\n"


def test_what_is_no_news_is_no_line() -> None:
    claim = {"dynamodb": {"Keys": {"pk": {"S": "CLAIM#x"}, "sk": {"S": "CLAIM"}}, "NewImage": {}}}
    assert plain(change(SETTLED, SETTLED), change(None, KEYS), change(SETTLED, None), claim) == ""


def live(width: int, *records: Record) -> list[str]:
    """The last lines of the terminal, without colours."""
    output = StringIO()
    screen = screen_for(Console(file=output, force_terminal=True, width=width, height=30), lambda: START)
    assert isinstance(screen, LiveScreen)
    with screen:
        for record in records:
            screen.watch(record)
        screen.finish("the account")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.getvalue()).replace("\r", "")
    return ("Mon 23 Nov" + shown.rpartition("Mon 23 Nov")[2]).splitlines()


@pytest.mark.parametrize("width", [80, 99, 100, 130])
def test_the_table_follows_a_fax_on_every_terminal(width: int) -> None:
    title, header, row, *_, last = live(width, change(None, SETTLED), change(MARKED, DISPUTED))
    assert "1 faxes, 1 settled" in title
    heard, sources = (["heard", "from"], ["callback"]) if width >= 100 else ([], [])
    assert header.split() == ["fax", "status", "settled", "by", *heard, "marked", "conflict"]
    assert row.split() == [
        "softlinx.outbound.acme.33",
        "sent",
        "callback",
        *sources,
        "yes",
        "poll:",
        "failed",
    ]
    assert last == "the account"


def test_the_longest_words_fit_into_a_terminal_of_80_columns() -> None:
    partial = {**SETTLED, "pk": {"S": "FAX#greenfax#outbound#12345#8591334"}, "provider": {"S": "greenfax"}}
    disputed = {**MARKED, "conflict": sighting("callback", "received_partial", "recvIncomplete")}
    for width in (80, 100):
        lines = live(width, change(None, partial), change(MARKED, disputed))
        assert max(map(len, lines)) <= width
        assert any("callback: partial" in line for line in lines)


def test_a_mark_that_was_given_up_shows() -> None:
    given_up = {**SETTLED, "duty_mark": {"S": "given_up"}}
    assert any("given up" in line for line in live(80, change(SETTLED, given_up)))
