"""The operations of DynamoDB's API that read and write items, on tables in memory, one after the other.

What a request may say is what the ledger says. Whatever else DynamoDB knows raises `UnknownRequest`.
"""

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, Final

from local.dynamodb.conditions import Condition, read_condition, read_key_condition
from local.dynamodb.refusals import UnknownRequest, invalid
from local.dynamodb.tables import MemoryTable
from local.dynamodb.updates import read_update
from local.dynamodb.values import Item, checked, size_of
from local.dynamodb.words import Names, Values

Request = Mapping[str, Any]
Answer = dict[str, Any]

# DynamoDB's API reference, BatchGetItem.
_MOST_KEYS_OF_BATCH: Final = 100
_MOST_BYTES_OF_BATCH: Final = 16 * 1024 * 1024


class MemoryTables:
    """All tables by name, behind the operations of DynamoDB's API that read and write items.

    `answer` takes an operation and what it is asked for, and gives what it answers; bytes are bytes in both.
    """

    def __init__(self, find: Callable[[str], MemoryTable]) -> None:
        self._find = find
        self._lock = RLock()
        self._operations: Mapping[str, Callable[[Request], Answer]] = {
            "GetItem": self._get_item,
            "PutItem": self._put_item,
            "UpdateItem": self._update_item,
            "DeleteItem": self._delete_item,
            "Query": self._query,
            "Scan": self._scan,
            "BatchGetItem": self._batch_get_item,
        }

    def knows(self, operation: str) -> bool:
        return operation in self._operations

    def answer(self, operation: str, request: Request) -> Answer:
        """Raises `RequestRefused`, and `UnknownRequest` for a parameter that the ledger never gave yet."""
        if not request.keys() <= _PARAMETERS[operation]:
            unknown = request.keys() - _PARAMETERS[operation]
            raise UnknownRequest(f"{', '.join(sorted(unknown))} of {operation}")
        with self._lock:
            return self._operations[operation](request)

    def _get_item(self, request: Request) -> Answer:
        found = self._table(request).get(request["Key"])
        return {} if found is None else {"Item": found}

    def _put_item(self, request: Request) -> Answer:
        values, condition = _conditional(request)
        old = self._table(request).put(request["Item"], condition, values, shows_old=_shows_old(request))
        return _shown(request, old, None)

    def _update_item(self, request: Request) -> Answer:
        table, names = self._table(request), _names(request)
        update = read_update(request["UpdateExpression"], names)
        values, condition = _conditional(request, update.names, update.values)
        for path in update.paths:
            if path[0] in table.keys.names:
                raise invalid(
                    f"One or more parameter values were invalid: Cannot update attribute {path[0]}. This "
                    "attribute is part of the key"
                )
        old, new = table.update(
            request["Key"], update.apply, condition, values, shows_old=_shows_old(request)
        )
        return _shown(request, old, new)

    def _delete_item(self, request: Request) -> Answer:
        values, condition = _conditional(request)
        old = self._table(request).delete(request["Key"], condition, values, shows_old=_shows_old(request))
        return _shown(request, old, None)

    def _query(self, request: Request) -> Answer:
        index = request.get("IndexName")
        if index is not None and request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        limit = request.get("Limit")
        if limit is not None and limit < 1:
            raise invalid("Value at 'limit' failed to satisfy constraint: Member must be at least 1")
        names, values = _names(request), _values(request)
        condition = read_key_condition(request["KeyConditionExpression"], names)
        _check_aliases(request, condition.names, condition.values)
        page, last = self._table(request).query(
            index,
            condition,
            values,
            limit=limit,
            start=request.get("ExclusiveStartKey"),
            is_forward=request.get("ScanIndexForward", True),
        )
        return _page(page, last)

    def _scan(self, request: Request) -> Answer:
        page, last = self._table(request).scan(
            request.get("Segment", 0),
            request.get("TotalSegments", 1),
            limit=request.get("Limit"),
            start=request.get("ExclusiveStartKey"),
        )
        return _page(page, last)

    def _batch_get_item(self, request: Request) -> Answer:
        asked = request["RequestItems"]
        if sum(len(one["Keys"]) for one in asked.values()) > _MOST_KEYS_OF_BATCH:
            raise invalid("Too many items requested for the BatchGetItem call")
        found: dict[str, list[Item]] = {}
        left: dict[str, Any] = {}
        taken = 0
        for name, one in asked.items():
            if set(one) - {"Keys", "ConsistentRead"}:
                raise UnknownRequest("more than keys of a BatchGetItem")
            table = self._find(name)
            places = [table.key_of(key) for key in one["Keys"]]
            if len(set(places)) < len(places):
                raise invalid("Provided list of item keys contains duplicates")
            for key in one["Keys"]:
                item = table.get(key)
                taken += size_of(item) if item is not None else 0
                if taken > _MOST_BYTES_OF_BATCH:
                    left.setdefault(name, {**one, "Keys": []})["Keys"].append(key)
                elif item is not None:
                    found.setdefault(name, []).append(item)
        return {"Responses": {name: found.get(name, []) for name in asked}, "UnprocessedKeys": left}

    def _table(self, request: Request) -> MemoryTable:
        return self._find(request["TableName"])


