"""XML as it arrives: without a DTD, and with a document's text put aside instead of held."""

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from faxledger.egress.pieces import in_pieces
from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers import xml_bytes
from faxledger.providers.softlinx.multipart import base64_decoded
from faxledger.providers.softlinx.orders import new_file, pieces_of

_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = frozenset({"true", "1"})
# Around a document there is a status, and that is all.
_AROUND_CAP_BYTES: Final = 64 * 1024
# No answer of the WSDL's is nested half as deep, and each level costs a hundred times what it takes to send.
_DEEPEST: Final = 64
# expat starts an unfinished tag or comment over with each piece that comes. Real ones are short.
_MOST_UNFINISHED_BYTES: Final = 256 * 1024


class Aside:
    """A tree's builder that lets the text of the element `name` go by, to a file without a name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tree = TreeBuilder()
        self._open: list[bool] = []
        self._around = 0
        self._file: IO[bytes] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._count(len(tag) + sum(len(name) + len(value) for name, value in attributes.items()))
        is_aside = local_name(tag) == self._name and not is_nil(attributes)
        if is_aside and self._file is not None:
            raise ProviderAnswerUnreadable(f"the answer has {self._name} more than once")
        if is_aside:
            self._file = new_file()
        self._open.append(is_aside)
        return self._tree.start(tag, attributes)

    def end(self, tag: str) -> Element:
        self._open.pop()
        return self._tree.end(tag)

    def data(self, text: str) -> None:
        if self._open[-1] and self._file is not None:
            self._file.write(text.encode("ascii", "replace"))
            return
        self._count(len(text))
        self._tree.data(text)

    def close(self) -> Element:
        return self._tree.close()

    @property
    def has_document(self) -> bool:
        return self._file is not None

    def document(self) -> Iterator[bytes]:
        """The text's base64 decoded; raises `ProviderAnswerUnreadable`."""
        return base64_decoded(pieces_of(self._file)) if self._file is not None else iter(())

    def close_file(self) -> None:
        if self._file is not None:
            self._file.close()

    def _count(self, size: int) -> None:
        self._around += size
        if self._around > _AROUND_CAP_BYTES:
            raise ProviderAnswerUnreadable("the answer holds too much beside the document")


class _TooMuch(ValueError):
    """Refused as what is not well-formed is."""


class _Shallow:
    """Hands on to another builder of a tree, down to `_DEEPEST` levels."""

    def __init__(self, builder: TreeBuilder | Aside) -> None:
        self._builder = builder
        self._depth = 0
        self.data, self.close = builder.data, builder.close

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _TooMuch
        return self._builder.start(tag, attributes)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return self._builder.end(tag)


def root_of(chunks: Iterable[bytes], aside: Aside | None = None) -> Element | None:
    """None for what is not well-formed, is too deep, has a DTD, or tags or comments without end.

    What is no character of XML is read as U+FFFD: a CSI and a TSI are what another machine has sent, and one
    of them must not cost all faxes of a page. What `chunks` and `aside` raise is not held up.
    """
    parser: Any = DefusedXMLParser(
        target=_Shallow(aside or TreeBuilder()),
        forbid_dtd=True,
        forbid_entities=True,
        forbid_external=True,
    )
    fed = 0
    try:
        for piece in in_pieces(xml_bytes.mended(chunks)):
            parser.feed(piece)
            fed += len(piece)
            if fed - parser.parser.CurrentByteIndex > _MOST_UNFINISHED_BYTES:
                raise _TooMuch
        root: Element = parser.close()
    # LookupError and ValueError: an encoding that Python, or expat, does not know.
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        return None
    return root


def local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def is_nil(attributes: Mapping[str, str]) -> bool:
    return attributes.get(_NIL, "").strip() in _TRUE
