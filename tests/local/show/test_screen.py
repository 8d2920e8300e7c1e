"""What the terminal shows of a fax, live and in lines."""

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


def test_the_table_follows_a_fax() -> None:
    output = StringIO()
    console = Console(file=output, force_terminal=True, width=130, height=30)
    screen = screen_for(console, lambda: START)
    assert isinstance(screen, LiveScreen)
    with screen:
        screen.watch(change(None, SETTLED))
        screen.watch(change(MARKED, DISPUTED))
        screen.finish("the account")
    last = output.getvalue().rpartition("softlinx.outbound.acme.33")[2]
    for word in ("sent", "callback", "yes", "failed by poll", "the account"):
        assert word in last
