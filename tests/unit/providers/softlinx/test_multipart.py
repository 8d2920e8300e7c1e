from base64 import b64encode
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.multipart import base64_decoded, content_type_of, parts_of

# Made of what a boundary is made of, so that it nearly occurs all the time.
CONTENT = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"b", b" ", b"\x00"])).map(b"".join)


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def read(body: bytes, size: int = 7, content_type: str = "multipart/related; boundary=b") -> list[bytes]:
    parts = parts_of(content_type_of(content_type), pieces(body, size))
    return [b"".join(part.chunks()) for part in parts]


def holds_boundary(content: bytes) -> bool:
    lines = (b"\r\n" + content + b"\r\n").split(b"\r\n--b")[1:]
    return any(line.startswith(b"--") or line.lstrip(b" \t").startswith(b"\r\n") for line in lines)


@given(contents=st.lists(CONTENT, max_size=4), size=st.integers(1, 40))
def test_parts_are_kept_to_the_byte_however_they_arrive(contents: list[bytes], size: int) -> None:
    contents = [content for content in contents if not holds_boundary(content)]
    body = b"".join(b"--b\r\nX: y\r\n\r\n" + content + b"\r\n" for content in contents) + b"--b--\r\n"

    assert read(body, size) == contents


@given(content=CONTENT, length=st.integers(0, 60))
def test_what_breaks_off_is_never_whole(content: bytes, length: int) -> None:
    body = b"--b\r\nX: y\r\n\r\n" + content + b"\r\n--b--"
    if holds_boundary(content) or length >= len(body):
        return

    with pytest.raises(ProviderAnswerUnreadable):
        read(body[:length])


def test_a_part_may_have_no_headers() -> None:
    assert read(b"--b\r\n\r\nx\r\n--b\r\n\r\n\r\n--b--") == [b"x", b""]


def test_what_a_reader_leaves_of_a_part_is_passed_over() -> None:
    body = b"--b\r\n\r\n" + b"x" * 1000 + b"\r\n--b\r\n\r\ny\r\n--b--"
    parts = parts_of(content_type_of("multipart/related; boundary=b"), pieces(body, 10))

    next(parts)
    assert b"".join(next(parts).chunks()) == b"y"


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/related", 'multipart/related; boundary=""', "multipart/related; boundary=" + "b" * 201],
)
def test_without_a_boundary_nothing_is_read(content_type: str) -> None:
    with pytest.raises(ProviderAnswerUnreadable, match="no boundary"):
        read(b"--b--", content_type=content_type)


@given(content=st.binary(max_size=200), size=st.integers(1, 50), width=st.integers(1, 80))
def test_base64_is_decoded_however_it_arrives(content: bytes, size: int, width: int) -> None:
    text = b"\r\n ".join(pieces(b64encode(content), width))

    assert b"".join(base64_decoded(pieces(text, size))) == content


@pytest.mark.parametrize(
    "text", [b"A", b"AAA", b"AA=", b"AA==AA==", b"A===", b"AA=A", b"AAAA!", b"AAAA=", b"\xff" * 4]
)
@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_is_not_all_of_base64_is_told(text: bytes, size: int) -> None:
    with pytest.raises(ProviderAnswerUnreadable):
        list(base64_decoded(pieces(text, size)))
