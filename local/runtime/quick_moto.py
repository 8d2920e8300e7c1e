"""moto's answers in a third of the time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from moto.core import responses
from moto.core.serialize import BaseJSONSerializer, ResponseSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Node,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator


@contextmanager
def quick_moto() -> Iterator[None]:
    """Without this more than half of a simulated day goes by where nothing is decided."""
    with ExitStack() as open_:
        open_.enter_context(patch.object(ResponseSerializer, "_serialize_structure_member", _member))
        open_.enter_context(patch.object(BaseJSONSerializer, "_serialize_type_structure", _structure))
        open_.enter_context(patch.object(responses, "method_names_from_class", _method_names))
        open_.enter_context(patch.object(UpdateExpressionParser, "make", _parsed))
        open_.enter_context(patch.object(DepthFirstTraverser, "traverse", _traverse))
        open_.enter_context(patch.object(ActionCountValidator, "traverse", _at_the_root))
        open_.enter_context(patch.object(OverlappingPathsValidator, "traverse", _at_the_root))
        yield


_slow_member: Any = ResponseSerializer._serialize_structure_member  # noqa: SLF001 - moto has no public place


def _member(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """moto looks for each of an attribute's ten types under several names; only one is ever there."""
    if isinstance(value, dict) and key not in value and shape.parent.name == "AttributeValue":
        return
    _slow_member(serializer, serialized, value, shape, key)


_slow_structure: Any = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001 - as above


def _structure(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Texts, numbers and truth values are in DynamoDB's answers what they are in its table."""
    if key and shape.name == "AttributeValue" and not _DEEPER.intersection(value):
        serialized[key] = value
    else:
        _slow_structure(serializer, serialized, value, shape, key)


# Bytes are encoded, and maps and lists hold further values.
_DEEPER = frozenset({"B", "BS", "M", "L"})

# moto looks through a class for its methods at every request.
_method_names = cache(method_names_from_class)

# A few dozen expressions stand in the code; whoever changes one that is parsed copies it before.
_parsed = cache(UpdateExpressionParser.make)


def _traverse(traverser: Any, root: Any) -> Any:
    """moto asks a traverser at every node anew which kinds of node it processes."""
    return _visit(traverser, traverser._processing_map(), root, -1)  # noqa: SLF001 - as above


def _visit(traverser: Any, processors: Mapping[type, Callable[[Any], Any]], node: Any, place: int) -> Any:
    if not isinstance(node, Node):
        return node
    parent = node.parent
    for at, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, at)
        _visit(traverser, processors, child, at)
    for kind, process in processors.items():
        if isinstance(node, kind):
            node = process(node)
            node.parent = parent
            if parent:
                parent.children[place] = node
            break
    return node


def _at_the_root(validator: Any, root: Any) -> Any:
    """moto looks for the same clauses again below every node; all of them stand below the root."""
    (check,) = validator._processing_map().values()  # noqa: SLF001 - as above
    return check(root)
