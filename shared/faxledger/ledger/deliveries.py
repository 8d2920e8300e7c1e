"""Deliveries in the table: `DELIVERY#<fax, or record of a closed day>` / `<event id>#<target id>`.

While one is pending it stands among what is due, in partitions of its own, by the moment at which somebody
has to look at it. One that was given up stands in the listing by status, by the moment of that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from faxledger.domain.deliveries import (
    Channel,
    Delivery,
    DeliveryKey,
    DeliverySubject,
    RouteKey,
    Target,
    in_turn,
    subject_of,
)
from faxledger.domain.events import EventType
from faxledger.domain.report import DutyState
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import Value, decoder, from_attributes, to_attribute, to_attributes
from faxledger.ledger.reading import Item, entries_of, items_behind, items_of, readable
from faxledger.ledger.routes import route_key_of, route_key_text
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.ledger.writes import (
    Condition,
    equal,
    is_own,
    not_after,
    present,
    random_token,
    update,
    update_if,
)
from faxledger.usecases.ports.world import Clock

_KIND = "DELIVERY#"
_DUE = (keys.DUE.partition, keys.DUE.sort)
_GIVEN_UP = (keys.BY_STATUS.partition, keys.BY_STATUS.sort)
_PENDING = equal("duty_deliver", DutyState.PENDING)


class DynamoDeliveries:
    """Implements `Deliveries`."""

    def __init__(self, table: Table, clock: Clock, token: Callable[[], str] = random_token) -> None:
        self._table = table
        self._clock = clock
        self._token = token

    def plan(self, delivery: Delivery) -> bool:
        token = self._token()
        try:
            with ledger_errors():
                self._table.client.put_item(
                    TableName=self._table.name,
                    Item={
                        **_key(delivery.key),
                        **to_attributes(_encode(delivery)),
                        **to_attributes(
                            keys.due_keys(keys.DUE_DELIVERY, _text_of(delivery.key), delivery.next_at)
                        ),
                        "write_token": to_attribute(token),
                        "expires_at": to_attribute(self._expiry()),
                    },
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionFailed as failure:
            return is_own(failure, token)
        return True

    def known(self, keys: Sequence[DeliveryKey]) -> frozenset[DeliveryKey]:
        found = items_behind(self._table, self._clock, map(_key, keys))
        return frozenset(readable(self._table, decoder(_decode_key), found))

    def begin(self, key: DeliveryKey, *, now: datetime, until: datetime) -> Delivery | None:
        token = self._token()
        try:
            item = update(
                self._table,
                _key(key),
                put={"next_at": timestamp(until), "write_token": token, **_look_at(key, until)},
                add={"attempts": 1},
                where=[_PENDING, not_after("next_at", timestamp(now))],
                is_wanted=True,
            )
        except ConditionFailed as failure:
            if not is_own(failure, token):
                return None
            item = failure.item
        return decode(item)

    def done(self, delivery: Delivery) -> None:
        # Whatever others think of it by now: it was taken.
        update_if(
            self._table,
            _key(delivery.key),
            put={"duty_deliver": DutyState.DONE, "delivered_at": timestamp(self._clock.now())},
            remove=[*_DUE, *_GIVEN_UP, "problem"],
            where=[present("pk")],
        )

    def later(self, delivery: Delivery, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        update_if(
            self._table,
            _key(delivery.key),
            put={"problem": problem, "next_at": timestamp(next_at), **_look_at(delivery.key, look_at)},
            where=_is_this_attempt(delivery),
        )

    def give_up(self, delivery: Delivery, problem: str) -> None:
        update_if(
            self._table,
            _key(delivery.key),
            put=given_up(delivery.key, problem, self._clock.now()),
            remove=_DUE,
            where=_is_this_attempt(delivery),
        )

    def reopen(self, key: DeliveryKey, *, round_: int, next_at: datetime) -> bool:
        token = self._token()
        try:
            update(
                self._table,
                _key(key),
                put={
                    "duty_deliver": DutyState.PENDING,
                    "round_number": round_ + 1,
                    "attempts": 0,
                    "next_at": timestamp(next_at),
                    "write_token": token,
                    **keys.due_keys(keys.DUE_DELIVERY, _text_of(key), next_at),
                    "expires_at": self._expiry(),
                },
                remove=_GIVEN_UP,
                where=[equal("duty_deliver", DutyState.GIVEN_UP), equal("round_number", round_)],
            )
        except ConditionFailed as failure:
            return is_own(failure, token)
        return True

    def _expiry(self) -> int:
        """Of what is owed from now on."""
        return int((self._clock.now() + timedelta(days=self._table.retention_days)).timestamp())

    def due(self, *, before: datetime) -> Iterator[DeliveryKey]:
        return self._still_due(self._due_entries(before), before)

    def due_in_turn(self, *, before: datetime, most: int) -> Sequence[DeliveryKey]:
        # By the entries alone, which hold nothing but keys: all of a long backlog can be looked through.
        entries = in_turn(self._due_entries(before), target_id_of, most=most)
        return list(self._still_due(entries, before))

    def _due_entries(self, before: datetime) -> Iterator[Item]:
        return entries_of(
            self._table,
            keys.DUE,
            keys.due_partitions(keys.DUE_DELIVERY),
            "#sort <= :before",
            # `~` sorts behind everything that follows a time.
            {":before": f"{timestamp(before)}~"},
        )

    def _still_due(self, entries: Iterable[Item], before: datetime) -> Iterator[DeliveryKey]:
        behind = items_behind(self._table, self._clock, entries)
        still_due = (item for item in behind if keys.DUE.sort in item)
        for key, look_at in readable(self._table, _decode_due, still_due):
            if look_at <= before:
                yield key

    def put_off(self, key: DeliveryKey, *, now: datetime, look_at: datetime) -> None:
        update_if(
            self._table,
            _key(key),
            put=_look_at(key, look_at),
            where=[_PENDING, not_after("next_at", timestamp(now))],
        )

    def about(self, subject: DeliverySubject) -> Sequence[Delivery]:
        found = items_of(
            self._table,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": to_attribute(f"{_KIND}{subject}")},
            ConsistentRead=True,
        )
        return list(readable(self._table, decode, found))


def given_up(key: DeliveryKey, problem: str, now: datetime) -> dict[str, Value | None]:
    """What changes of a delivery's item when it is given up; what is None goes."""
    name = _text_of(key)
    return {
        **dict.fromkeys(_DUE),
        "duty_deliver": DutyState.GIVEN_UP,
        "problem": problem,
        keys.BY_STATUS.partition: keys.given_up_partition(keys.shard_of(name)),
        keys.BY_STATUS.sort: keys.position(now, name),
    }


