"""The one way in which an item is changed: what is put, filled in, added and removed, and on what condition.

Conditions are made by the functions below and hold together. Every name has an alias, because many words are
DynamoDB's own: `conflict`, `user` and `state` among them.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from faxledger.ledger.attributes import Value, to_attribute, to_attributes
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors


class _Words:
    """The aliases of one request's names and values."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, name: str) -> str:
        return self.names.setdefault(name, f"#{len(self.names)}")

    def value(self, attribute: Any) -> str:
        alias = f":{len(self.values)}"
        self.values[alias] = attribute
        return alias


Condition = Callable[[_Words], str]


def present(*names: str) -> Condition:
    return lambda words: " AND ".join(f"attribute_exists({words.name(name)})" for name in names)


def absent(*names: str) -> Condition:
    return lambda words: " AND ".join(f"attribute_not_exists({words.name(name)})" for name in names)


def equal(name: str, *values: Value) -> Condition:
    """It is there, and is one of these."""
    return lambda words: (
        f"{words.name(name)} IN ({', '.join(words.value(to_attribute(value)) for value in values)})"
    )


def differs(name: str, value: Value) -> Condition:
    """It is there, and is another."""
    return lambda words: (
        f"attribute_exists({words.name(name)}) AND {words.name(name)} <> {words.value(to_attribute(value))}"
    )


def before(name: str, value: Value) -> Condition:
    return lambda words: f"{words.name(name)} < {words.value(to_attribute(value))}"


def not_after(name: str, value: Value) -> Condition:
    return lambda words: f"{words.name(name)} <= {words.value(to_attribute(value))}"


def either(*conditions: Condition) -> Condition:
    return lambda words: f"({' OR '.join(f'({condition(words)})' for condition in conditions)})"


def update(
    table: Table,
    key: Mapping[str, Any],
    *,
    put: Mapping[str, Value | None] | None = None,
    fill: Mapping[str, Value | None] | None = None,
    add: Mapping[str, int] | None = None,
    remove: Sequence[str] = (),
    where: Sequence[Condition] = (),
    is_wanted: bool = False,
) -> Mapping[str, Any]:
    """Write what is put, and what is filled in where it is not there yet; the item as it is then, if wanted.

    What is removed is gone, unless it is put. None is nothing to write. Raises `ConditionFailed` with the old
    item, and `LedgerUnavailable`.
    """
    words = _Words()
    written = to_attributes(put or {})
    filled = {name: value for name, value in to_attributes(fill or {}).items() if name not in written}
    added = to_attributes(add or {})
    gone = [name for name in remove if name not in written]
    sets = [f"{words.name(name)} = {words.value(value)}" for name, value in written.items()]
    sets += [
        f"{words.name(name)} = if_not_exists({words.name(name)}, {words.value(value)})"
        for name, value in filled.items()
    ]
    adds = [f"{words.name(name)} {words.value(value)}" for name, value in added.items()]
    removes = [words.name(name) for name in gone]
    clauses = {"SET": sets, "ADD": adds, "REMOVE": removes}
    request: dict[str, Any] = {
        "TableName": table.name,
        "Key": key,
        "UpdateExpression": " ".join(f"{verb} {', '.join(done)}" for verb, done in clauses.items() if done),
    }
    if where:
        request["ConditionExpression"] = " AND ".join(condition(words) for condition in where)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if is_wanted:
        request["ReturnValues"] = "ALL_NEW"
    request["ExpressionAttributeNames"] = {alias: name for name, alias in words.names.items()}
    if words.values:
        request["ExpressionAttributeValues"] = words.values
    with ledger_errors():
        answer = table.client.update_item(**request)
    item: Mapping[str, Any] = answer.get("Attributes", {})
    return item


def update_if(table: Table, key: Mapping[str, Any], **change: Any) -> bool:
    """Whether the condition held; if so, the item is changed. As `update` otherwise."""
    try:
        update(table, key, **change)
    except ConditionFailed:
        return False
    return True


def random_token() -> str:
    # From the operating system on every call, so that functions restored from one snapshot differ.
    return secrets.token_hex(8)


def is_own(failure: ConditionFailed, token: str, *, within: str | None = None) -> bool:
    """Whether what stood in the way is this very write, repeated by botocore because its answer was lost.

    Such a write puts a random `write_token`, into the item or into the map `within` it.
    """
    place = failure.item if within is None else failure.item.get(within, {}).get("M", {})
    found: bool = place.get("write_token") == {"S": token}
    return found
