"""What became of many faxes, added up: tallies of parts, in any order, add up to that of the whole.

A tally holds no more than is needed to answer for a month: counts by whole seconds and minutes, and sums.
Whoever adds a million faxes to one needs no more memory than for a thousand.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from heapq import nsmallest
from typing import Any, Final, Self

from faxledger.domain.fax import PUSHES, Direction, FailureClass, Provider, Source, Status
from faxledger.domain.report import Duty, DutyState, Fax, Sighting
from faxledger.domain.submission import Submission

# A push that comes later than this after its fax was completed has come too late to be relied on.
PUSHED_WITHIN: Final = timedelta(minutes=10)
# Of so many prefixes of references the costs are told apart, the shortest ones; all others are added up.
MOST_PREFIXES: Final = 1_000
_LONGEST_PREFIX: Final = 40
_ENDS_A_PREFIX: Final = str.maketrans(dict.fromkeys("-/: \t\n", "\0"))
_NO_COST: Final = Decimal(0)


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """The faxes of one provider that go one way."""

    provider: Provider
    direction: Direction

    def __str__(self) -> str:
        return f"{self.provider}.{self.direction}"

    @classmethod
    def parse(cls, text: str) -> Self:
        provider, _, direction = text.partition(".")
        return cls(Provider(provider), Direction(direction))


class Owed(StrEnum):
    """What is still to be done for faxes that are final."""

    UNMARKED = "unmarked"
    UNSTORED = "unstored"
    UNDELIVERED = "undelivered"
    MARKS_GIVEN_UP = "marks_given_up"
    DOCUMENTS_GIVEN_UP = "documents_given_up"
    DELIVERIES_GIVEN_UP = "deliveries_given_up"


_OWED: Final = {
    (Duty.MARK, DutyState.PENDING): Owed.UNMARKED,
    (Duty.MARK, DutyState.GIVEN_UP): Owed.MARKS_GIVEN_UP,
    (Duty.STORE, DutyState.PENDING): Owed.UNSTORED,
    (Duty.STORE, DutyState.GIVEN_UP): Owed.DOCUMENTS_GIVEN_UP,
}


class LatePush(StrEnum):
    """What a push said that came after a poll or a feed had told."""

    AGREED = "agreed"
    DISAGREED = "disagreed"


class ConflictState(StrEnum):
    """A conflict is resolved once a person has spoken since."""

    OPEN = "open"
    RESOLVED = "resolved"


def prefix_of(reference: str | None) -> str:
    """What a reference begins with, up to the first `-`, `/`, `:` or space; nothing where there is none.

    By it costs are told apart, as by a job code: the rest of a reference may name a person's case.
    """
    return (reference or "").strip().translate(_ENDS_A_PREFIX).partition("\0")[0][:_LONGEST_PREFIX]


@dataclass(slots=True)
class Costs:
    """What some faxes cost in US dollars, exact, as far as anybody has said."""

    faxes: int = 0
    usd: Decimal = _NO_COST
    without: int = 0

    def add(self, other: "Costs") -> None:
        self.faxes += other.faxes
        self.usd += other.usd
        self.without += other.without


@dataclass(slots=True)
class PrefixCosts:
    """Costs by the prefix of the references, "" for faxes without one.

    Only the shortest prefixes are kept, of equal length the first by their letters. In which order they come
    does not matter: what is among the shortest of all is so in every part.
    """

    shown: dict[str, Costs] = field(default_factory=dict)
    others: Costs = field(default_factory=Costs)

    def add_to(self, prefix: str, costs: Costs) -> None:
        self.shown.setdefault(prefix, Costs()).add(costs)
        # Now and then: cutting off what is too much takes longer than adding.
        if len(self.shown) > 2 * MOST_PREFIXES:
            self._cut()

    def add(self, other: "PrefixCosts") -> None:
        for prefix, costs in other.shown.items():
            self.shown.setdefault(prefix, Costs()).add(costs)
        self.others.add(other.others)
        self._cut()

    def _cut(self) -> None:
        if len(self.shown) <= MOST_PREFIXES:
            return
        kept = set(nsmallest(MOST_PREFIXES, self.shown, key=lambda prefix: (len(prefix), prefix)))
        for prefix in [prefix for prefix in self.shown if prefix not in kept]:
            self.others.add(self.shown.pop(prefix))

    @property
    def together(self) -> "PrefixCosts":
        """The same with all prefixes added up, beside what has no reference: it names none."""
        found = PrefixCosts()
        found.others.add(self.others)
        for prefix, costs in self.shown.items():
            (found.others if prefix else found.shown.setdefault("", Costs())).add(costs)
        return found

    @property
    def shortest(self) -> dict[str, Costs]:
        """As many as are told apart."""
        self._cut()
        return self.shown


@dataclass(slots=True)
class Minutes:
    """What happened in each minute of a span, by its number since 1970.

    `unpushed` are the faxes that were completed then and of which no push came within `PUSHED_WITHIN`;
    `silent` are those of which none has come since; `known_by` is when the last of the unpushed was known,
    in seconds since 1970. `pushes` counts the pushes that were first seen then.
    """

    unpushed: Counter[int] = field(default_factory=Counter)
    silent: Counter[int] = field(default_factory=Counter)
    pushes: Counter[int] = field(default_factory=Counter)
    known_by: dict[int, int] = field(default_factory=dict)

    def add(self, other: "Minutes") -> None:
        self.unpushed.update(other.unpushed)
        self.silent.update(other.silent)
        self.pushes.update(other.pushes)
        for minute, known_by in other.known_by.items():
            self.is_known_by(minute, known_by)

    def is_known_by(self, minute: int, second: int) -> None:
        self.known_by[minute] = max(second, self.known_by.get(minute, second))


@dataclass(slots=True)
class FlowTally:
    """What became of the faxes of one flow.

    `faxes` are all of them, those that are open and submissions that are not joined with a fax included;
    `open_as` tells open faxes and the states of such submissions apart. `first_told` counts the sources that
    settled, `rescued` those polls and feeds that did so where no push came in time, `late_pushes` what pushes
    said of these later, `repeats` what was said of a fax by others once it was final. `history` was read for
    a time before anybody listened: it was neither late nor rescued. `lateness` counts whole seconds from the
    provider's completion to our knowing.
    """

    faxes: int = 0
    amended: int = 0
    history: int = 0
    timeless: int = 0
    incomplete: int = 0
    pages: int = 0
    without_pages: int = 0
    differing_costs: int = 0
    difference_usd: Decimal = _NO_COST
    statuses: Counter[Status] = field(default_factory=Counter)
    open_as: Counter[str] = field(default_factory=Counter)
    first_told: Counter[Source] = field(default_factory=Counter)
    rescued: Counter[Source] = field(default_factory=Counter)
    late_pushes: Counter[LatePush] = field(default_factory=Counter)
    repeats: Counter[Source] = field(default_factory=Counter)
    conflicts: Counter[ConflictState] = field(default_factory=Counter)
    failures: Counter[FailureClass] = field(default_factory=Counter)
    owed: Counter[Owed] = field(default_factory=Counter)
    costs: Costs = field(default_factory=Costs)
    costs_by_source: dict[Source, Costs] = field(default_factory=dict)
    costs_by_prefix: PrefixCosts = field(default_factory=PrefixCosts)
    lateness: dict[Source, Counter[int]] = field(default_factory=dict)
    minutes: Minutes = field(default_factory=Minutes)

    @property
    def open(self) -> int:
        return self.statuses[Status.SUBMITTED]

    @property
    def final(self) -> int:
        return self.faxes - self.open

    @property
    def without_pushes(self) -> "FlowTally":
        """As if nobody had waited for a push."""
        return replace(self, rescued=Counter(), late_pushes=Counter(), minutes=Minutes())

    def add(self, other: "FlowTally") -> None:
        for one in fields(self):
            mine, its = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, int | Decimal):
                setattr(self, one.name, mine + its)
            elif isinstance(mine, Counter):
                mine.update(its)
            elif isinstance(mine, dict):
                _add_each(mine, its)
            else:
                mine.add(its)

    def count(self, found: Fax | Submission) -> None:
        """Add one fax, or a submission that is not joined with one."""
        self.faxes += 1
        self.statuses[found.status] += 1
        if isinstance(found, Fax):
            self._count_fax(found)
        elif found.status is Status.SUBMITTED:
            self.open_as[found.state] += 1
        else:
            self.first_told[Source.HANDOVER] += 1
        if found.status in _FAILED:
            self.failures[FailureClass.OTHER if found.failure is None else found.failure.failure_class] += 1

    def _count_fax(self, fax: Fax) -> None:
        self.amended += fax.amended_status is not None
        self.incomplete += fax.is_incomplete
        for duty, state in fax.duties.items():
            if (owed := _OWED.get((duty, state))) is not None:
                self.owed[owed] += 1
        if fax.conflict is not None:
            self.conflicts[ConflictState.OPEN if fax.has_open_conflict else ConflictState.RESOLVED] += 1
        # Also a push whose word nobody knows says that there is somebody who listens.
        heard = (one for one in (*fax.sightings, *fax.unsettling) if one.source in PUSHES)
        self.minutes.pushes.update(_minute(one.seen_at) for one in heard)
        if not fax.is_settled or fax.settled_by is None or fax.settled_at is None:
            if fax.status is Status.SUBMITTED:
                self.open_as["fax"] += 1
            return
        self.first_told[fax.settled_by] += 1
        self.repeats.update(one.source for one in fax.sightings[1:])
        self._count_costs(fax)
        if fax.facts.pages is None:
            self.without_pages += 1
        else:
            self.pages += fax.facts.pages
        if fax.is_history:
            self.history += 1
        else:
            self._count_how_it_was_told(fax, fax.settled_by, fax.settled_at)

    def _count_how_it_was_told(self, fax: Fax, settled_by: Source, settled_at: datetime) -> None:
        if fax.completed_at is None:
            self.timeless += 1
        else:
            # A provider's clock may be fast.
            late = max(0, int((settled_at - fax.completed_at).total_seconds()))
            self.lateness.setdefault(settled_by, Counter())[late] += 1
        ended_at = fax.completed_at or settled_at
        pushes = list(_pushes(fax))
        if any(push.seen_at <= ended_at + PUSHED_WITHIN for push in pushes):
            return
        minute = _minute(ended_at)
        self.minutes.unpushed[minute] += 1
        self.minutes.is_known_by(minute, int(settled_at.timestamp()))
        if settled_by not in PUSHES:
            self.rescued[settled_by] += 1
            if not pushes:
                self.minutes.silent[minute] += 1
            elif all(push.status is fax.first_status for push in pushes):
                self.late_pushes[LatePush.AGREED] += 1
            else:
                self.late_pushes[LatePush.DISAGREED] += 1

    def _count_costs(self, fax: Fax) -> None:
        costs = _costs(fax.facts.cost_usd)
        self.costs.add(costs)
        self.costs_by_prefix.add_to(prefix_of(fax.facts.reference), costs)
        said = {one.source: one.cost_usd for one in reversed(fax.sightings) if one.cost_usd is not None}
        for source, usd in said.items():
            self.costs_by_source.setdefault(source, Costs()).add(_costs(usd))
        if fax.costs_differ and said:
            self.differing_costs += 1
            self.difference_usd += max(said.values()) - min(said.values())


@dataclass(slots=True)
class Tally:
    """The flows of a span, and what belongs to none.

    `set_aside` is what nobody could read, `unreadable_items` are items of the ledger that can't be read,
    `open_before` is what was open before the span and still is.
    """

    flows: dict[Flow, FlowTally] = field(default_factory=dict)
    set_aside: int = 0
    unreadable_items: int = 0
    open_before: int = 0

    @classmethod
    def of(cls, found: Iterable[Fax | Submission]) -> Self:
        tally = cls()
        for one in found:
            tally.flow(flow_of(one)).count(one)
        return tally

    def flow(self, flow: Flow) -> FlowTally:
        return self.flows.setdefault(flow, FlowTally())

    def add(self, other: "Tally") -> None:
        for flow, tally in other.flows.items():
            self.flow(flow).add(tally)
        self.set_aside += other.set_aside
        self.unreadable_items += other.unreadable_items
        self.open_before += other.open_before

    def where_pushed(self, pushing: Collection[Provider]) -> "Tally":
        """The same, but that of any other provider no push is missed: nothing of it was rescued."""
        flows = {
            flow: one if flow.provider in pushing else one.without_pushes for flow, one in self.flows.items()
        }
        return replace(self, flows=flows)

    @property
    def total(self) -> FlowTally:
        """All flows as if they were one."""
        total = FlowTally()
        for tally in self.flows.values():
            total.add(tally)
        return total


def flow_of(found: Fax | Submission) -> Flow:
    if isinstance(found, Fax):
        return Flow(found.id.provider, found.id.direction)
    return Flow(found.provider, Direction.OUTBOUND)


# A received fax that broke off says why as well.
_FAILED: Final = frozenset({Status.FAILED, Status.RECEIVED_PARTIAL})


def _pushes(fax: Fax) -> Iterator[Sighting]:
    """What the provider said unasked of the fax's end, a hint as well."""
    said = (*fax.sightings, *fax.unsettling)
    return (one for one in said if one.source in PUSHES and one.status is not None)


def _costs(usd: Decimal | None) -> Costs:
    return Costs(1, usd or _NO_COST, int(usd is None))


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _add_each(mine: dict[Any, Any], its: dict[Any, Any]) -> None:
    for key, value in its.items():
        if key not in mine:
            mine[key] = type(value)()
        if isinstance(value, Counter):
            mine[key].update(value)
        else:
            mine[key].add(value)
