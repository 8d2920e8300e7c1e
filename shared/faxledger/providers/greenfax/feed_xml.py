"""The rows of a feed's XML, found while it arrives; nothing is kept of what was passed.

By expat itself and not by a tree builder: a row is nine small elements, and a tree of them costs more than
all the rest of the reading; lxml is faster still, and 14 MB in the layer of every function. A document type
is refused before its first entity, as defusedxml does it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.parsers.expat import ExpatError, ParserCreate

from faxledger.egress.pieces import in_pieces
from faxledger.errors import MalformedInput, ProviderAnswerUnreadable
from faxledger.providers.greenfax.feed_bytes import mended
from faxledger.providers.greenfax.rows import meaning_of

# Real rows have some hundred bytes; without a limit one endless element would fill the memory.
_MOST_ROW_BYTES: Final = 2_000_000
_DEEPEST: Final = 32
# expat keeps every name it has met; a feed has some twenty.
_MOST_NAMES: Final = 250_000
_ERROR_ELEMENTS = frozenset({"error", "errors", "fault"})
# Only a document without any fax is searched for what it says.
_MOST_WORDS: Final = 2_000
# A page for people says what it has to say after its head.
_MOST_OF_A_PAGE: Final = 16_384
_TAG = re.compile(r"<[^<>]*>")
# What stands behind the `?` of an address may be a signature, another one in each answer.
_SIGNED = re.compile(r"(https?://[^\0?]*\?)[^\0]*", re.IGNORECASE)


class NoFaxes(ProviderAnswerUnreadable):
    """A document that holds words and no fax; `words` are its beginning, not to be logged."""

    def __init__(self, words: str, problem: str = "the feed holds something else than faxes") -> None:
        super().__init__(problem)
        self.words = " ".join(words.split())


class XmlRow(NamedTuple):
    """A row as it stands: its element, its attributes, and names and texts of its fields in turn."""

    tag: str
    attributes: Mapping[str, str]
    fields: Sequence[str]

    @property
    def digest(self) -> int:
        """The same for the same row, and for no other: 64 bits of all but signatures of URLs."""
        attributes = [part for pair in self.attributes.items() for part in pair]
        # No text of XML holds a NUL, so nothing can be cut up in two ways.
        text = "\0".join((self.tag, *attributes, "", *self.fields))
        if "://" in text:
            text = _SIGNED.sub(r"\1", text)
        return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")

    @property
    def given(self) -> dict[str, str]:
        """Its fields; raises `MalformedInput` for a field of meaning given twice with different values."""
        given: dict[str, str] = {}
        for name, text in (*self.attributes.items(), *zip(self.fields[::2], self.fields[1::2], strict=True)):
            local = name.rpartition("}")[2]
            if given.setdefault(local, text) != text and meaning_of(local):
                raise MalformedInput("row", "has a field twice with different values")
        return given

    @property
    def raw(self) -> bytes:
        """The row as XML, without what stood between its fields."""
        element = Element(self.tag, dict(self.attributes))
        for name, text in zip(self.fields[::2], self.fields[1::2], strict=True):
            SubElement(element, name).text = text
        return tostring(element)


def xml_rows(chunks: Iterable[bytes]) -> Iterator[XmlRow]:
    """The elements that are rows, as they come to their end.

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

    __slots__ = ("attributes", "fields", "holds_row", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
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
        self._parser: Any = ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._texts.append

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        self._since_row += len(piece)
        self._parser.Parse(piece, is_last)
        if self._since_row > _MOST_ROW_BYTES:
            raise ProviderAnswerUnreadable("a row of the feed is too large")
        if len(self._parser.intern) > _MOST_NAMES:
            raise ProviderAnswerUnreadable("the feed has too many names")

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
            self._enter(_Frame(*self._begun))
        self._begun = tag, attributes
        if not self._has_faxes:
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
            self._add_row(XmlRow(*begun, ()), meanings)
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
            self._add_row(XmlRow(frame.tag, frame.attributes, frame.fields), meanings)
        else:
            outer.fields += (frame.tag, text)

    def _add_row(self, row: XmlRow, meanings: frozenset[str]) -> None:
        self._rows.append(row)
        self._since_row = 0
        # One field alone may be anybody's: an error with an id, a page for people.
        self._has_faxes = self._has_faxes or len(meanings) > 1
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
