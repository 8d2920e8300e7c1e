"""Documents go through; they are not held."""

import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

import pytest

from faxledger.providers.softlinx.multipart import content_type_of, parts_of
from faxledger.providers.softlinx.orders import Document, new_file, pieces_of, write_all
from faxledger.providers.softlinx.rest.forms import Form
from faxledger.providers.softlinx.soap.documents import Placeholders
from faxledger.providers.softlinx.soap.envelopes import Aside, root_of
from faxledger.providers.softlinx.soap.packages import PartsKept

PIECE = b"QUJD" * 16_384
PIECES = 128
SIZE = PIECES * len(PIECE)
DOCUMENT = Document("large.pdf", "application/pdf", SIZE, lambda: (PIECE for _ in range(PIECES)))
PACKAGE = content_type_of("multipart/related; boundary=b")


def arriving(head: bytes, tail: bytes) -> Iterator[bytes]:
    yield head
    yield from DOCUMENT.pieces()
    yield tail


def parts() -> Iterable[bytes]:
    for part in parts_of(PACKAGE, arriving(b"--b\r\n\r\n", b"\r\n--b--")):
        yield from part.chunks()


def early_part() -> Iterable[bytes]:
    with ExitStack() as files:
        kept = PartsKept(files)
        for part in parts_of(PACKAGE, arriving(b"--b\r\nContent-ID: <x>\r\n\r\n", b"\r\n--b--")):
            kept.keep(part)
        yield from kept.document(frozenset({"x"})) or ()


def inline() -> Iterable[bytes]:
    aside = Aside("FaxContent")
    assert root_of(arriving(b"<a><FaxContent>", b"</FaxContent></a>"), aside) is not None
    yield from aside.document()
    aside.close_file()


def form() -> Iterable[bytes]:
    return Form([], [DOCUMENT], file_field="File").body().pieces


def envelope() -> Iterable[bytes]:
    placeholders = Placeholders([DOCUMENT])
    (attachment,) = placeholders.attachments()
    content = attachment["AttachmentContent"]
    assert isinstance(content, bytes)
    body = placeholders.filled(b"<a>" + b64encode(content) + b"</a>")
    assert body is not None
    return body.pieces


def file() -> Iterable[bytes]:
    with new_file() as open_file:
        write_all(open_file, DOCUMENT.pieces())
        yield from pieces_of(open_file)


@pytest.mark.parametrize("through", [parts, early_part, inline, form, envelope, file])
def test_a_document_is_never_held_as_a_whole(through: Callable[[], Iterable[bytes]]) -> None:
    tracemalloc.start()
    try:
        taken = sum(len(piece) for piece in through())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken >= SIZE * 3 // 4
    assert peak < SIZE // 4
