"""A request's fields and files as multipart/form-data (RFC 7578), sent without being held.

httpx builds these too, but tells a file's length only where it can seek; Softlinx is told every length.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from faxledger.providers.softlinx.orders import Document
from faxledger.providers.softlinx.transport import SizedBody

# As browsers escape them (HTML, multipart/form-data encoding algorithm).
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Form:
    """`file_field` is the name of the parts that hold documents."""

    def __init__(
        self, fields: Iterable[tuple[str, str]], documents: Sequence[Document], *, file_field: str
    ) -> None:
        self._boundary = secrets.token_hex(16)
        self._fields = [(self._head(name), value.encode()) for name, value in fields]
        self._files = [
            (self._head(file_field, document.file_name, document.content_type), document)
            for document in documents
        ]
        self._end = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self._boundary}"

    def body(self) -> SizedBody:
        sizes = [len(head) + len(value) + 2 for head, value in self._fields]
        sizes += [len(head) + document.size + 2 for head, document in self._files]
        return SizedBody(sum(sizes) + len(self._end), self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        for head, value in self._fields:
            yield head + value + b"\r\n"
        for head, document in self._files:
            yield head
            yield from document.pieces()
            yield b"\r\n"
        yield self._end

    def _head(self, name: str, file_name: str | None = None, content_type: str | None = None) -> bytes:
        lines = [f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPES)}"']
        if file_name is not None:
            lines.append(f'; filename="{file_name.translate(_ESCAPES)}"')
        if content_type is not None:
            lines.append(f"\r\nContent-Type: {content_type}")
        return "".join([*lines, "\r\n\r\n"]).encode()