def _is_this_attempt(delivery: Delivery) -> list[Condition]:
    """Of this round and attempt: whoever began another knows better."""
    return [_PENDING, equal("attempts", delivery.attempts), equal("round_number", delivery.round)]


def _look_at(key: DeliveryKey, moment: datetime) -> dict[str, str]:
    """By when somebody has to look at a delivery that is due."""
    return {keys.DUE.sort: keys.position(moment, _text_of(key))}


def _text_of(key: DeliveryKey) -> str:
    return f"{key.subject}#{key.event_id}#{key.target_id}"


def subject_in(entry: Item) -> DeliverySubject:
    """What the delivery behind an entry of an index is about; raises `MalformedInput`."""
    return subject_of(str(entry["pk"]["S"]).removeprefix(_KIND))


def target_id_of(entry: Item) -> str:
    """Whom the delivery behind an entry of an index is for."""
    return str(entry["sk"]["S"]).partition("#")[2]


def _key(key: DeliveryKey) -> dict[str, Any]:
    return {"pk": {"S": f"{_KIND}{key.subject}"}, "sk": {"S": f"{key.event_id}#{key.target_id}"}}


def _decode_key(item: Mapping[str, Any]) -> DeliveryKey:
    event_id, _, target_id = item["sk"]["S"].partition("#")
    return DeliveryKey(subject_in(item), event_id, target_id)


@decoder
def _decode_due(item: Mapping[str, Any]) -> tuple[DeliveryKey, datetime]:
    return _decode_key(item), keys.moment_of(item[keys.DUE.sort]["S"])


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
        "planned_at": timestamp(delivery.planned_at),
    }


@decoder
def decode(item: Mapping[str, Any]) -> Delivery:
    values = from_attributes(item)
    delivered_at = values.get("delivered_at")
    return Delivery(
        key=_decode_key(item),
        target=Target(Channel(values["channel"]), values["address"]),
        event=EventType(values["event"]),
        body=values["body"],
        next_at=moment_of(values["next_at"]),
        planned_at=moment_of(values["planned_at"]),
        route=_route_key(values.get("route")),
        state=DutyState(values["duty_deliver"]),
        attempts=values["attempts"],
        round=values["round_number"],
        problem=values.get("problem"),
        delivered_at=None if delivered_at is None else moment_of(delivered_at),
    )


def _route_key(text: str | None) -> RouteKey | None:
    return None if text is None else route_key_of(text)
