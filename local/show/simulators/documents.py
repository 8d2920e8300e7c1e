"""Documents that a fax server might have rendered: small PDF and TIFF files, the same for the same name.

They hold noise, every byte value of it, and some begin or end with line ends, so that whoever carries them
carelessly is found out by comparing bytes.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class DocumentFormat(StrEnum):
    PDF = "pdf"
    TIF = "tif"

    @property
    def media_type(self) -> str:
        return "application/pdf" if self is DocumentFormat.PDF else "image/tiff"


@dataclass(frozen=True, slots=True)
class Edges:
    """What stands before and after a document. A PDF may begin late; a TIFF may not, and has only a tail."""

    head: bytes
    tail: bytes


EDGES: Sequence[Edges] = (
    Edges(b"", b"\n"),
    Edges(b"", b"\r\n"),
    Edges(b"\r\n", b"\r\n"),
    Edges(b"", b"\r"),
    Edges(b"\n", b"\n\r\n"),
    Edges(b"", b""),
)

_NOISE_BYTES = 256
# A page of a fax is 1728 dots wide: 216 bytes a line.
_DOTS_A_LINE = 1728
_BYTES_A_LINE = _DOTS_A_LINE // 8
_LINES = 8


def render(kind: DocumentFormat, name: str, *, pages: int, edges: Edges, padding_bytes: int = 0) -> bytes:
    """A document of at least one page, and of at least `padding_bytes`."""
    noise = bytes(range(256)) + Random(f"{name}/{kind}").randbytes(_NOISE_BYTES + padding_bytes)
    pages = max(1, pages)
    if kind is DocumentFormat.PDF:
        lines = [f"{name}, page {page} of {pages}" for page in range(1, pages + 1)]
        return edges.head + write_pdf(lines, noise) + edges.tail
    return write_tiff(pages, noise) + edges.tail


def write_pdf(lines: Sequence[str], noise: bytes) -> bytes:
    """One page for each line; ends with the end-of-file marker and no line end."""
    kids = [5 + 2 * index for index in range(len(lines))]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(lines)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        _stream(noise),
    ]
    for kid, line in zip(kids, lines, strict=True):
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {kid + 1} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        text = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        objects += [page.encode(), _stream(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1"))]
    body = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    index = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, index)
    return bytes(body)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def write_tiff(pages: int, noise: bytes) -> bytes:
    """Bilevel, uncompressed, 204 by 196 dots an inch; the first page shows all of the noise."""
    body = bytearray(b"II*\0\0\0\0\0")
    link = 4  # where the offset of the next page's directory belongs
    for page in range(pages):
        lines = max(_LINES, -(-len(noise) // _BYTES_A_LINE)) if page == 0 else _LINES
        bits = noise[: lines * _BYTES_A_LINE].ljust(lines * _BYTES_A_LINE, b"\0")
        strip = len(body)
        body += bits
        resolutions = len(body)
        body += struct.pack("<4I", 204, 1, 196, 1)
        entries = (
            (256, 4, 1, _DOTS_A_LINE),
            (257, 4, 1, lines),
            (258, 3, 1, 1),  # one bit a dot
            (259, 3, 1, 1),  # not compressed
            (262, 3, 1, 0),  # 0 is white
            (273, 4, 1, strip),
            (277, 3, 1, 1),
            (278, 4, 1, lines),
            (279, 4, 1, len(bits)),
            (282, 5, 1, resolutions),
            (283, 5, 1, resolutions + 8),
            (296, 3, 1, 2),  # inches
        )
        struct.pack_into("<I", body, link, len(body))
        body += struct.pack("<H", len(entries))
        body += b"".join(struct.pack("<HHII", *entry) for entry in entries)
        link = len(body)
        body += b"\0\0\0\0"
    return bytes(body)
