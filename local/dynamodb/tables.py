"""A table in memory: its items, what its indexes hold of them, and every change."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from local.dynamodb.conditions import Condition, KeyCondition
from local.dynamodb.refusals import RequestRefused, UnknownRequest, invalid
from local.dynamodb.values import (
    MOST_BYTES_OF_ITEM,
    Attribute,
    Item,
    attribute_of,
    checked,
    order_of,
    size_of,
)
from local.dynamodb.words import Values

Key = tuple[Any, ...]

# DynamoDB's developer guide, "Constraints".
_MOST_BYTES_OF_PARTITION_KEY: Final = 2048
_MOST_BYTES_OF_SORT_KEY: Final = 1024
_MOST_BYTES_OF_PAGE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of a table's or an index's key attributes; `index` is the name of an index."""

    partition: str
    sort: str
    index: str | None = None

    @classmethod
    def read(cls, schema: Sequence[Mapping[str, str]], index: str | None = None) -> "Keys":
        by_role = {key["KeyType"]: key["AttributeName"] for key in schema}
        return cls(by_role["HASH"], by_role["RANGE"], index)

    @property
    def names(self) -> tuple[str, str]:
        return self.partition, self.sort


@dataclass(slots=True)
class _Listing:
    """What a table or an index holds, by partition, in the order of its sort key."""

    keys: Keys
    partitions: dict[Any, list[tuple[Any, Key]]] = field(default_factory=dict)

    def change(self, key: Key, old: Item | None, new: Item | None) -> None:
        before, after = self._entry(old, key), self._entry(new, key)
        if before == after:
            return
        if before is not None:
            entries = self.partitions[before[0]]
            del entries[bisect_left(entries, before[1])]
        if after is not None:
            insort(self.partitions.setdefault(after[0], []), after[1])

    def _entry(self, item: Item | None, key: Key) -> tuple[Any, tuple[Any, Key]] | None:
        # Without one of its keys an item stands in no index.
        if item is None or self.keys.partition not in item or self.keys.sort not in item:
            return None
        return order_of(item[self.keys.partition]), (order_of(item[self.keys.sort]), key)


