"""The days that are closed: `CLOSED#days`, with an item for each day and one for the head of the chain."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from faxledger.domain.closed_days import ChainHead, ChainLink, ChangeCause, ClosedDay, DayVersion
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.errors import ItemUnreadable
from faxledger.ledger.attributes import Attribute, Value, decoder, from_attributes, to_attributes
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.ledger.writes import absent, before, either, equal, present, update, update_if

_PARTITION: Final = "CLOSED#days"
_DAY: Final = "DAY#"
_HEAD: Final = {"pk": {"S": _PARTITION}, "sk": {"S": "HEAD"}}
_CAUSE: Final = "cause_"


class DynamoClosedDays:
    """Implements `ClosedDays` and `ChangesOfClosedDays` on the ledger's table; no item expires by TTL."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def head(self) -> ChainHead:
        with ledger_errors():
            answer = self._table.client.get_item(TableName=self._table.name, Key=_HEAD, ConsistentRead=True)
        return _head(answer["Item"]) if "Item" in answer else ChainHead()

    def advance(self, head: ChainHead, link: ChainLink) -> ChainHead | None:
        advanced = head.followed_by(link)
        put: dict[str, Value | None] = {
            "record_key": link.key,
            "sha256": link.sha256,
            "records": advanced.records,
        }
        last = head.last
        stands = absent("pk") if last is None else equal("sha256", last.sha256)
        try:
            update(self._table, _HEAD, put=put, where=[stands])
        except ConditionFailed as failure:
            # Perhaps botocore has asked twice, and the first answer was lost.
            return advanced if failure.item and _head(failure.item) == advanced else None
        return advanced

    def all(self) -> Mapping[date, ClosedDay]:
        found: dict[date, ClosedDay] = {}
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "KeyConditionExpression": "pk = :partition AND sk < :head",
            "ExpressionAttributeValues": to_attributes({":partition": _PARTITION, ":head": "HEAD"}),
            "ConsistentRead": True,
        }
        while True:
            with ledger_errors():
                answer = self._table.client.query(**request)
            # One without a version is of a day that is being closed for the first time.
            for item in (one for one in answer["Items"] if "version" in one):
                try:
                    closed = _closed_day(item)
                except ItemUnreadable as error:
                    self._table.unreadable(error)
                else:
                    found[closed.version.day] = closed
            if "LastEvaluatedKey" not in answer:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def begin(self, day: date) -> None:
        update(self._table, _key(day), put={"is_begun": True})

    def keep(self, closed: ClosedDay) -> None:
        put: dict[str, Value | None] = {
            "version": closed.version.version,
            "record_key": closed.link.key,
            "sha256": closed.link.sha256,
            "closed_at": timestamp(closed.closed_at),
            "is_complete": closed.is_complete,
        }
        newer = either(absent("version"), before("version", closed.version.version))
        update_if(self._table, _key(closed.version.day), put=put, where=[newer])

    def note_announced(self, version: DayVersion) -> None:
        newer = either(absent("announced"), before("announced", version.version))
        update_if(
            self._table,
            _key(version.day),
            put={"announced": version.version},
            where=[present("version"), newer],
        )

    def note(self, day: date, causes: Collection[ChangeCause], at: datetime) -> bool:
        moment = timestamp(at)
        put: dict[str, Value | None] = {f"{_CAUSE}{cause}": moment for cause in causes}
        return update_if(self._table, _key(day), put={"changed_at": moment, **put}, where=[present("pk")])

    def note_looked_at(self, day: date, changed_at: datetime | None, at: datetime) -> None:
        put: dict[str, Value | None] = {"looked_at": timestamp(at)}
        is_forgotten = changed_at is not None and update_if(
            self._table,
            _key(day),
            put=put,
            remove=["changed_at", *(f"{_CAUSE}{cause}" for cause in ChangeCause)],
            where=[equal("changed_at", timestamp(changed_at))],
        )
        if not is_forgotten:
            update_if(self._table, _key(day), put=put, where=[present("pk")])


def _key(day: date) -> dict[str, Any]:
    return {"pk": {"S": _PARTITION}, "sk": {"S": f"{_DAY}{day}"}}


@decoder
def _head(item: Mapping[str, Attribute]) -> ChainHead:
    values = from_attributes(item)
    return ChainHead(ChainLink(values["record_key"], values["sha256"]), values["records"])


@decoder
def _closed_day(item: Mapping[str, Attribute]) -> ClosedDay:
    values = from_attributes(item)
    day = date.fromisoformat(values["sk"].removeprefix(_DAY))
    changed_at, looked_at = values.get("changed_at"), values.get("looked_at")
    return ClosedDay(
        version=DayVersion(day, values["version"]),
        link=ChainLink(values["record_key"], values["sha256"]),
        closed_at=moment_of(values["closed_at"]),
        is_complete=values["is_complete"],
        announced=values.get("announced", 0),
        changed_at=None if changed_at is None else moment_of(changed_at),
        causes=frozenset(cause for cause in ChangeCause if f"{_CAUSE}{cause}" in values),
        looked_at=None if looked_at is None else moment_of(looked_at),
    )
