"""What the bytes of XML need before a parser takes them: a bad one must not cost all that stands around it.

Services put what people or other fax machines have sent in between as it came. No XML may hold most control
characters, not even by number, and nothing that is UTF-8 by its own word any other bytes.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

# Scripts are apt to send line ends and byte order marks first; XML allows nothing before its declaration.
_BEFORE: Final = b" \t\r\n\xef\xbb\xbf"
_DECLARATION: Final = b"<?xml"
_LONGEST_DECLARATION: Final = 1_024
_OTHER_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["'](?!utf-?8["'])""", re.IGNORECASE)
# What .NET is apt to write into text that it then sends as UTF-8: nobody could read it here if it were true.
_UTF_16: Final = re.compile(rb"""encoding\s*=\s*["']utf-16["']""", re.IGNORECASE)
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\r\n")
_CONTROL: Final = re.compile(b"[" + re.escape(_CONTROLS) + b"]")
_REFERENCE: Final = re.compile(r"&#(?:x([0-9A-Fa-f]{1,16})|([0-9]{1,16}));")
_LONGEST_REFERENCE: Final = len("&#x;") + 16
# A `&` that begins no reference that XML knows without a document type, a `<` that begins no tag, and `]]>`.
_STRAY: Final = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)"
    rb"|<(?!/?[A-Za-z_:\x80-\xff][\w:.\x80-\xff-]{0,99}[\s/>])"
    rb"|(?<=\]\])>"
)
_ESCAPED: Final = {b"&": b"&amp;", b"<": b"&lt;", b">": b"&gt;"}
_REPLACEMENT: Final = "\ufffd"


def mended(
    chunks: Iterable[bytes], *, errors: str = "replace", control: bytes = _REPLACEMENT.encode()
) -> Iterator[bytes]:
    """The same document without what stood before it, and with U+FFFD for each character that XML forbids.

    `errors` is the codec's way with bytes that are no UTF-8, and `control` stands for a control character. A
    document in another encoding than UTF-8 stays as it is.
    """
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
    decoder = codecs.getincrementaldecoder("utf-8")(errors)
    held = ""
    for chunk in chain((head,), arriving):
        text, held = _cut(held + decoder.decode(_with_controls_as(control, chunk)))
        yield _with_allowed_references(text)
    yield _with_allowed_references(held + decoder.decode(b"", final=True))


def strays_as_text(element: bytes) -> bytes:
    """The same element with what can't begin a reference or a tag taken for text.

    One that holds a comment or a section stays as it is: in there, nothing strays.
    """
    if b"<!" in element:
        return element
    return _STRAY.sub(lambda stray: _ESCAPED[stray[0]], element)


def _is_enough(head: bytes) -> bool:
    """Whether it can be told by now which encoding the document names."""
    if len(head) < len(_DECLARATION):
        return False
    return not head.startswith(_DECLARATION) or b"?>" in head or len(head) > _LONGEST_DECLARATION


def _names_another(head: bytes) -> bool:
    declaration = head.partition(b"?>")[0] if head.startswith(_DECLARATION) else b""
    return _OTHER_ENCODING.search(declaration) is not None


def _with_controls_as(control: bytes, chunk: bytes) -> bytes:
    without = chunk.translate(None, _CONTROLS)
    return without if not control or len(without) == len(chunk) else _CONTROL.sub(control, chunk)


def _cut(text: str) -> tuple[str, str]:
    """The text up to a reference that may go on in the next chunk, and the rest."""
    at = text.rfind("&", max(0, len(text) - _LONGEST_REFERENCE))
    return (text, "") if at < 0 or ";" in text[at:] else (text[:at], text[at:])


def _with_allowed_references(text: str) -> bytes:
    if "&#" in text:
        text = _REFERENCE.sub(_allowed, text)
    return text.replace("\ufffe", _REPLACEMENT).replace("\uffff", _REPLACEMENT).encode()


def _allowed(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    is_forbidden = (
        (code < 32 and code not in b"\t\r\n")
        or 0xD800 <= code <= 0xDFFF
        or code in (0xFFFE, 0xFFFF)
        or code > 0x10FFFF
    )
    return _REPLACEMENT if is_forbidden else reference[0]
