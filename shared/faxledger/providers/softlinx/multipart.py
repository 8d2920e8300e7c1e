"""Multipart bodies as they arrive (MIME, RFC 2046): one part after another, none of them held.

The libraries that do this without holding the body, `multipart` and `python-multipart`, read forms: the one
refuses a part that is no form field, the other any text before the first boundary.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import HeaderParser
from itertools import chain
from typing import Final

from faxledger.errors import ProviderAnswerUnreadable

_HEADERS_CAP_BYTES: Final = 16 * 1024
_MOST_PARTS: Final = 100
_LONGEST_BOUNDARY: Final = 200
_LONGEST_PADDING: Final = 200
_BLANKS: Final = re.compile(rb"[ \t\r\n]+")
# What may follow a boundary: the end of its line, or the end of all parts; and the beginnings of these.
_LINE_END: Final = re.compile(rb"[ \t]*\r\n|--")
_LINE_END_BEGUN: Final = re.compile(rb"[ \t]*\r?|-")
_AS_IS: Final = frozenset({"", "7bit", "8bit", "binary"})


def content_type_of(text: str) -> Message:
    """A Content-Type with its parameters, quoted or not."""
    header = Message()
    header["Content-Type"] = _BLANKS.sub(b" ", text.encode("latin-1", "replace")).decode("latin-1")
    return header


class Part:
    """One part; its content can be read once, and only until the next part is asked for."""

    def __init__(self, headers: Message, content: Iterator[bytes]) -> None:
        self._headers = headers
        self._content = content

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets; empty for none."""
        return bare_id(str(self._headers.get("Content-ID", "")))

    def chunks(self) -> Iterator[bytes]:
        """The content's bytes, exactly; raises `ProviderAnswerUnreadable`."""
        encoding = str(self._headers.get("Content-Transfer-Encoding", "")).strip().lower()
        if encoding == "base64":
            return base64_decoded(self._content)
        if encoding not in _AS_IS:
            raise ProviderAnswerUnreadable("a part's Content-Transfer-Encoding is unknown")
        return self._content


def bare_id(content_id: str) -> str:
    text = content_id.strip()
    return text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text


def parts_of(content_type: Message, body: Iterable[bytes]) -> Iterator[Part]:
    """Every part in the order of arrival; what a reader leaves of one is passed over.

    Raises `ProviderAnswerUnreadable` for a body that ends before its closing boundary, here or while a part
    is read.
    """
    boundary = (content_type.get_boundary() or "").encode("latin-1", "replace")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise ProviderAnswerUnreadable("the multipart answer has no boundary")
    source = _Source(boundary, body)
    _pass_over(source.until_boundary())  # a preamble, for readers that know no multipart
    for _ in range(_MOST_PARTS):
        if source.is_closed:
            source.pass_over_rest()  # an epilogue
            return
        headers = source.headers()
        content = source.until_boundary()
        yield Part(headers, content)
        _pass_over(content)
    raise ProviderAnswerUnreadable(f"the multipart answer has more than {_MOST_PARTS} parts")


class _Source:
    def __init__(self, boundary: bytes, body: Iterable[bytes]) -> None:
        # The line end before a boundary belongs to it, so the first line gets one too.
        self._delimiter = b"\r\n--" + boundary
        self._chunks = chain((b"\r\n",), body)
        self._buffer = bytearray()
        self.is_closed = False

    def until_boundary(self) -> Iterator[bytes]:
        """What comes before the next boundary, which is taken as well."""
        start = 0
        while True:
            at = self._buffer.find(self._delimiter, start)
            if at < 0:
                yield from self._taken(len(self._buffer) - len(self._delimiter) + 1)
                start = 0
                self._fill()
                continue
            after = at + len(self._delimiter)
            if end := _LINE_END.match(self._buffer, after):
                after, self.is_closed = end.end(), end[0] == b"--"
                yield from self._taken(at)
                del self._buffer[: after - at]
                return
            if (
                _LINE_END_BEGUN.fullmatch(self._buffer, after)
                and len(self._buffer) < after + _LONGEST_PADDING
            ):
                self._fill()
            else:
                start = at + 1  # a longer line that only begins like a boundary

    def headers(self) -> Message:
        while True:
            if self._buffer.startswith(b"\r\n"):
                del self._buffer[:2]
                return Message()
            end = self._buffer.find(b"\r\n\r\n")
            if end >= 0:
                head = bytes(self._buffer[:end])
                del self._buffer[: end + 4]
                return HeaderParser().parsestr(head.decode("latin-1"))
            if len(self._buffer) > _HEADERS_CAP_BYTES:
                raise ProviderAnswerUnreadable("a part's headers are too long")
            self._fill()

    def pass_over_rest(self) -> None:
        self._buffer.clear()
        _pass_over(self._chunks)

    def _taken(self, size: int) -> Iterator[bytes]:
        if size > 0:
            taken = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield taken

    def _fill(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise ProviderAnswerUnreadable("the multipart answer broke off")
        self._buffer += chunk


def base64_decoded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Raises `ProviderAnswerUnreadable` for what is not base64, or less than all of it."""
    left, is_over = b"", False
    for chunk in chunks:
        text = left + _BLANKS.sub(b"", chunk)
        whole = len(text) - len(text) % 4
        left = text[whole:]
        if is_over and text:
            raise ProviderAnswerUnreadable("base64 goes on after its end")
        is_over = text[:whole].endswith(b"=")
        try:
            decoded = a2b_base64(text[:whole], strict_mode=True)
        except Base64Error:
            decoded = None
        if decoded is None:
            raise ProviderAnswerUnreadable("a document is not base64")
        if decoded:
            yield decoded
    if left:
        raise ProviderAnswerUnreadable("base64 broke off")


def _pass_over(chunks: Iterable[bytes]) -> None:
    for _ in chunks:
        pass
