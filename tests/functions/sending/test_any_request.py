"""Whatever a signed request says: no 5xx, and nothing is kept but what was accepted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.functions.sending.conftest import fax, request_to
from tests.support.bundle_on_moto import Stack, bundle_on_moto

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["softlinx", "greenfax", "12025550100", "application/pdf", "JVBERi0xLjQ=", "A", "a" * 32]
    ),
    st.datetimes().map(lambda moment: moment.isoformat()),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = (
    "provider",
    "recipients",
    "documents",
    "user",
    "reference",
    "send_after",
    "options",
    "number",
    "size",
)


@st.composite
def nearly_faxes(draw: st.DrawFn) -> Any:
    """A good request in which something is changed."""
    request: Any = fax()
    for field in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        request[field] = draw(JSON)
    if draw(st.booleans()):
        request["recipients"] = [
            {"number": "12025550100", **draw(st.dictionaries(st.text(max_size=9), LEAVES, max_size=2))}
        ]
    return request


BODIES = st.one_of(
    nearly_faxes().map(json.dumps),
    JSON.map(json.dumps),
    st.text(max_size=100),
    nearly_faxes().flatmap(lambda one: st.integers(0, 80).map(lambda cut: json.dumps(one)[:cut])),
)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Stack]:
    with bundle_on_moto() as stack:
        yield stack


@settings(max_examples=150, deadline=None)
@given(
    body=BODIES,
    path=st.sampled_from(["/faxes", "/faxes/uploads", "/faxes/{id}/resend"]),
    key=st.one_of(st.none(), st.text(max_size=20), st.uuids().map(str)),
    fax_id=st.one_of(st.text(max_size=30), st.just("softlinx.outbound.acme.33")),
    is_base64=st.booleans(),
)
def test_it_is_accepted_or_refused_and_nothing_else(
    deployed: Stack,
    body: str,
    path: str,
    key: str | None,
    fax_id: str,
    is_base64: bool,  # noqa: FBT001
) -> None:
    event = request_to(path, body, key, {"id": fax_id}) | {"isBase64Encoded": is_base64}
    before = len(deployed.items("ORDER#"))
    answer = deployed.http("SubmitFax", event)
    assert answer.status in {201, 202, 400, 409}, answer.body
    kept = len(deployed.items("ORDER#")) - before
    assert kept == 0 or answer.status == 202
