"""JSON in which one fax holds what is no text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.rest.answers import RestOutput, output_of
from faxledger.providers.softlinx.transport import HttpAnswer

ONE, THREE = {"FaxId": "1", "FaxStatus": "sent"}, {"FaxId": "3", "FaxStatus": "sendFailed"}


def page(odd: bytes) -> bytes:
    return (
        b'{"RequestStatus": {"StatusCode": 0}, "FaxInfo": [{"FaxId": 1, "FaxStatus": "sent"}, '
        b'{"FaxId": 2, "FaxStatus": "sent", "CSI": "%b"}, {"FaxId": 3, "FaxStatus": "sendFailed"}]}' % odd
    )


def read(body: bytes) -> RestOutput:
    return output_of("GET outboundfaxes", HttpAnswer(200, "application/json", body=body))


@pytest.mark.parametrize(
    ("odd", "read_as"),
    [
        (rb"x \ud83d", "x \ufffd"),
        (rb"\ude00 x", "\ufffd x"),
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"\u0000\u000b\t", "\ufffd\ufffd\t"),
        (b"\x00\x0b\t", "\ufffd\ufffd\t"),
        ("Müller".encode("latin-1"), "M\ufffdller"),
        ("日本".encode()[:-1], "日\ufffd"),
        (b"\xed\xa0\xbd", "\ufffd\ufffd\ufffd"),
    ],
)
def test_what_is_no_text_is_replaced_where_it_stands(odd: bytes, read_as: str) -> None:
    fax = {"FaxId": "2", "FaxStatus": "sent", "CSI": read_as}
    assert read(page(odd)).rows("FaxInfo") == (ONE, fax, THREE)


@given(st.binary(max_size=40).filter(lambda text: not set(text) & set(b'"\\')))
def test_whatever_bytes_stand_in_one_fax_the_others_are_read(odd: bytes) -> None:
    first, second, last = read(page(odd)).rows("FaxInfo")
    assert (first, last) == (ONE, THREE)
    second["CSI"].encode()


@given(st.text(st.characters(), max_size=40))
def test_whatever_text_stands_in_one_fax_the_others_are_read(odd: str) -> None:
    first, second, last = read(page(json.dumps(odd)[1:-1].encode())).rows("FaxInfo")
    assert (first, last) == (ONE, THREE)
    second["CSI"].encode()


def test_a_name_is_mended_too() -> None:
    body = page(b"x").replace(b'"CSI"', rb'"C\ud83dI"')
    assert read(body).rows("FaxInfo")[1] == {"FaxId": "2", "FaxStatus": "sent", "C\ufffdI": "x"}


@pytest.mark.parametrize("odd", [rb"\ud83d", rb"\u0001", b"\xe9"])
def test_what_decides_is_not_mended(odd: bytes) -> None:
    fax = page(b"x").replace(b'"FaxId": 2', b'"FaxId": "2' + odd + b'"')
    assert read(fax).rows("FaxInfo")[1]["FaxId"] == "2\ufffd"
    with pytest.raises(ProviderAnswerUnreadable, match="StatusCode"):
        read(page(b"x").replace(b'"StatusCode": 0', b'"StatusCode": "0' + odd + b'"'))


@pytest.mark.parametrize(
    ("odd", "read_as"),
    [
        (b'x", "CSI": "y', {}),
        (b'x", "CSI": "x', {"CSI": "x"}),
        (b'x", "CSI": "y", "CSI": "x', {}),
        (b'x", "TSI": NaN, "Caption": "', {"CSI": "x", "Caption": ""}),
        (b'x", "TSI": -Infinity, "Caption": "', {"CSI": "x", "Caption": ""}),
    ],
)
def test_what_contradicts_itself_or_is_no_value_is_left_out_where_it_stands(
    odd: bytes, read_as: dict[str, str]
) -> None:
    fax = {"FaxId": "2", "FaxStatus": "sent", **read_as}
    assert read(page(odd)).rows("FaxInfo") == (ONE, fax, THREE)
