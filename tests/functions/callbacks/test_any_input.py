"""Whatever a caller with a valid token sends: no 5xx, and nothing that is not on record."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bundle_on_moto import TOKEN, Event, Stack, bundle_on_moto, event_file

NAMES = st.one_of(
    st.sampled_from(["FaxId", "faxid", "FaxStatus", "Queue", "Realm", "CompleteTime", "ErrorText", "CSI"]),
    st.sampled_from(["result", "greenfaxreferenceid", "greenfax_job_id", "timestamp", "cost", "pages", ""]),
    st.text(max_size=8),
)
VALUES = st.one_of(
    st.sampled_from(["33", "0", "sent", "sendFailed", "recvOk", "SendFax", "success", "acme", "", "\x00"]),
    st.sampled_from(["2026-11-22T15:03:58Z", "01/10/2005 02:10:25 PM EST (GMT-5)", "0.10", "9" * 5000]),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.text(max_size=20),
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
FORMS = PAIRS.map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


@st.composite
def multiparts(draw: st.DrawFn) -> bytes:
    boundary = draw(st.sampled_from(["b", "--", "a b"]))
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"{draw(st.sampled_from(['', 'Content-Type: text/plain']))}\r\n\r\n{value}\r\n"
        for name, value in draw(PAIRS)
    ]
    whole = ("".join(parts) + f"--{boundary}--").encode("utf-8", "surrogatepass")
    cut = draw(st.integers(0, len(whole)))
    return whole[:cut] + draw(st.binary(max_size=5)) + whole[cut:]


BODIES = st.one_of(
    FORMS.map(str.encode), FORMS.map(lambda form: quote(form).encode()), multiparts(), st.binary(max_size=200)
)
CONTENT_TYPES = st.one_of(
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded; charset=utf-16",
            "multipart/form-data; boundary=b",
            'multipart/form-data; boundary="a b"',
            "multipart/form-data; boundary=--",
            "multipart/form-data; boundary*=utf-8''b; boundary*0*=x",
            "application/json",
            "",
        ]
    ),
    HEADER_TEXT,
)


@st.composite
def posts(draw: st.DrawFn) -> Event:
    event = event_file("softlinx_callback")
    body, is_base64 = draw(BODIES), draw(st.booleans())
    text = b64encode(body).decode() if is_base64 else body.decode("utf-8", "surrogateescape")
    event["body"] = draw(st.sampled_from([text, text, text, None, text[1:], ""]))
    event["isBase64Encoded"] = is_base64
    event["headers"] |= draw(st.dictionaries(HEADER_TEXT, HEADER_TEXT, max_size=2))
    event["headers"]["content-type"] = draw(CONTENT_TYPES)
    event["rawQueryString"] = draw(FORMS)
    return _without_some_parts(draw, event)


@st.composite
def gets(draw: st.DrawFn) -> Event:
    event = event_file("greenfax_notify")
    query = draw(BODIES).decode("utf-8", "surrogateescape")
    event["rawQueryString"] = draw(
        st.sampled_from([query, quote(query, errors="surrogatepass"), query + "="])
    )
    event["routeKey"] += draw(st.sampled_from(["", "/inbound"]))
    return _without_some_parts(draw, event)


def _without_some_parts(draw: st.DrawFn, event: Event) -> Event:
    for name in draw(st.sets(st.sampled_from(["headers", "requestContext", "cookies", "rawPath"]))):
        event[name] = draw(st.sampled_from([None, {}]))
    return event


@pytest.fixture(scope="module")
def started() -> Iterator[Stack]:
    with bundle_on_moto() as stack:
        yield stack


def check(stack: Stack, function: str, event: dict[str, Any]) -> None:
    stack.calls.clear()
    answer = stack.http(function, event)
    assert answer.status in {200, 400, 413, 415}
    written = [call for _, call in stack.calls if call.action == "dynamodb:UpdateItem"]
    assert written, "nothing durable stands behind the answer"
    if answer.status != 200:
        ((key,),) = (call.keys for call in written)
        assert key.startswith("UNREADABLE#")


@settings(max_examples=250, deadline=None)
@given(event=posts())
def test_no_post_is_lost_and_none_is_our_fault(started: Stack, event: Event) -> None:
    check(started, "SoftlinxCallback", event)


@settings(max_examples=250, deadline=None)
@given(event=gets())
def test_no_get_is_lost_and_none_is_our_fault(started: Stack, event: Event) -> None:
    check(started, "GreenFaxNotify", event)


@settings(max_examples=100, deadline=None)
@given(token=st.text(max_size=60), event=st.one_of(posts(), gets()))
def test_no_other_token_opens_anything(started: Stack, token: str, event: Event) -> None:
    if token == TOKEN:
        return
    event["pathParameters"] = {"token": token}
    started.calls.clear()
    function = "SoftlinxCallback" if event["routeKey"].startswith("POST") else "GreenFaxNotify"
    assert started.http(function, event).status == 404
    assert not [call for _, call in started.calls if call.action.startswith("dynamodb:")]
