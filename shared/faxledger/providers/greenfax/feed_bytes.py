"""What a feed's bytes need before an XML parser takes them: a bad one must not cost all rows after it.

How GreenFax encodes its feed is open. Services of its age say UTF-8, or nothing, which means UTF-8, and put
what people have typed elsewhere in between as it came. So in an answer that is UTF-8 by its own word, what is
none is read as Windows-1252, and control characters, which no XML may hold, are left out.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

# Scripts are apt to send line ends and byte order marks first; XML allows nothing before its declaration.
_BEFORE: Final = b" \t\r\n\xef\xbb\xbf"
_DECLARATION: Final = b"<?xml"
_LONGEST_DECLARATION: Final = 1_024
_OTHER_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["'](?!utf-?8["'])""", re.IGNORECASE)
# What .NET is apt to write into text that it then sends as UTF-8: nobody could read it here if it were true.
_UTF_16: Final = re.compile(rb"""encoding\s*=\s*["']utf-16["']""", re.IGNORECASE)
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\r\n")
_MENDING: Final = "faxledger-windows-1252"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end


codecs.register_error(_MENDING, _as_windows_1252)


def mended(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same document, without what stood before it; in another encoding than UTF-8 it stays as it is."""
    arriving = iter(chunks)
    head = b""
    for chunk in arriving:
        head = (head + chunk).lstrip(_BEFORE)
        if _is_enough(head):
            break
    if head.startswith(_DECLARATION) and _UTF_16.search(head.partition(b"?>")[0]):
        head = head.partition(b"?>")[2].lstrip(_BEFORE)
    if b"\0" in head[:4] or head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or _names_another(head):
        yield head
        yield from arriving
        return
    decoder = codecs.getincrementaldecoder("utf-8")(_MENDING)
    yield _encoded(decoder.decode(head))
    for chunk in arriving:
        yield _encoded(decoder.decode(chunk))
    yield _encoded(decoder.decode(b"", final=True))


def _is_enough(head: bytes) -> bool:
    """Whether it can be told by now which encoding the document names."""
    if len(head) < len(_DECLARATION):
        return False
    return not head.startswith(_DECLARATION) or b"?>" in head or len(head) > _LONGEST_DECLARATION


def _names_another(head: bytes) -> bool:
    declaration = head.partition(b"?>")[0] if head.startswith(_DECLARATION) else b""
    return _OTHER_ENCODING.search(declaration) is not None


def _encoded(text: str) -> bytes:
    return text.encode().translate(None, _CONTROLS)
