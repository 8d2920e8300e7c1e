"""HTML as the lines that a person would see: cells of a row on one line, everything else below each other."""

from html.parser import HTMLParser
from typing import Final

from faxledger.errors import MalformedInput

_LINES: Final = frozenset(
    {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "dt"}
)
_CELLS: Final = frozenset({"td", "th", "dd"})
_UNSEEN: Final = frozenset({"script", "style", "head", "title", "template"})
# The parser looks for the end of each tag again and again where there is none.
_MOST_UNCLOSED: Final = 100


def text_of_html(document: str) -> str:
    """The text; cells are parted by tabs. Raises `MalformedInput` for what only looks like HTML."""
    if document.count("<") - document.count(">") > _MOST_UNCLOSED:
        raise MalformedInput("email", "holds tags without an end")
    reader = _Reader()
    reader.feed(document)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "body":
            # The end of what comes before it may be left out (HTML's standard).
            self._unseen = 0
        self._unseen += tag in _UNSEEN
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # Line ends in HTML are blanks.
            self.pieces.append(" ".join(data.split()) + " ")

    def _part(self, tag: str) -> None:
        if tag in _LINES:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append("\t")