_WRITES: Final = frozenset(
    {
        "TableName",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValues",
        "ReturnValuesOnConditionCheckFailure",
    }
)
_PAGES: Final = frozenset({"TableName", "ExclusiveStartKey", "Limit", "ConsistentRead"})
_PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "GetItem": frozenset({"TableName", "Key", "ConsistentRead"}),
    "PutItem": _WRITES | {"Item"},
    "UpdateItem": _WRITES | {"Key", "UpdateExpression"},
    "DeleteItem": _WRITES | {"Key"},
    "Query": _PAGES
    | {
        "IndexName",
        "KeyConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ScanIndexForward",
    },
    "Scan": _PAGES | {"Segment", "TotalSegments"},
    "BatchGetItem": frozenset({"RequestItems"}),
}


def _names(request: Request) -> Names:
    return tuple(request.get("ExpressionAttributeNames", {}).items())


def _values(request: Request) -> Values:
    return {alias: checked(value) for alias, value in request.get("ExpressionAttributeValues", {}).items()}


def _conditional(
    request: Request, names: frozenset[str] = frozenset(), values: frozenset[str] = frozenset()
) -> tuple[Values, Condition | None]:
    """The values of a write and its condition; the aliases are those that it uses elsewhere."""
    condition = None
    if "ConditionExpression" in request:
        condition = read_condition(request["ConditionExpression"], _names(request))
        names, values = names | condition.names, values | condition.values
    _check_aliases(request, names, values)
    return _values(request), condition


def _check_aliases(request: Request, names: frozenset[str], values: frozenset[str]) -> None:
    for parameter, used in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
        given = request.get(parameter, {}).keys()
        if parameter in request and not given:
            raise invalid(f"{parameter} must not be empty")
        if given == used:
            continue
        if given - used:
            raise invalid(
                f"Value provided in {parameter} unused in expressions: keys: {sorted(given - used)}"
            )
        if used - given:
            raise invalid(f"An alias used in an expression is not defined: {sorted(used - given)}")


def _shows_old(request: Request) -> bool:
    return bool(request.get("ReturnValuesOnConditionCheckFailure", "NONE") == "ALL_OLD")


def _shown(request: Request, old: Item | None, new: Item | None) -> Answer:
    match request.get("ReturnValues", "NONE"):
        case "NONE":
            return {}
        case "ALL_OLD":
            return {} if old is None else {"Attributes": old}
        case "ALL_NEW":
            return {} if new is None else {"Attributes": new}
        case other:
            raise UnknownRequest(f"the return of {other}")


def _page(items: list[Item], last: Item | None) -> Answer:
    page: Answer = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    if last is not None:
        page["LastEvaluatedKey"] = last
    return page
