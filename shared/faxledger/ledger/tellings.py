"""Tellings in the table: `TELLING#<fax>` / `<event id>#<target id>`.

While one is pending it stands in the index of what is unfinished, in partitions of its own, by the moment at
which somebody has to look at it.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from faxledger.domain.events import EventType
from faxledger.domain.fax import FaxId
from faxledger.domain.report import DutyState
from faxledger.domain.tellings import Channel, RouteKey, Target, Telling, TellingKey
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import Value, from_attributes, to_attribute, to_attributes
from faxledger.ledger.querying import items_listed, items_of
from faxledger.ledger.routes import route_key_of, route_key_text
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.world import Clock

_KIND = "TELLING#"
# Of this round and attempt: whoever began another knows better.
_MINE = "duty_tell = :pending AND attempts = :attempts AND round_number = :round"


class DynamoTellings:
    """Implements `Tellings`."""

    def __init__(
        self, table: Table, clock: Clock, token: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._table = table
        self._clock = clock
        self._token = token

    def plan(self, telling: Telling) -> bool:
        token = self._token()
        expiry = self._clock.now() + timedelta(days=self._table.retention_days)
        try:
            with ledger_errors():
                self._table.client.put_item(
                    TableName=self._table.name,
                    Item={
                        **_key(telling.key),
                        **to_attributes(_encode(telling)),
                        "unfinished_key": to_attribute(self._partition_of(telling.key)),
                        "unfinished_at": to_attribute(timestamp(telling.next_at)),
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

    def begin(self, key: TellingKey, *, now: datetime, until: datetime) -> Telling | None:
        token = self._token()
        try:
            item = self._change(
                key,
                "SET next_at = :until, unfinished_at = :until, write_token = :token ADD attempts :one",
                "duty_tell = :pending AND next_at <= :now",
                {
                    ":until": timestamp(until),
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

    def done(self, telling: Telling) -> None:
        # Whatever others think of it by now: it was taken.
        self._change_if(
            telling.key,
            "SET duty_tell = :done, told_at = :now REMOVE unfinished_key, unfinished_at, problem",
            "attribute_exists(pk)",
            {":done": DutyState.DONE, ":now": timestamp(self._clock.now())},
        )

    def later(self, telling: Telling, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        self._change_if(
            telling.key,
            "SET problem = :problem, next_at = :next_at, unfinished_at = :look_at",
            _MINE,
            {
                ":problem": problem,
                ":next_at": timestamp(next_at),
                ":look_at": timestamp(look_at),
                **_this_attempt(telling),
            },
        )

    def give_up(self, telling: Telling, problem: str) -> None:
        self._change_if(
            telling.key,
            "SET duty_tell = :given_up, problem = :problem REMOVE unfinished_key, unfinished_at",
            _MINE,
            {":given_up": DutyState.GIVEN_UP, ":problem": problem, **_this_attempt(telling)},
        )

    def reopen(self, key: TellingKey, *, round_: int, now: datetime) -> None:
        self._change_if(
            key,
            "SET duty_tell = :pending, round_number = :next, attempts = :none, next_at = :now,"
            " unfinished_key = :partition, unfinished_at = :now",
            "duty_tell = :given_up AND round_number = :before",
            {
                ":pending": DutyState.PENDING,
                ":next": round_ + 1,
                ":none": 0,
                ":now": timestamp(now),
                ":partition": self._partition_of(key),
                ":given_up": DutyState.GIVEN_UP,
                ":before": round_,
            },
        )

    def due(self, *, before: datetime) -> Iterator[TellingKey]:
        for shard in range(self._table.shards):
            found = items_listed(
                self._table,
                keys.UNFINISHED,
                _partition(shard),
                "#sort <= :before",
                {":before": timestamp(before)},
            )
            yield from map(_decode_key, found)

    def put_off(self, key: TellingKey, *, look_at: datetime) -> None:
        self._change_if(
            key,
            "SET unfinished_at = :look_at",
            "duty_tell = :pending",
            {":look_at": timestamp(look_at), ":pending": DutyState.PENDING},
        )

    def of_fax(self, fax_id: FaxId) -> Sequence[Telling]:
        found = items_of(
            self._table,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": to_attribute(f"{_KIND}{fax_id}")},
            ConsistentRead=True,
        )
        return [_decode(item) for item in found]

    def _partition_of(self, key: TellingKey) -> str:
        return _partition(crc32(f"{key.fax}{key.target_id}".encode()) % self._table.shards)

    def _change_if(
        self, key: TellingKey, expression: str, condition: str, values: Mapping[str, Value]
    ) -> None:
        try:
            self._change(key, expression, condition, values)
        except ConditionFailed:
            return

    def _change(
        self, key: TellingKey, expression: str, condition: str, values: Mapping[str, Value]
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


def _this_attempt(telling: Telling) -> dict[str, Value]:
    return {":pending": DutyState.PENDING, ":attempts": telling.attempts, ":round": telling.round}


def _partition(shard: int) -> str:
    return f"telling#{shard}"


def _key(key: TellingKey) -> dict[str, Any]:
    return {"pk": {"S": f"{_KIND}{key.fax}"}, "sk": {"S": f"{key.event_id}#{key.target_id}"}}


def _decode_key(item: Mapping[str, Any]) -> TellingKey:
    event_id, _, target_id = item["sk"]["S"].partition("#")
    return TellingKey(FaxId.parse(item["pk"]["S"].removeprefix(_KIND)), event_id, target_id)


def _encode(telling: Telling) -> dict[str, Value | None]:
    return {
        "version": items.VERSION,
        "duty_tell": telling.state,
        "channel": telling.target.channel,
        "address": telling.target.address,
        "event": telling.event,
        "body": telling.body,
        "route": None if telling.route is None else route_key_text(telling.route),
        "attempts": telling.attempts,
        "round_number": telling.round,
        "next_at": timestamp(telling.next_at),
        "planned_at": timestamp(telling.next_at),
    }


def _decode(item: Mapping[str, Any]) -> Telling:
    values = from_attributes(item)
    told_at = values.get("told_at")
    return Telling(
        key=_decode_key(item),
        target=Target(Channel(values["channel"]), values["address"]),
        event=EventType(values["event"]),
        body=values["body"],
        next_at=datetime.fromisoformat(values["next_at"]),
        route=_route_key(values.get("route")),
        state=DutyState(values["duty_tell"]),
        attempts=values["attempts"],
        round=values["round_number"],
        problem=values.get("problem"),
        told_at=None if told_at is None else datetime.fromisoformat(told_at),
    )


def _route_key(text: str | None) -> RouteKey | None:
    return None if text is None else route_key_of(text)
