"""Requests to send: each refusal says what would be right, and nothing of what was given."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from faxledger.errors import MalformedInput
from faxledger.web.fax_requests import UNFORESEEN, read_fax, read_upload

KEY = "a-first-key"
NUMBER = {"number": "12025550100"}
FAX: dict[str, Any] = {
    "provider": "softlinx",
    "recipients": [NUMBER],
    "documents": [{"type": "application/pdf", "content": "AAAA"}],
}
ODD: tuple[Any, ...] = (
    *(None, True, 1, -1, 1.5, 10**30, 5000, "", "canary", "a\nb", "\ud800", "2026-01-01", "canary" * 1000),
    *([], {}, ["canary"], ["canary"] * 200, {"canary": 1}, [{"canary": 1}]),
)
OPTIONS = ("has_cover_page", "cover_page_name", "cover_message", "retry_count", "canary")


def read_any(body: bytes) -> object:
    return read_fax(body, KEY, lambda _: ())


def refused(body: Any, read: Callable[[bytes], object] = read_any) -> MalformedInput | None:
    try:
        read(body if isinstance(body, bytes) else json.dumps(body).encode())
    except MalformedInput as error:
        return error
    return None


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_whatever_stands_anywhere_the_refusal_is_in_words_and_repeats_nothing(value: Any) -> None:
    top = [*FAX, "user", "reference", "send_after", "options", "idempotency_key", "canary"]
    bodies = [{**FAX, name: value} for name in top]
    bodies += [{**FAX, "options": {name: value}} for name in OPTIONS]
    bodies += [{**FAX, "recipients": [{**NUMBER, name: value}]} for name in ("number", "name", "canary")]
    bodies += [{**FAX, "documents": [{name: value}]} for name in ("type", "content", "upload", "canary")]
    for error in filter(None, map(refused, bodies)):
        assert UNFORESEEN not in error.problem
        assert "canary" not in str(error)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b"null"])
def test_what_is_no_object_is_called_so(body: bytes) -> None:
    assert str(refused(body)) == "body is not a JSON object"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"provider": "efax"}, "provider is none of 'softlinx' or 'greenfax'"),
        ({"recipients": [{"number": "one"}]}, "recipients[0].number is not a fax number as in"),
        ({"send_after": "tomorrow"}, "send_after is not a time with its offset, as in 2026"),
        ({"send_after": "2026-11-22T10:00:00"}, "send_after is not a time with its offset, as in 2026"),
        ({"options": {"has_header": "yes"}}, "options.has_header is neither true nor false"),
        ({"options": {"retry_count": 1001}}, "options.retry_count is larger than 1000"),
        ({"documents": [{"upload": "x"}]}, "documents[0].upload is not the id of an upload, which is 32"),
        ({"recipients": [{**NUMBER, "nmae": "x"}]}, "known are company, fax, name, number, title, voice"),
        ({"documents": [{"nmae": "x"}]}, "known are content, type, upload"),
        ({"recipient": []}, "known are documents, idempotency_key, notify, options, provider, recipients"),
        ({"recipients": [NUMBER] * 101}, "recipients are more than 100"),
    ],
)
def test_a_refusal_says_what_would_be_right(more: dict[str, Any], said: str) -> None:
    assert said in str(refused({**FAX, **more}))


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("name", ["type", "size", "sha256", "canary"])
def test_an_upload_is_refused_in_words_too(name: str, value: Any) -> None:
    error = refused({"type": "application/pdf", "size": 1, "sha256": "a" * 64, name: value}, read_upload)
    if error is not None:
        assert UNFORESEEN not in error.problem
        assert "canary" not in str(error)
