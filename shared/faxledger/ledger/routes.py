"""Routes in the table: `ROUTE#<provider>#<user or number>` / `ROUTE`, and `ROUTE#default` for all others.

The users and numbers are our own. To be listed, each stands in the index by reference under one key that is
no reference's.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from faxledger.domain.deliveries import DEFAULT_ROUTE, Channel, Route, RouteKey, Target
from faxledger.domain.events import EventType
from faxledger.domain.fax import Provider
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.errors import MalformedInput
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import Value, decoder, from_attributes, to_attribute, to_attributes
from faxledger.ledger.reading import items_behind, readable
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.notifying import ListedRoutes
from faxledger.usecases.ports.world import Clock

_KIND: Final = "ROUTE"
_LISTED: Final = "ROUTES"
_DEFAULT: Final = "default"
_PAGE: Final = 100


def route_key_text(key: RouteKey) -> str:
    return _DEFAULT if key.provider is None else f"{key.provider}#{key.name}"


def route_key_of(text: str) -> RouteKey:
    provider, separator, name = text.partition("#")
    return RouteKey(Provider(provider), name) if separator else DEFAULT_ROUTE


class DynamoRoutes:
    """Implements `Routes`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def find(self, key: RouteKey) -> Route | None:
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=_key(key), ConsistentRead=True
            )
        return _decode(answer["Item"]) if "Item" in answer else None

    def known(self, keys: Collection[RouteKey]) -> frozenset[RouteKey]:
        """Raises `LedgerUnavailable`."""
        found = items_behind(self._table, self._clock, map(_key, keys))
        return frozenset(_route_key(item) for item in found if not _is_of_days_alone(item))

    def put(self, route: Route) -> None:
        with ledger_errors():
            self._table.client.put_item(
                TableName=self._table.name,
                Item={
                    **_key(route.key),
                    **to_attributes(
                        {
                            "version": items.VERSION,
                            "targets": {target.id: _encode(target) for target in route.targets},
                            "changed_at": timestamp(route.changed_at) if route.changed_at else None,
                            "changed_by": route.changed_by,
                            keys.BY_REFERENCE.partition: _LISTED,
                            keys.BY_REFERENCE.sort: route_key_text(route.key),
                        }
                    ),
                },
            )

    def delete(self, key: RouteKey) -> None:
        with ledger_errors():
            self._table.client.delete_item(TableName=self._table.name, Key=_key(key))

    def page(self, *, cursor: str | None) -> ListedRoutes:
        """Raises `MalformedInput`, `LedgerUnavailable`."""
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "IndexName": keys.BY_REFERENCE.name,
            "KeyConditionExpression": "#partition = :partition AND #sort > :after",
            "ExpressionAttributeNames": {
                "#partition": keys.BY_REFERENCE.partition,
                "#sort": keys.BY_REFERENCE.sort,
            },
            "ExpressionAttributeValues": {
                ":partition": to_attribute(_LISTED),
                # An index key can't be empty; nothing sorts before a space.
                ":after": to_attribute(cursor or " "),
            },
            "Limit": _PAGE,
        }
        if cursor is not None and len(cursor.encode()) > 1_000:
            raise MalformedInput("cursor", "is not one of ours: give the cursor of the page before")
        with ledger_errors():
            answer = self._table.client.query(**request)
        listed = answer["Items"]
        found = readable(self._table, _decode, items_behind(self._table, self._clock, listed))
        is_last = not listed or "LastEvaluatedKey" not in answer
        return ListedRoutes(tuple(found), None if is_last else listed[-1][keys.BY_REFERENCE.sort]["S"])

    def disable(self, key: RouteKey, target_id: str, *, now: datetime) -> bool:
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=_key(key),
                    UpdateExpression="SET targets.#target.disabled_at = :now",
                    ConditionExpression=(
                        "attribute_exists(targets.#target)"
                        " AND attribute_not_exists(targets.#target.disabled_at)"
                    ),
                    ExpressionAttributeNames={"#target": target_id},
                    ExpressionAttributeValues={":now": to_attribute(timestamp(now))},
                )
        except ConditionFailed:
            return False
        return True


def _key(key: RouteKey) -> dict[str, Any]:
    return keys.primary(_KIND, route_key_text(key))


def _route_key(item: Mapping[str, Any]) -> RouteKey:
    return route_key_of(str(item["pk"]["S"]).removeprefix(f"{_KIND}#"))


def _is_of_days_alone(item: Mapping[str, Any]) -> bool:
    """What can't be read is not: whoever notifies says so."""
    targets = item.get("targets", {}).get("M", {}).values()
    wanted = {target.get("M", {}).get("events", {}).get("S") for target in targets}
    return wanted == {EventType.DAY_CLOSED}


def _encode(target: Target) -> dict[str, Value | None]:
    return {
        "channel": target.channel,
        "address": target.address,
        "events": ",".join(sorted(target.events)) or None,
    }


@decoder
def _decode(item: Mapping[str, Any]) -> Route:
    values = from_attributes(item)
    targets = values["targets"]
    return Route(
        key=_route_key(item),
        targets=tuple(_decode_target(targets[name]) for name in sorted(targets)),
        disabled={
            name: moment_of(values["disabled_at"])
            for name, values in targets.items()
            if "disabled_at" in values
        },
        changed_at=moment_of(values["changed_at"]) if "changed_at" in values else None,
        changed_by=values.get("changed_by"),
    )


def _decode_target(values: Mapping[str, Any]) -> Target:
    events = values.get("events")
    return Target(
        Channel(values["channel"]),
        values["address"],
        frozenset(map(EventType, events.split(","))) if events else frozenset(),
    )
