"""moto's answers in a third of the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.serialize import ResponseSerializer


@contextmanager
def quick_items() -> Iterator[None]:
    """moto looks for each of an attribute's ten possible types under several names; only one is ever there.

    Without this more than half of a simulated day is spent on that.
    """
    slow = ResponseSerializer._serialize_structure_member  # noqa: SLF001 - moto has no public place for it

    def member(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if isinstance(value, dict) and key not in value and shape.parent.name == "AttributeValue":
            return
        slow(serializer, serialized, value, shape, key)

    with patch.object(ResponseSerializer, "_serialize_structure_member", member):
        yield
