"""The parts of a multipart/form-data body."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.errors import MalformedInput
from faxledger.web.multipart import boundary_of, parts_of
from tests.support.bounded import bounded_computation

NAMES = st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["Cc"]), min_size=1)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=30)), min_size=1, max_size=5))
def test_what_was_put_in_comes_out(fields: list[tuple[str, bytes]]) -> None:
    body = b"".join(
        b'--a-boundary\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
        for name, content in fields
    )
    assert parts_of(body + b"--a-boundary--\r\n", "a-boundary") == fields


@given(st.binary(max_size=200), st.sampled_from(["b", "--", "(", "a b"]))
def test_no_body_breaks_the_reader(body: bytes, boundary: str) -> None:
    for whole in (body, b"--" + boundary.encode() + b"\r\n" + body + b"\r\n--" + boundary.encode() + b"--"):
        with suppress(MalformedInput):
            parts_of(whole, boundary)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ("multipart/form-data;BOUNDARY=abc;charset=utf-8", "abc"),
        ('multipart/form-data; boundary="a; b=c"', "a; b=c"),
        ('multipart/form-data; boundary="a\\"b"', 'a"b'),
        ('multipart/form-data; x="boundary=no"; boundary = yes', "yes"),
    ],
)
def test_the_boundary_is_found(content_type: str, boundary: str) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "; xboundary=a"]
)
def test_without_a_boundary_nothing_is_read(content_type: str) -> None:
    with pytest.raises(MalformedInput, match="boundary"):
        boundary_of(content_type)


@pytest.mark.parametrize(
    "body",
    [b"\r\n" * 32_000, b"--b" * 21_000, b"--b \t" * 13_000, b"--b\r\n" * 13_000, b"--b" + b" " * 65_000],
)
def test_no_body_takes_long(body: bytes) -> None:
    with bounded_computation(seconds=10):
        for _ in range(5):
            with pytest.raises(MalformedInput):
                parts_of(body, "b")
            for header in ("; " * 5_000, ';a="' * 2_500, '; a="\\' * 2_000):
                with pytest.raises(MalformedInput):
                    boundary_of(header)
