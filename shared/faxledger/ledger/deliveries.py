"""Deliveries in the table: `DELIVERY#<fax>` / `<event id>#<target id>`.

While one is pending it stands among what is due, in partitions of its own, by the moment at which somebody
has to look at it. One that was given up stands in the listing by status, by the moment of that.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from faxledger.domain.deliveries import Channel, Delivery, DeliveryKey, RouteKey, Target
from faxledger.domain.events import EventType
from faxledger.domain.fax import FaxId
from faxledger.domain.report import DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import Value, from_attributes, to_attribute, to_attributes
from faxledger.ledger.paging import page_of
from faxledger.ledger.reading import entries_of, items_behind, items_of
from faxledger.ledger.routes import route_key_of, route_key_text
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.notifying import ListedDeliveries
from faxledger.usecases.ports.world import Clock

_KIND = "DELIVERY#"
# Of this round and attempt: whoever began another knows better.
_MINE = "duty_deliver = :pending AND attempts = :attempts AND round_number = :round"
_LISTED: Final[Mapping[DutyState, tuple[keys.Index, Sequence[str]]]] = {
    DutyState.GIVEN_UP: (keys.BY_STATUS, [keys.given_up_partition(shard) for shard in range(keys.SHARDS)]),
    DutyState.PENDING: (keys.DUE, keys.due_partitions(keys.DUE_DELIVERY)),
}


class DynamoDeliveries:
    """Implements `Deliveries` and `DeliveryListing`."""

    def __init__(
        self, table: Table, clock: Clock, token: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._table = table
        self._clock = clock
        self._token = token

    def plan(self, delivery: Delivery) -> bool:
        token = self._token()
        expiry = self._clock.now() + timedelta(days=self._table.retention_days)
        try:
            with ledger_errors():
                self._table.client.put_item(
                    TableName=self._table.name,
                    Item={
                        **_key(delivery.key),
                        **to_attributes(_encode(delivery)),
                        **to_attributes(_due(delivery.key, delivery.next_at)),
                        "write_token": to_attribute(token),
                        "expires_at": to_attribute(int(expiry.timestamp())),
                    },
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            # Our own write, repeated by botocore because its answer was lost.
            return failure.item.get("write_token") == {"S": token}
        return True

    def begin(self, key: DeliveryKey, *, now: datetime, until: datetime) -> Delivery | None:
        token = self._token()
        try:
            item = self._change(
                key,
                "SET next_at = :until, due_at = :look_at, write_token = :token ADD attempts :one",
                "duty_deliver = :pending AND next_at <= :now",
                {
                    ":until": timestamp(until),
                    ":look_at": _due(key, until)[keys.DUE.sort],
                    ":token": token,
                    ":one": 1,
                    ":pending": DutyState.PENDING,
                    ":now": timestamp(now),
                },
            )
        except ConditionFailed as failure:
            if failure.item.get("write_token") != {"S": token}:
                return None
            item = failure.item
        return _decode(item)

    def done(self, delivery: Delivery) -> None:
        # Whatever others think of it by now: it was taken.
        self._change_if(
            delivery.key,
            "SET duty_deliver = :done, delivered_at = :now"
            " REMOVE due_key, due_at, status_key, listed_at, problem",
            "attribute_exists(pk)",
            {":done": DutyState.DONE, ":now": timestamp(self._clock.now())},
        )

    def later(self, delivery: Delivery, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        self._change_if(
            delivery.key,
            "SET problem = :problem, next_at = :next_at, due_at = :look_at",
            _MINE,
            {
                ":problem": problem,
                ":next_at": timestamp(next_at),
                ":look_at": _due(delivery.key, look_at)[keys.DUE.sort],
                **_this_attempt(delivery),
            },
        )

    def give_up(self, delivery: Delivery, problem: str) -> None:
        self._change_if(
            delivery.key,
            "SET duty_deliver = :given_up, problem = :problem, status_key = :partition, listed_at = :position"
            " REMOVE due_key, due_at",
            _MINE,
            {
                ":given_up": DutyState.GIVEN_UP,
                ":problem": problem,
                ":partition": keys.given_up_partition(_shard_of(delivery.key)),
                ":position": keys.position(self._clock.now(), _text_of(delivery.key)),
                **_this_attempt(delivery),
            },
        )

    def reopen(self, key: DeliveryKey, *, round_: int, now: datetime) -> None:
        self._change_if(
            key,
            "SET duty_deliver = :pending, round_number = :next, attempts = :none, next_at = :now,"
            " due_key = :due, due_at = :look_at REMOVE status_key, listed_at",
            "duty_deliver = :given_up AND round_number = :before",
            {
                ":pending": DutyState.PENDING,
                ":next": round_ + 1,
                ":none": 0,
                ":now": timestamp(now),
                ":due": _due(key, now)[keys.DUE.partition],
                ":look_at": _due(key, now)[keys.DUE.sort],
                ":given_up": DutyState.GIVEN_UP,
                ":before": round_,
            },
        )

    def due(self, *, before: datetime) -> Iterator[DeliveryKey]:
        entries = entries_of(
            self._table,
            keys.DUE,
            keys.due_partitions(keys.DUE_DELIVERY),
            "#sort <= :before",
            # `~` sorts behind everything that follows a time.
            {":before": f"{timestamp(before)}~"},
        )
        for item in items_behind(self._table, self._clock, entries):
            if keys.DUE.sort in item and keys.moment_of(item[keys.DUE.sort]["S"]) <= before:
                yield _decode_key(item)

    def put_off(self, key: DeliveryKey, *, look_at: datetime) -> None:
        self._change_if(
            key,
            "SET due_at = :look_at",
            "duty_deliver = :pending",
            {":look_at": _due(key, look_at)[keys.DUE.sort], ":pending": DutyState.PENDING},
        )

    def of_fax(self, fax_id: FaxId) -> Sequence[Delivery]:
        found = items_of(
            self._table,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": to_attribute(f"{_KIND}{fax_id}")},
            ConsistentRead=True,
        )
        return [_decode(item) for item in found]

    def page(self, state: DutyState, *, limit: int, cursor: str | None) -> ListedDeliveries:
        index, partitions = _LISTED[state]
        found, more = page_of(self._table, self._clock, index, partitions, limit=limit, cursor=cursor)
        return ListedDeliveries(tuple(_decode(item) for item in found), more)

    def _change_if(
        self, key: DeliveryKey, expression: str, condition: str, values: Mapping[str, Value]
    ) -> None:
        try:
            self._change(key, expression, condition, values)
        except ConditionFailed:
            return

    def _change(
        self, key: DeliveryKey, expression: str, condition: str, values: Mapping[str, Value]
    ) -> Mapping[str, Any]:
        """The item as it is afterwards; raises `ConditionFailed` with the item as it was."""
        with ledger_errors():
            answer = self._table.client.update_item(
                TableName=self._table.name,
                Key=_key(key),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_attributes(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        found: Mapping[str, Any] = answer["Attributes"]
        return found


def _this_attempt(delivery: Delivery) -> dict[str, Value]:
    return {":pending": DutyState.PENDING, ":attempts": delivery.attempts, ":round": delivery.round}


def _due(key: DeliveryKey, look_at: datetime) -> dict[str, Any]:
    return keys.due_keys(keys.DUE_DELIVERY, _text_of(key), look_at)


def _shard_of(key: DeliveryKey) -> int:
    return keys.shard_of(_text_of(key))


def _text_of(key: DeliveryKey) -> str:
    return f"{key.fax}#{key.event_id}#{key.target_id}"


def _key(key: DeliveryKey) -> dict[str, Any]:
    return {"pk": {"S": f"{_KIND}{key.fax}"}, "sk": {"S": f"{key.event_id}#{key.target_id}"}}


def _decode_key(item: Mapping[str, Any]) -> DeliveryKey:
    event_id, _, target_id = item["sk"]["S"].partition("#")
    return DeliveryKey(FaxId.parse(item["pk"]["S"].removeprefix(_KIND)), event_id, target_id)


def _encode(delivery: Delivery) -> dict[str, Value | None]:
    return {
        "version": items.VERSION,
        "duty_deliver": delivery.state,
        "channel": delivery.target.channel,
        "address": delivery.target.address,
        "event": delivery.event,
        "body": delivery.body,
        "route": None if delivery.route is None else route_key_text(delivery.route),
        "attempts": delivery.attempts,
        "round_number": delivery.round,
        "next_at": timestamp(delivery.next_at),
        "planned_at": timestamp(delivery.next_at),
    }


def _decode(item: Mapping[str, Any]) -> Delivery:
    values = from_attributes(item)
    delivered_at = values.get("delivered_at")
    return Delivery(
        key=_decode_key(item),
        target=Target(Channel(values["channel"]), values["address"]),
        event=EventType(values["event"]),
        body=values["body"],
        next_at=datetime.fromisoformat(values["next_at"]),
        route=_route_key(values.get("route")),
        state=DutyState(values["duty_deliver"]),
        attempts=values["attempts"],
        round=values["round_number"],
        problem=values.get("problem"),
        delivered_at=None if delivered_at is None else datetime.fromisoformat(delivered_at),
    )


def _route_key(text: str | None) -> RouteKey | None:
    return None if text is None else route_key_of(text)
