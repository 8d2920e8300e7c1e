"""Documents and the multipart bodies they travel in."""

import re
import struct

import pytest

from local.show.simulators.documents import EDGES, DocumentFormat, Edges, render, write_pdf, write_tiff
from local.show.simulators.multipart import BodyPart, NotMultipart, parameter_of, read_parts, write_related

PLAIN = Edges(b"", b"")


def test_a_pdf_has_its_pages_and_finds_its_objects() -> None:
    document = write_pdf(["one", "two (2)"], bytes(range(256)))
    assert document.startswith(b"%PDF-1.4\n")
    assert document.endswith(b"%%EOF")
    assert document.count(b"/Type /Page ") == 2
    assert rb"(two \(2\)) Tj" in document
    index = int(document.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert document[index:].startswith(b"xref\n0 9\n")
    offsets = [int(found) for found in re.findall(rb"(\d{10}) 00000 n ", document[index:])]
    for number, offset in enumerate(offsets, start=1):
        assert document[offset:].startswith(b"%d 0 obj\n" % number)


def test_a_tiff_has_a_directory_for_each_page() -> None:
    document = write_tiff(3, bytes(range(256)) * 20)
    assert document[:4] == b"II*\0"
    (link,) = struct.unpack_from("<I", document, 4)
    sizes = []
    while link:
        (count,) = struct.unpack_from("<H", document, link)
        entries = {
            tag: value
            for tag, _, _, value in struct.iter_unpack("<HHII", document[link + 2 : link + 2 + 12 * count])
        }
        assert list(entries) == sorted(entries)
        assert entries[279] == entries[257] * 1728 // 8
        sizes.append(entries[273] + entries[279])
        (link,) = struct.unpack_from("<I", document, link + 2 + 12 * count)
    assert len(sizes) == 3
    assert max(sizes) <= len(document)


@pytest.mark.parametrize("kind", DocumentFormat)
def test_a_document_is_always_the_same_and_unlike_any_other(kind: DocumentFormat) -> None:
    one = render(kind, "a", pages=2, edges=PLAIN)
    assert one == render(kind, "a", pages=2, edges=PLAIN)
    assert one != render(kind, "b", pages=2, edges=PLAIN)
    assert render(kind, "a", pages=0, edges=PLAIN) == render(kind, "a", pages=1, edges=PLAIN)
    assert len(render(kind, "a", pages=1, edges=PLAIN, padding_bytes=100_000)) > 100_000


def test_documents_end_in_every_kind_of_line_end() -> None:
    tails = {render(DocumentFormat.PDF, "a", pages=1, edges=edges)[-2:] for edges in EDGES}
    assert {b"F\n", b"\r\n", b"F\r", b"OF"} <= tails
    heads = {render(DocumentFormat.PDF, "a", pages=1, edges=edges)[:2] for edges in EDGES}
    assert heads == {b"%P", b"\r\n", b"\n%"}
    assert all(render(DocumentFormat.TIF, "a", pages=1, edges=edges)[:4] == b"II*\0" for edges in EDGES)


@pytest.mark.parametrize("edges", EDGES)
def test_a_related_body_keeps_every_byte(edges: Edges) -> None:
    content = render(DocumentFormat.PDF, "a", pages=1, edges=edges)
    root = BodyPart(b"<root/>", "application/xop+xml", "root@example")
    content_type, body = write_related(
        [BodyPart(content, "application/pdf", "a b@example"), root], root_id="root@example", names_start=True
    )
    assert parameter_of(content_type, "start") == "<root@example>"
    document, envelope = read_parts(content_type, body)
    assert document == BodyPart(content, "application/pdf", "a b@example")
    assert envelope == root


def test_a_forms_parts_have_names() -> None:
    body = (
        b'preamble\r\n--x\r\nContent-Disposition: form-data; name="FaxNumber"\r\n\r\n12025550100\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="\xc3\xa4 %22b%22.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n\r\n%PDF\n\r\n--x--\r\nepilogue"
    )
    field, file = read_parts("multipart/form-data; boundary=x", body)
    assert (field.name, field.file_name, field.content) == ("FaxNumber", None, b"12025550100")
    assert (file.file_name, file.content_type) == ('ä "b".pdf', "application/pdf")
    assert file.content == b"\r\n%PDF\n"


def test_a_part_may_be_base64() -> None:
    body = b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n--x--"
    (part,) = read_parts('multipart/related; boundary="x"', body)
    assert part.content == b"hello"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/related", b"--x\r\n\r\na\r\n--x--"),
        ("multipart/related; boundary=y", b"--x\r\n\r\na\r\n--x--"),
        ("multipart/related; boundary=x", b"--x\r\n\r\na\r\n--x\r\n"),
        ("multipart/related; boundary=x", b"--x\r\nA: b\r\n--x--"),
        ("multipart/related; boundary=x", b"--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(NotMultipart):
        read_parts(content_type, body)
