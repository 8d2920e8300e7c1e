"""The terminal that README shows: what is left to be seen of a simulated day, in today's columns."""

from datetime import UTC, datetime
from html import unescape
from pathlib import Path

from rich.console import Console

from local.show.screen import LiveScreen
from tools.terminal_picture import last_screen, picture_of

ROOT = Path(__file__).parents[2]


def test_what_the_live_table_has_taken_back_is_not_shown() -> None:
    said = "Try:\n\x1b[?25lfax 1\r\x1b[2K\x1b[1A\x1b[2Kfax 2\n\x1b[?25h\n0 lost\n"
    assert last_screen(said) == "fax 2\n\n0 lost"


def test_a_picture_has_the_words_and_colours_and_fetches_nothing() -> None:
    picture = picture_of("softlinx.outbound.acme.33 \x1b[31mfailed\x1b[0m")
    assert ">failed</text>" in picture
    assert "url(" not in picture.replace("url(#", "")
    assert picture == picture_of("softlinx.outbound.acme.33 \x1b[31mfailed\x1b[0m")


def test_the_picture_has_the_columns_of_today() -> None:
    """`make terminal-picture` makes it anew."""
    shown = unescape((ROOT / "docs" / "terminal.svg").read_text("utf-8")).replace("\xa0", " ")
    screen = LiveScreen(Console(width=108), lambda: datetime(2026, 11, 30, tzinfo=UTC))
    columns = [str(column.header) for column in screen._table().columns]
    assert [name for name in columns if f">{name}" not in shown] == []
