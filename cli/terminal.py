"""What a terminal shows better than a file: colours, and how far something has come; and what it must not."""

import os
import re
import sys
import textwrap
from types import TracebackType
from typing import Final, Self

_COLOURS: Final = {"red": 31, "green": 32, "yellow": 33}
_OWN: Final = re.compile(rf"(\x1b\[(?:0|{'|'.join(map(str, _COLOURS.values()))})m)")
_EVERY: Final = 200
_COLUMNS: Final = 80


def coloured(text: str, colour: str | None) -> str:
    """The text as it is, where the output is no terminal or `NO_COLOR` is set (no-color.org)."""
    if colour is None or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def printable(line: str) -> str:
    """Without what a terminal would carry out: some of it is what a stranger's machine calls itself.

    The colours of `coloured` stay: whoever else sends one has coloured a word.
    """
    parts = _OWN.split(line)
    # Every other part is a colour.
    parts[::2] = [
        "".join(letter if letter.isprintable() else "\ufffd" for letter in part) for part in parts[::2]
    ]
    return "".join(parts)


def folded(text: str) -> str:
    """Lines of 80 columns for the error output, the text as it is where that is no terminal.

    No word is broken: what is to be typed can be copied.
    """
    if not sys.stderr.isatty():
        return text
    return "\n".join(
        textwrap.fill(line, _COLUMNS, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


class Progress:
    """Says on the error output how many there are by now, where that is a terminal and the output is not."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._is_seen = sys.stderr.isatty() and not sys.stdout.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_seen and self._count:
            self._say("\n")

    def one_more(self) -> None:
        self._count += 1
        if self._is_seen and self._count % _EVERY == 0:
            self._say("")

    def _say(self, end: str) -> None:
        print(f"\r{self._count:,} {self._what}", end=end, file=sys.stderr, flush=True)
