"""Closed days: what became of a day's faxes, written down for good, each record naming the one before.

A record is a JSON document of which every byte counts. It says by key and SHA-256 which record was written
before it, whatever day that is of. So whoever changes one, takes one out or puts one in between is found out.
What changes of a day after it was closed is a further version, which says what has changed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Self

from faxledger.domain.canonical_json import canonical_json
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.errors import MalformedInput

# Of the document's form.
FORMAT: Final = 1
_KEY: Final = re.compile(r"reports/(\d{4}-\d{2}-\d{2})\.v([1-9]\d{0,5})\.json")

Figure = str | int | bool | None


class ChangeCause(StrEnum):
    """What has happened to faxes of a day since it was closed."""

    SETTLED = "settled"
    AMENDED = "amended"
    CONFLICT = "conflict"
    PUSHED = "pushed"
    COSTS_DIFFER = "costs_differ"
    JOINED = "joined"
    # Of no fax: what was missing for the proof was read.
    READ = "read"


@dataclass(frozen=True, slots=True, order=True)
class DayVersion:
    day: date
    version: int = 1

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Where its record lies: `reports/2026-11-26.v1.json`."""
        return f"reports/{self.day}.v{self.version}.json"

    @classmethod
    def of_key(cls, key: str) -> Self | None:
        """None for a key of anything else."""
        match = _KEY.fullmatch(key)
        try:
            return None if match is None else cls(date.fromisoformat(match[1]), int(match[2]))
        except ValueError:
            return None

    @property
    def next(self) -> "DayVersion":
        return DayVersion(self.day, self.version + 1)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A record by where it lies and what it is: `sha256` in hex, of all of its bytes."""

    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The record that was written last, None before the first, and how many there are."""

    last: ChainLink | None = None
    records: int = 0

    def followed_by(self, link: ChainLink) -> "ChainHead":
        return ChainHead(link, self.records + 1)


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """The latest record of a day, and what has happened to the day's faxes since.

    `announced` is the latest version of which the bus was told. `changed_at` is when something happened last,
    `causes` say what; both are forgotten once somebody has looked. `looked_at` is when that was done last, if
    it was done since the day was closed.
    """

    version: DayVersion
    link: ChainLink
    closed_at: datetime
    is_complete: bool
    announced: int = 0
    changed_at: datetime | None = None
    causes: frozenset[ChangeCause] = frozenset()
    looked_at: datetime | None = None

    @property
    def known_at(self) -> datetime:
        """When the day's faxes were read last."""
        return self.closed_at if self.looked_at is None else max(self.closed_at, self.looked_at)


@dataclass(frozen=True, slots=True)
class FigureChange:
    """`path` names a figure of a report, as in `total.statuses.failed`; None where it was or is not there."""

    path: str
    was: Figure
    now: Figure


