"""A document has one canonical JSON, and so one hash, whoever writes it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.canonical_json import canonical_json, sha256_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
        # A fault in the order or in the escaping shows in a few names; with more of them only the time grows.
        max_leaves=8,
    ),
)


def test_it_is_as_rfc_8785_has_it() -> None:
    # Its own example of an order: by UTF-16, in which an emoji stands before U+FB33.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    in_order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical_json(dict.fromkeys(names)))) == in_order
    escaped = {"string": '\u20ac$\u000f\nA\'B"\\"/'}
    assert canonical_json(escaped) == b'{"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\"/"}'
    assert canonical_json({"b": [True, None, 10], "a": ()}) == b'{"a":[],"b":[true,null,10]}'


@given(DOCUMENTS)
def test_a_document_that_was_sent_as_any_json_has_the_same_hash(document: dict[str, Any]) -> None:
    sent = json.dumps(dict(reversed(document.items())), indent=1)
    assert sha256_of(json.loads(sent)) == sha256_of(document)
    assert json.loads(canonical_json(document)) == document


@pytest.mark.parametrize("value", [1.0, b"bytes", {1}, object()])
def test_what_languages_write_differently_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json({"within": [{"a list": value}]})