class MemoryTable:
    """The items of one table, what its indexes hold of them, and every change of it, oldest first.

    It is made of what CreateTable is asked for. Indexes hold keys alone (KEYS_ONLY). `now` is the time by
    which changes are dated. `later` is given each change of an index, and makes it when it likes, in order:
    DynamoDB's indexes lag behind.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        now: Callable[[], datetime],
        later: Callable[[Callable[[], None]], None] = lambda change: change(),
    ) -> None:
        self.keys = Keys.read(definition["KeySchema"])
        self.changes: list[Mapping[str, Any]] = []
        self._kinds = {
            one["AttributeName"]: one["AttributeType"] for one in definition["AttributeDefinitions"]
        }
        self._now = now
        self._later = later
        self._items: dict[Key, Item] = {}
        # Changes of before those that are here.
        self._earlier_changes = 0
        # Given the key, the item as it is to be or None, and the change, before anything is changed.
        self.keep: Callable[[Item, Item | None, Mapping[str, Any]], None] = lambda *_: None
        self._own = _Listing(self.keys)
        self._indexes: dict[str, _Listing] = {}
        for index in definition.get("GlobalSecondaryIndexes", ()):
            if index["Projection"]["ProjectionType"] != "KEYS_ONLY":
                raise UnknownRequest("an index of more than keys")
            name = index["IndexName"]
            self._indexes[name] = _Listing(Keys.read(index["KeySchema"], name))

    def __len__(self) -> int:
        return len(self._items)

    def restore(self, items: Iterable[Item], changes: Sequence[Mapping[str, Any]], earlier: int) -> None:
        """Fill an empty table with what was in it, and with its newest changes, which so many preceded."""
        for item in items:
            key = self.key_of({name: item[name] for name in self.keys.names})
            self._items[key] = item
            for listing in (self._own, *self._indexes.values()):
                listing.change(key, None, item)
        self.changes = list(changes)
        self._earlier_changes = earlier

    @property
    def number_of_changes(self) -> int:
        """Which is the number of the last one."""
        return self._earlier_changes + len(self.changes)

    def changes_after(self, number: int) -> Sequence[Mapping[str, Any]]:
        """The changes behind the one of this number, oldest first."""
        return self.changes[number - self._earlier_changes :]

    def items(self) -> list[Item]:
        return list(self._items.values())

    @property
    def indexes(self) -> list[Keys]:
        return [index.keys for index in self._indexes.values()]

    def clear(self) -> None:
        """Lose everything, without a change that anybody could see."""
        self._items.clear()
        for listing in (self._own, *self._indexes.values()):
            listing.partitions.clear()

    # --- one item --------------------------------------------------------------------------------------

    def key_of(self, key: Item) -> Key:
        """Raises `RequestRefused` for what is not exactly the table's key."""
        if set(key) != set(self.keys.names):
            raise invalid("The provided key element does not match the schema")
        self._check_key(key, self.keys)
        return tuple(order_of(key[name]) for name in self.keys.names)

    def get(self, key: Item) -> Item | None:
        return self._items.get(self.key_of(key))

    def put(self, item: Item, condition: Condition | None, values: Values, *, shows_old: bool) -> Item | None:
        """The item in whose place it stands. Raises `RequestRefused`."""
        made = {name: checked(value) for name, value in item.items()}
        for name in self.keys.names:
            if name not in made:
                raise invalid(f"One or more parameter values were invalid: Missing the key {name}")
        key = self.key_of({name: made[name] for name in self.keys.names})
        old = self._items.get(key)
        size = self._checked_size(old, made)
        _check(condition, old, values, shows_old=shows_old)
        self._replace(key, old, made, size)
        return old

    def update(
        self,
        key: Item,
        apply: Callable[[Item, Values], dict[str, Attribute]],
        condition: Condition | None,
        values: Values,
        *,
        shows_old: bool,
    ) -> tuple[Item | None, Item]:
        """The item before and after. Raises `RequestRefused`."""
        place = self.key_of(key)
        old = self._items.get(place)
        _check(condition, old, values, shows_old=shows_old)
        made = apply(old if old is not None else key, values)
        self._replace(place, old, made, self._checked_size(old, made))
        return old, made

    def delete(
        self, key: Item, condition: Condition | None, values: Values, *, shows_old: bool
    ) -> Item | None:
        """The item that was there. Raises `RequestRefused`."""
        place = self.key_of(key)
        old = self._items.get(place)
        _check(condition, old, values, shows_old=shows_old)
        self._replace(place, old, None, size_of(old) if old is not None else 0)
        return old

    def _replace(self, key: Key, old: Item | None, new: Item | None, size: int) -> None:
        """`size` is the new item's or, if there is none, the old one's."""
        if old == new:
            # What changes nothing is no change in the stream either.
            return
        change = self._change(old, new, size)
        self.keep(change["dynamodb"]["Keys"], new, change)
        if old is None or new is None:
            self._own.change(key, old, new)
        for index in self._indexes.values():
            if old is None or new is None or _differ(old, new, index.keys):
                self._later(partial(index.change, key, old, new))
        if new is None:
            del self._items[key]
        else:
            self._items[key] = new
        self.changes.append(change)

    def _change(self, old: Item | None, new: Item | None, size: int) -> Mapping[str, Any]:
        """As a stream has it."""
        number = self.number_of_changes + 1
        image = new if new is not None else old or {}
        change: dict[str, Any] = {
            "Keys": {name: image[name] for name in self.keys.names},
            "SequenceNumber": str(number),
            "SizeBytes": size,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            "ApproximateCreationDateTime": self._now(),
        }
        if old is not None:
            change["OldImage"] = old
        if new is not None:
            change["NewImage"] = new
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        return {
            "eventID": f"{number:032x}",
            "eventName": name,
            "eventSource": "aws:dynamodb",
            "eventVersion": "1.1",
            "dynamodb": change,
        }

    # --- many items ------------------------------------------------------------------------------------

    def query(
        self,
        index: str | None,
        condition: KeyCondition,
        values: Values,
        *,
        limit: int | None,
        start: Item | None,
        is_forward: bool,
    ) -> tuple[list[Item], Item | None]:
        """A page's items or entries, and the key behind which the next begins. Raises `RequestRefused`."""
        listing = self._listing(index)
        if condition.partition != listing.keys.partition or condition.sort not in (None, listing.keys.sort):
            raise invalid(f"Query condition missed key schema element: {listing.keys.partition}")
        partition = values[condition.partition_value]
        entries = listing.partitions.get(order_of(partition), [])
        shown = {*self.keys.names, *listing.keys.names}
        page, taken = [], 0
        for at in self._places(listing, entries, condition, values, start, is_forward=is_forward):
            position, key = entries[at]
            one = self._shown(listing, partition, position, key) if index else self._items[key]
            page.append(one)
            taken += size_of(one)
            if len(page) == limit or taken >= _MOST_BYTES_OF_PAGE:
                return page, {name: one[name] for name in shown}
        return page, None

    def _shown(self, listing: _Listing, partition: Attribute, position: Any, key: Key) -> Item:
        """An index's entry, whatever the item is like by now."""
        names, kinds = self.keys.names, self._kinds
        own = {name: attribute_of(kinds[name], one) for name, one in zip(names, key, strict=True)}
        sort = attribute_of(kinds[listing.keys.sort], position)
        return {**own, listing.keys.partition: partition, listing.keys.sort: sort}

    def _places(
        self,
        listing: _Listing,
        entries: list[tuple[Any, Key]],
        condition: KeyCondition,
        values: Values,
        start: Item | None,
        *,
        is_forward: bool,
    ) -> range:
        """Where in a partition the page may begin and has to end."""
        first, end = 0, len(entries)
        if condition.low is not None:
            cut = bisect_right if condition.is_low_open else bisect_left
            first = cut(entries, order_of(values[condition.low]), key=_sort_of)
        if condition.high is not None:
            cut = bisect_left if condition.is_high_open else bisect_right
            end = cut(entries, order_of(values[condition.high]), key=_sort_of)
        if start is not None:
            if set(start) != {*self.keys.names, *listing.keys.names}:
                raise invalid("The provided starting key is invalid")
            behind = order_of(start[listing.keys.sort]), self.key_of({n: start[n] for n in self.keys.names})
            if is_forward:
                first = max(first, bisect_right(entries, behind))
            else:
                end = min(end, bisect_left(entries, behind))
        return range(first, end) if is_forward else range(end - 1, first - 1, -1)

    def scan(
        self, segment: int, segments: int, *, limit: int | None, start: Item | None
    ) -> tuple[list[Item], Item | None]:
        """A page of the items of one of so many segments, and the key behind which the next begins."""
        keys = sorted(key for key in self._items if sum(repr(key[0]).encode()) % segments == segment)
        first = bisect_right(keys, self.key_of(start)) if start is not None else 0
        page, taken = [], 0
        for key in keys[first:]:
            item = self._items[key]
            page.append(item)
            taken += size_of(item)
            if len(page) == limit or taken >= _MOST_BYTES_OF_PAGE:
                return page, {name: item[name] for name in self.keys.names}
        return page, None

    def _listing(self, index: str | None) -> _Listing:
        if index is None:
            return self._own
        if index not in self._indexes:
            raise invalid(f"The table does not have the specified index: {index}")
        return self._indexes[index]

    # --- what an item may be ---------------------------------------------------------------------------

    def _checked_size(self, old: Item | None, new: Item) -> int:
        """The size of an item that is to be written, in bytes. Raises `RequestRefused`."""
        size = size_of(new)
        if size > MOST_BYTES_OF_ITEM:
            raise invalid("Item size has exceeded the maximum allowed size")
        for listing in self._indexes.values():
            if old is None or _differ(old, new, listing.keys):
                self._check_key(new, listing.keys)
        return size

    def _check_key(self, item: Item, keys: Keys) -> None:
        for name, most in (
            (keys.partition, _MOST_BYTES_OF_PARTITION_KEY),
            (keys.sort, _MOST_BYTES_OF_SORT_KEY),
        ):
            if name not in item:
                continue
            ((kind, value),) = item[name].items()
            if kind != self._kinds[name]:
                where = f" IndexName: {keys.index}" if keys.index else ""
                raise invalid(
                    f"One or more parameter values were invalid: Type mismatch for key {name} expected: "
                    f"{self._kinds[name]} actual: {kind}{where}"
                )
            size = len(value.encode()) if kind == "S" else len(value)
            if size == 0:
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute "
                    f"cannot contain an empty string value. Key: {name}"
                )
            if size > most:
                raise invalid(
                    f"One or more parameter values were invalid: Size of key {name} has exceeded the maximum "
                    f"size limit of {most} bytes"
                )


def _check(condition: Condition | None, old: Item | None, values: Values, *, shows_old: bool) -> None:
    if condition is not None and not condition.holds(old if old is not None else {}, values):
        raise RequestRefused(
            "ConditionalCheckFailedException",
            "The conditional request failed",
            old if shows_old else None,
        )


def _differ(one: Item, other: Item, keys: Keys) -> bool:
    return one.get(keys.partition) != other.get(keys.partition) or one.get(keys.sort) != other.get(keys.sort)


def _sort_of(entry: tuple[Any, Key]) -> Any:
    return entry[0]
