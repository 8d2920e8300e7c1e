"""The rows of a feed's XML, found while it arrives; nothing is kept of what was passed.

By expat itself and not by a tree builder: a row is nine small elements, and a tree of them costs more than
all the rest of the reading; lxml is faster still, and 14 MB in the layer of every function. A document type
is refused before its first entity, as defusedxml does it.

A row that is not well-formed costs that row alone: behind it another parser goes on, which was given what
stood before the first row and so has the same elements open.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from xml.parsers.expat import ExpatError, ParserCreate

from faxledger.egress.pieces import in_pieces
from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers import xml_bytes
from faxledger.providers.greenfax.feed_bytes import mended
from faxledger.providers.greenfax.rows import meaning_of
from faxledger.providers.greenfax.xml_row import BrokenRow, XmlRow

# Real rows have some hundred bytes; without a limit one endless element would fill the memory.
_MOST_ROW_BYTES: Final = 2_000_000
_DEEPEST: Final = 32
# Another parser for each broken row, and what it reads once more, in bytes; hardly one row in a thousand is.
_MOST_READ_AGAIN: Final = 500_000_000
_LEAST_READ_AGAIN: Final = 1_000
# So little is read at first behind a broken row, where others may be near.
_BROKEN_PIECE: Final = 8 * 1024
# A larger row is set aside as it is.
_MOST_MENDED_BYTES: Final = 64 * 1024
# expat keeps every name it has met; a feed has some twenty.
_MOST_NAMES: Final = 250_000
# One field alone may be anybody's.
_ENOUGH_MEANINGS: Final = 2
_ERROR_ELEMENTS = frozenset({"error", "errors", "fault"})
# Only a document without any fax is searched for what it says.
_MOST_WORDS: Final = 2_000
# A page for people says what it has to say after its head.
_MOST_OF_A_PAGE: Final = 16_384
_TAG = re.compile(r"<[^<>]*>")
_BEGINNING = re.compile(rb"<([A-Za-z_][^\s<>/&]{0,199})(?=\s)")
_ATTRIBUTE_NAME = re.compile(rb"\s([A-Za-z_][^\s<>/&=]{0,199})\s{0,9}=")


class NoFaxes(ProviderAnswerUnreadable):
    """A document that holds words and no fax; `words` are its beginning, not to be logged."""

    def __init__(self, words: str, problem: str = "the feed holds something else than faxes") -> None:
        super().__init__(problem)
        self.words = " ".join(words.split())


def xml_rows(chunks: Iterable[bytes]) -> Iterator[XmlRow]:
    """The elements that are rows, as they come to their end, and those that can't, as `BrokenRow`.

    Raises `ProviderAnswerUnreadable` for what is not XML as agreed, possibly after rows, and `NoFaxes` for
    words without a fax, XML or not: an empty feed holds no words, an error or a page for people does. Rows of
    names that we don't know would look like none, so a friendly text in an empty feed is a false alarm.
    """
    reader = _Reader()
    beginning = b""
    try:
        # By pieces, so that limits are looked at often enough, and dripping costs nothing.
        for piece in in_pieces(mended(chunks)):
            if len(beginning) < _MOST_OF_A_PAGE:
                beginning += piece[:_MOST_OF_A_PAGE]
            reader.feed(piece)
            yield from reader.taken()
        reader.feed(b"", is_last=True)
        yield from reader.taken()
    # LookupError: an encoding that Python does not know.
    except (ExpatError, LookupError, ValueError) as error:
        # What came before the place where it broke is as good as any.
        yield from reader.taken()
        raise reader.refusal(f"the feed is not XML as agreed: {type(error).__name__}", beginning) from None
    except ProviderAnswerUnreadable as error:
        yield from reader.taken()
        raise reader.refusal(str(error), beginning) from None
    reader.refuse_other_words()


class _Frame:
    """An open element with others inside; `holds_row` when one of them is a row, which makes it a wrapper."""

    __slots__ = ("attributes", "begins_at", "fields", "holds_row", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], begins_at: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.begins_at = begins_at
        self.fields: list[str] = []
        self.holds_row = False


class _Reader:
    """expat's handlers. Most elements are fields with nothing but text inside, and all is made for these."""

    def __init__(self) -> None:
        self._open: list[_Frame] = []
        # The element that has begun and of which it isn't known yet whether others are inside.
        self._begun: tuple[str, dict[str, str]] | None = None
        # The text since the last tag.
        self._texts: list[str] = []
        self._fields: list[str] = []
        self._rows: list[XmlRow] = []
        self._since_row = 0
        self._has_faxes = False
        self._words = ""
        # What has come since the last row's end, the parser's index of its beginning, and how much of it the
        # parser was given.
        self._held = bytearray()
        self._held_at = 0
        self._fed = 0
        # The parser's index of the element that `_begun` is the tag of; followed until there are faxes.
        self._begins_at = 0
        # What stood before the first fax, the name of the element that holds them all, that of the last
        # one's, and the index of its end.
        self._before_rows: bytes | None = None
        self._around_rows = ""
        self._row_tag = ""
        self._row_ends_at = 0
        self._problem: ExpatError | ProviderAnswerUnreadable | None = None
        self._broke_at = 0
        self._section_at: int | None = None
        self._read_again = 0
        self._piece = _MOST_ROW_BYTES
        self._parser = self._new_parser()

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Raises `ExpatError` and `ProviderAnswerUnreadable` for what is broken and followed by no row."""
        self._held += piece
        while True:
            if self._problem is None:
                self._problem = self._parse(is_last=is_last)
                self._let_go()
            if self._problem is None:
                return
            if not self._has_gone_on(self._problem):
                if is_last or len(self._held) > _MOST_ROW_BYTES:
                    raise self._problem
                return

    def _parse(self, *, is_last: bool) -> ExpatError | ProviderAnswerUnreadable | None:
        """Give the parser what it was not given; what is returned is one row's fault, or may be."""
        try:
            while self._fed < len(self._held):
                with memoryview(self._held) as held:
                    piece = bytes(held[self._fed : self._fed + self._piece])
                # An unfinished tag or comment is started over with each piece.
                self._piece = min(self._piece * 2, _MOST_ROW_BYTES)
                self._fed += len(piece)
                self._since_row += len(piece)
                self._parser.Parse(piece, False)  # noqa: FBT003 (expat knows no names)
                if len(self._parser.intern) > _MOST_NAMES:
                    raise ProviderAnswerUnreadable("the feed has too many names")
                if self._since_row > _MOST_ROW_BYTES:
                    self._broke_at = self._unfinished_at()
                    return ProviderAnswerUnreadable("a row of the feed is too large")
            if is_last:
                self._parser.Parse(b"", True)  # noqa: FBT003 (expat knows no names)
        except ExpatError as error:
            self._broke_at = self._unfinished_at()
            return error
        return None

    def _unfinished_at(self) -> int:
        """Where the parser is, or the CDATA section that it is in began, which may hold rows without end."""
        return self._parser.CurrentByteIndex if self._section_at is None else self._section_at

    def _start_section(self) -> None:
        self._section_at = self._parser.CurrentByteIndex

    def _end_section(self) -> None:
        self._section_at = None

    def _let_go(self) -> None:
        """Hold no more than what has come since the last row; before the first, as much as a row may have."""
        if self._before_rows is None:
            passed = self._fed if self._fed > _MOST_ROW_BYTES else 0
        else:
            passed = max(self._row_ends_at - self._held_at, 0)
        del self._held[:passed]
        self._held_at += passed
        self._fed -= passed

    def _has_gone_on(self, problem: ExpatError | ProviderAnswerUnreadable) -> bool:
        """Set the broken row aside, and have another parser go on behind it.

        False as long as its end has not come; it is held until then. Raises a problem that is no row's.
        """
        is_guess = self._before_rows is None
        before, tag, around = self._before_rows, self._row_tag, self._around_rows
        if before is None:
            before, tag, around = self._guess()
        if before is None:
            raise problem
        name = _any_prefix(tag)
        # A row with nothing inside has no end of its own, and behind the last one comes that of all of them.
        start = rb"<" + name + rb"[\s/>]|</" + _any_prefix(around) + rb"\s{0,9}>"
        end = rb"</" + name + rb"\s{0,9}>"
        broke_at = self._broke_at - self._held_at
        row = re.search(rb"<" + name + rb"[\s/>]", self._held)
        row_at = row.start() if row and row.start() <= broke_at else 0
        # The end of an element that is only thought to be a row may be that of all rows.
        behind = re.compile(start if is_guess else start + rb"|" + end).search(
            self._held, max(broke_at, row_at + 1)
        )
        if behind is None:
            return False
        goes_on_at = behind.end() if re.fullmatch(end, behind[0]) else behind.start()
        self._read_again += max(self._fed - goes_on_at, 0) + len(before) + _LEAST_READ_AGAIN
        if self._read_again > _MOST_READ_AGAIN:
            raise problem
        broken = bytes(self._held[row_at:goes_on_at])
        del self._held[:goes_on_at]
        self._before_rows, self._row_tag, self._around_rows = before, tag, around
        self._rows += self._mended_rows(broken) or (BrokenRow(tag, {}, (broken.decode("utf-8", "replace"),)),)
        self._begin_again(before)
        return True

    def _guess(self) -> tuple[bytes | None, str, str]:
        """What stood before the first row, its name and that around it, where that row is broken itself."""
        if self._held_at:
            return None, "", ""
        inner = [*(frame.tag for frame in self._open[1:]), self._begun[0] if self._begun else ""]
        for at in reversed(range(1, len(self._open))):
            frame = self._open[at]
            if any(meaning_of(_local(name)) for name in (*frame.fields[::2], inner[at])):
                return bytes(self._held[: frame.begins_at]), frame.tag, self._open[at - 1].tag
        return self._guess_by_attributes()

    def _guess_by_attributes(self) -> tuple[bytes | None, str, str]:
        """The same where it is the row's own tag that is broken, so that the parser has not told of it."""
        around = self._begun[0] if self._begun else self._open[-1].tag if self._open else ""
        tags = [tag for tag in _BEGINNING.finditer(self._held) if tag.start() <= self._broke_at]
        for tag in reversed(tags if around else []):
            until = self._held.find(b"<", tag.end())
            found = _ATTRIBUTE_NAME.findall(self._held, tag.end(), len(self._held) if until < 0 else until)
            names = tuple(name.decode("utf-8", "replace") for name in found)
            if len(_meanings(names)) >= _ENOUGH_MEANINGS:
                return bytes(self._held[: tag.start()]), tag[1].decode("utf-8", "replace"), around
        return None, "", ""

    def _mended_rows(self, broken: bytes) -> Sequence[XmlRow]:
        """The row with what strays in its texts taken for text; none where that doesn't make it one."""
        if len(broken) > _MOST_MENDED_BYTES or b"<!" in broken or self._before_rows is None:
            return ()
        again = _Reader()
        again._begin_again(self._before_rows)
        depth = len(again._open)
        again._held += xml_bytes.strays_as_text(broken)
        try:
            is_broken = again._parse(is_last=False) is not None
        except ProviderAnswerUnreadable:
            return ()
        rows = again.taken()
        is_one = len(rows) == 1 and len(again._open) == depth and again._begun is None
        if is_broken or not is_one:
            return ()
        self._has_faxes = self._has_faxes or again._has_faxes
        return rows

    def _begin_again(self, before: bytes) -> None:
        """Another parser, with the same elements open as there were before the first row."""
        self._open.clear()
        self._take_begun()
        self._fields = []
        rows, self._rows = self._rows, []
        self._parser = self._new_parser()
        self._parser.Parse(before, False)  # noqa: FBT003 (expat knows no names)
        if begun := self._take_begun():
            self._enter(_Frame(*begun, 0))
        for frame in self._open:
            frame.holds_row = True
            frame.fields.clear()
        self._texts.clear()
        self._rows = rows
        self._held_at = self._row_ends_at = len(before)
        self._fed = self._since_row = 0
        self._piece = _BROKEN_PIECE
        self._section_at = self._problem = None

    def _take_begun(self) -> tuple[str, dict[str, str]] | None:
        begun, self._begun = self._begun, None
        return begun

    def _new_parser(self) -> Any:
        parser: Any = ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._texts.append
        parser.StartCdataSectionHandler = self._start_section
        parser.EndCdataSectionHandler = self._end_section
        return parser

    def taken(self) -> list[XmlRow]:
        """The rows found since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def refusal(self, problem: str, beginning: bytes) -> ProviderAnswerUnreadable:
        """Of an answer that is not XML to its end, and may not be XML at all."""
        if self._has_faxes:
            return ProviderAnswerUnreadable(problem)
        return NoFaxes(_TAG.sub(" ", beginning.decode("utf-8", "replace")), problem)

    def refuse_other_words(self) -> None:
        if self._words and not self._has_faxes:
            raise NoFaxes(self._words)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._begun:
            self._enter(_Frame(*self._begun, self._begins_at))
        self._begun = tag, attributes
        if not self._has_faxes:
            self._begins_at = self._parser.CurrentByteIndex
            self._note_words("", "".join(self._texts))
        self._texts.clear()

    def _end(self, tag: str) -> None:
        texts = self._texts
        text = texts[0] if len(texts) == 1 else "".join(texts)
        texts.clear()
        if not self._has_faxes:
            self._note_words(tag, text)
        begun = self._begun
        if begun is None:
            self._leave(text)
            return
        self._begun = None
        if begun[1] and self._open and (meanings := _meanings_of_bare(*begun, text)):
            self._add_row(XmlRow(*begun, ()), meanings, self._begins_at)
            return
        self._fields += (tag, text)

    def _enter(self, frame: _Frame) -> None:
        self._open.append(frame)
        self._fields = frame.fields
        if len(self._open) > _DEEPEST:
            raise ProviderAnswerUnreadable("the feed is nested too deeply")

    def _leave(self, text: str) -> None:
        """An element with others inside has come to its end."""
        frame = self._open.pop()
        if not self._open:
            return
        outer = self._open[-1]
        self._fields = outer.fields
        if frame.holds_row:
            return
        if meanings := _meanings((*frame.attributes, *frame.fields[::2])):
            row = XmlRow(frame.tag, frame.attributes, frame.fields)
            self._add_row(row, meanings, frame.begins_at)
        else:
            outer.fields += (frame.tag, text)

    def _add_row(self, row: XmlRow, meanings: frozenset[str], begins_at: int) -> None:
        self._rows.append(row)
        self._since_row = 0
        # One field alone may be anybody's: an error with an id, a page for people.
        self._has_faxes = self._has_faxes or len(meanings) >= _ENOUGH_MEANINGS
        if self._has_faxes:
            if self._before_rows is None and not self._held_at:
                self._before_rows = bytes(self._held[:begins_at])
                self._around_rows = self._open[-1].tag if self._open else ""
            self._row_tag, self._row_ends_at = row.tag, self._parser.CurrentByteIndex
        for outer in self._open:
            outer.holds_row = True
            outer.fields.clear()

    def _note_words(self, tag: str, text: str) -> None:
        words = text.strip()
        if not words and _local(tag).lower() in _ERROR_ELEMENTS:
            words = "error"
        if words and len(self._words) < _MOST_WORDS:
            self._words = f"{self._words} {words}"[:_MOST_WORDS]


# A feed has one or two forms of rows. Few are kept, because a hostile row may have names without end.
@lru_cache(maxsize=4)
def _meanings(names: tuple[str, ...]) -> frozenset[str]:
    """What fields of these names mean; if any of them means anything, they make a row."""
    return frozenset(meaning for name in names if (meaning := meaning_of(_local(name))))


def _meanings_of_bare(tag: str, attributes: Mapping[str, str], text: str) -> frozenset[str]:
    """The same for an element without others inside.

    That may also be a field with attributes of its own, as in `<status date="…">sent</status>` and
    `<sender number="…"/>`, unless these are enough for a row.
    """
    if text.strip() and meaning_of(_local(tag)):
        return frozenset()
    meanings = _meanings(tuple(attributes))
    return meanings if "id" in meanings or len(meanings) > 1 else frozenset()


def _refuse_document_type(*_: object) -> None:
    raise ProviderAnswerUnreadable("the feed has a document type, which nobody agreed on")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _any_prefix(tag: str) -> bytes:
    """A pattern for an element's name under whatever prefix it is written."""
    return rb"(?:[^\s<>/:&]{1,64}:)?" + re.escape(_local(tag).encode())
