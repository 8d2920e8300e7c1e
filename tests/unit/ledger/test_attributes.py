from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.ledger.attributes import from_attribute, from_attributes, to_attribute, to_attributes

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    texts | st.integers() | st.booleans(), lambda inner: st.dictionaries(texts, inner), max_leaves=8
)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    read = from_attribute(to_attribute(value))

    assert read == value
    assert type(read) is type(value)


def test_what_is_none_is_left_out() -> None:
    assert to_attributes({"a": None, "b": ""}) == {"b": {"S": ""}}
    assert from_attributes({"b": {"S": ""}}) == {"b": ""}


def test_what_the_ledger_never_writes_is_refused() -> None:
    with pytest.raises(TypeError, match="SS"):
        from_attribute({"SS": ["a"]})