@dataclass(frozen=True, slots=True, repr=False)
class DayRecord:
    """What a record says; `report` is the day's reconciliation as a document."""

    version: DayVersion
    time_zone: str
    closed_at: datetime
    previous: ChainLink | None
    report: Mapping[str, Any]
    changes: tuple[FigureChange, ...] = ()
    causes: frozenset[ChangeCause] = field(default=frozenset())

    @property
    def is_complete(self) -> bool:
        return self.report.get("is_complete") is True

    def encoded(self) -> bytes:
        """As it is written, always the same: names in their order, UTF-8, no spaces, one line."""
        document = {
            "format": FORMAT,
            "day": self.version.day.isoformat(),
            "version": self.version.version,
            "time_zone": self.time_zone,
            "closed_at": timestamp(self.closed_at),
            "previous": self.previous and {"key": self.previous.key, "sha256": self.previous.sha256},
            "changes": [{"path": one.path, "from": one.was, "to": one.now} for one in self.changes],
            "causes": sorted(self.causes),
            "report": self.report,
        }
        return canonical_json(document) + b"\n"

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Raises `MalformedInput` for what was not written by `encoded`."""
        try:
            document = json.loads(content)
            previous = document["previous"]
            record = cls(
                version=DayVersion(date.fromisoformat(document["day"]), int(document["version"])),
                time_zone=str(document["time_zone"]),
                closed_at=moment_of(document["closed_at"]),
                previous=previous and ChainLink(str(previous["key"]), str(previous["sha256"])),
                report=document["report"],
                changes=tuple(
                    FigureChange(one["path"], one["from"], one["to"]) for one in document["changes"]
                ),
                causes=frozenset(ChangeCause(one) for one in document["causes"]),
            )
            is_as_written = isinstance(record.report, dict) and record.encoded() == content
        except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
            raise MalformedInput("record", "is no closed day") from None
        if not is_as_written:
            raise MalformedInput("record", "is not written as closed days are")
        return record


def link_of(key: str, content: bytes) -> ChainLink:
    return ChainLink(key, sha256(content).hexdigest())


# --- what has changed -------------------------------------------------------------------------------------

# What is so only at the moment of the report: when it was made and what was read by then, what is still to be
# done, which pushes may still come; and sentences, which say in words what figures beside them say.
_OF_THE_MOMENT: Final = frozenset(
    {"as_of", "evidence", "owed", "to_come", "to_come_until", "never_came", "text"}
)
# By these the elements of a report's lists are told apart.
_NAMES: Final = ("provider", "direction", "code", "what", "prefix", "from")
# Why a report was not complete, and is once somebody has read on.
_UNREAD: Final = ("query_not_read", "feed_not_read")


def changes_between(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[FigureChange, ...]:
    """Each figure that two reports of one day say differently, in the order of the paths."""
    old, new = dict(_figures(was)), dict(_figures(now))
    return tuple(
        FigureChange(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def was_read(changes: tuple[FigureChange, ...]) -> bool:
    """Whether a reading that was missing is missing no more."""
    return any(one.now is None and any(code in one.path for code in _UNREAD) for one in changes)


def _figures(part: Any, path: str = "") -> Iterator[tuple[str, Figure]]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name not in _OF_THE_MOMENT:
                yield from _figures(value, f"{path}.{name}" if path else str(name))
    elif isinstance(part, list | tuple):
        for number, value in enumerate(part):
            yield from _figures(value, f"{path}.{_name_of(value, number)}")
    else:
        yield path, part


def _name_of(element: Any, number: int) -> str:
    named = isinstance(element, Mapping)
    names = [str(element[name]) for name in _NAMES if element.get(name) is not None] if named else []
    return ".".join(names) or str(number)


# --- whether nobody has changed anything ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class ChainBreak:
    """`key` is of the record at which the chain breaks."""

    key: str
    problem: str


def breaks_of(records: Mapping[str, bytes]) -> tuple[ChainBreak, ...]:
    """Where a chain of records, each under its key, does not hold; nowhere if nobody has changed any.

    That nothing is missing behind the last record no chain can say of itself.
    """
    found: list[ChainBreak] = []
    read: dict[str, DayRecord] = {}
    for key, content in records.items():
        try:
            record = DayRecord.decode(content)
        except MalformedInput as error:
            found.append(ChainBreak(key, error.problem))
            continue
        if record.version.key != key:
            found.append(ChainBreak(key, f"says that it is {record.version.key}"))
        read[key] = record
    followers: dict[str, str] = {}
    for key, record in sorted(read.items()):
        found += [ChainBreak(key, problem) for problem in _problems(record, records, followers)]
    versions = {record.version for record in read.values()}
    found += [
        ChainBreak(one.key, f"version {one.version - 1} is missing")
        for one in versions
        if one.version > 1 and DayVersion(one.day, one.version - 1).key not in records
    ]
    if read and not found and (unreached := len(read) - len(list(in_order(read)))):
        found.append(ChainBreak(min(read), f"{unreached} records name each other in a circle"))
    return tuple(sorted(found))


def _problems(record: DayRecord, records: Mapping[str, bytes], followers: dict[str, str]) -> Iterator[str]:
    previous = record.previous
    before = "" if previous is None else previous.key
    if before in followers:
        yield f"follows {before or 'nothing'}, as {followers[before]} does"
    followers.setdefault(before, record.version.key)
    if previous is None:
        return
    if previous.key not in records:
        yield f"follows {previous.key}, which is missing"
    elif link_of(previous.key, records[previous.key]) != previous:
        yield f"follows {previous.key}, which was another when this was written"


def in_order(records: Mapping[str, DayRecord], after: str | None = None) -> Iterator[str]:
    """The keys of the records that follow each other, from the one that follows `after` on."""
    followers = {record.previous.key if record.previous else None: key for key, record in records.items()}
    key = followers.pop(after, None)
    while key is not None:
        yield key
        key = followers.pop(key, None)
