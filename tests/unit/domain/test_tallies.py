"""Tallies of parts add up to that of the whole, in whatever parts and in whatever order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain import tallies
from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import Conflict, Duty, DutyState, Facts, Failure, Fax, Sighting
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.tallies import (
    ConflictState,
    Costs,
    Flow,
    FlowTally,
    LatePush,
    Owed,
    PrefixCosts,
    Tally,
    prefix_of,
)
from tests.fakes.clock import NOON
from tests.fakes.faxes import inbound, outbound

PUSHES = (Source.CALLBACK, Source.NOTIFY, Source.EMAIL)
OUTBOUND = Flow(Provider.SOFTLINX, Direction.OUTBOUND)


def sighting(
    source: Source, *, after: float, status: Status | None = Status.SENT, usd: str | None = None
) -> Sighting:
    """What was seen so many minutes after noon."""
    seen_at = NOON + timedelta(minutes=after)
    return Sighting(source, "sent", seen_at, {}, status, None if usd is None else Decimal(usd))


def fax(*sightings: Sighting, number: int = 33, **known: object) -> Fax:
    """A fax that was completed at noon and settled by what was seen first."""
    first = sightings[0]
    settled = {"first_status": Status.SENT, "settled_at": first.seen_at, "settled_by": first.source}
    return replace(
        Fax(outbound(number), completed_at=NOON, sightings=sightings),
        **{**settled, **known},  # type: ignore[arg-type]
    )


def tally(*found: Fax | Submission) -> FlowTally:
    return Tally.of(found).flow(OUTBOUND)


_COSTS = st.none() | st.decimals("0", "9.99", places=2)
_MINUTES = st.integers(0, 90).map(lambda minutes: NOON + timedelta(minutes=minutes))
_SIGHTINGS = st.builds(
    Sighting,
    source=st.sampled_from([source for source in Source if source is not Source.HANDOVER]),
    word=st.just("sent"),
    seen_at=_MINUTES,
    given=st.just({}),
    status=st.sampled_from([Status.SENT, Status.FAILED]),
    cost_usd=_COSTS,
)
_FACTS = st.builds(
    Facts,
    reference=st.sampled_from([None, "ortho-1", "ortho/2", "dental 3", "x", "y", "long", "longer"]),
    pages=st.none() | st.integers(0, 20),
    cost_usd=_COSTS,
)
_IDS = st.builds(
    FaxId,
    st.sampled_from(Provider),
    st.just(Direction.OUTBOUND),
    st.just("acme"),
    st.integers(1, 999).map(str),
)


@st.composite
def _settled(draw: st.DrawFn) -> Fax:
    seen = sorted(draw(st.lists(_SIGHTINGS, min_size=1, max_size=3)), key=lambda one: one.seen_at)
    is_conflict = draw(st.booleans())
    status = draw(st.sampled_from([Status.SENT, Status.FAILED]))
    return Fax(
        draw(_IDS),
        first_status=status,
        amended_status=draw(st.sampled_from([None, Status.SENT, Status.FAILED])),
        amended_at=draw(_MINUTES),
        settled_at=seen[0].seen_at,
        settled_by=seen[0].source,
        completed_at=draw(st.none() | _MINUTES),
        failure=Failure(FailureClass.BUSY) if status is Status.FAILED else None,
        facts=draw(_FACTS),
        sightings=tuple(seen),
        conflict=Conflict(Status.FAILED, Source.POLL, draw(_MINUTES), {}) if is_conflict else None,
        duties=draw(st.dictionaries(st.sampled_from(Duty), st.sampled_from(DutyState))),
        costs_differ=draw(st.booleans()),
        is_incomplete=draw(st.booleans()),
        is_history=draw(st.booleans()),
    )


_OPEN = st.builds(Fax, _IDS, submitted_at=_MINUTES)
_SUBMISSIONS = st.builds(
    Submission,
    id=st.just("0123456789abcdef0123456789abcdef-1"),
    provider=st.sampled_from(Provider),
    state=st.sampled_from(SubmissionState),
    accepted_at=_MINUTES,
    facts=_FACTS,
)
FOUND = st.lists(st.one_of(_settled(), _OPEN, _SUBMISSIONS), max_size=12)


def added_up(parts: Sequence[Tally]) -> Tally:
    total = Tally()
    for part in parts:
        total.add(part)
    return total


@given(FOUND, st.randoms())
def test_the_tallies_of_parts_add_up_to_that_of_the_whole(
    found: list[Fax | Submission], random: Random
) -> None:
    mixed = random.sample(found, len(found))
    cut = random.randint(0, len(found))
    assert added_up([Tally.of(mixed[:cut]), Tally.of(mixed[cut:])]) == Tally.of(found)


@given(FOUND, FOUND, FOUND)
def test_adding_is_associative_and_nothing_adds_nothing(
    one: list[Fax | Submission], two: list[Fax | Submission], three: list[Fax | Submission]
) -> None:
    left = added_up([added_up([Tally.of(one), Tally.of(two)]), Tally.of(three)])
    right = added_up([Tally.of(one), added_up([Tally.of(two), Tally.of(three)])])
    assert left == right
    assert added_up([left, Tally()]) == left


@given(FOUND)
def test_whatever_there_is_its_figures_agree(found: list[Fax | Submission]) -> None:
    total = Tally.of(found).total
    assert total.faxes == len(found) == total.statuses.total()
    assert total.final + total.open == total.faxes
    assert total.open == total.open_as.total()
    # A person may have amended what no source has settled; none of these was.
    assert total.first_told.total() == total.final
    assert total.costs.faxes == sum(one.faxes for one in total.costs_by_prefix.shortest.values())
    silent = total.minutes.silent.total()
    assert total.rescued.total() == silent + total.late_pushes.total()
    assert silent <= total.minutes.unpushed.total()


@given(st.lists(st.sampled_from("abcdefgh").map(lambda letter: letter * (1 + "abcdefgh".index(letter) % 3))))
def test_more_prefixes_than_are_shown_are_added_up_whatever_the_order(prefixes: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "MOST_PREFIXES", 3)
        whole, parts = PrefixCosts(), PrefixCosts()
        for prefix in prefixes:
            whole.add_to(prefix, Costs(1, Decimal(1)))
        for prefix in reversed(prefixes):
            part = PrefixCosts()
            part.add_to(prefix, Costs(1, Decimal(1)))
            parts.add(part)
        kept = sorted(set(prefixes), key=lambda one: (len(one), one))[:3]
        expected = {prefix: Costs(prefixes.count(prefix), Decimal(prefixes.count(prefix))) for prefix in kept}
        assert whole.shortest == parts.shortest == expected
        assert whole.others == parts.others
        assert whole.others.faxes + sum(costs.faxes for costs in expected.values()) == len(prefixes)


@pytest.mark.parametrize(
    ("reference", "prefix"),
    [
        (None, ""),
        ("", ""),
        ("ORTHO-2026-33", "ORTHO"),
        ("ORTHO/33", "ORTHO"),
        ("job 17: Miller", "job"),
        (" ward7:12 ", "ward7"),
        ("4711", "4711"),
        ("x" * 100, "x" * 40),
    ],
)
def test_a_prefix_ends_where_the_rest_of_a_reference_begins(reference: str | None, prefix: str) -> None:
    assert prefix_of(reference) == prefix


@pytest.mark.parametrize("source", PUSHES)
@pytest.mark.parametrize("minutes", [0, 5, 10])
def test_a_fax_whose_push_came_within_ten_minutes_was_not_rescued(source: Source, minutes: int) -> None:
    known = tally(fax(sighting(Source.POLL, after=1), sighting(source, after=minutes)))
    assert (known.first_told, known.rescued) == (Counter({Source.POLL: 1}), Counter())
    assert not known.minutes.unpushed


def test_a_hint_counts_as_the_push_that_it_is() -> None:
    hint = sighting(Source.CALLBACK, after=1)
    assert not tally(fax(sighting(Source.POLL, after=40), unsettling=(hint,))).rescued


def test_a_push_whose_word_nobody_knows_tells_nothing_of_the_fax_and_that_somebody_listens() -> None:
    unknown = sighting(Source.CALLBACK, after=1, status=None)
    known = tally(fax(sighting(Source.POLL, after=40), unsettling=(unknown,)))
    assert known.rescued == Counter({Source.POLL: 1})
    assert known.minutes.pushes.total() == 1


@pytest.mark.parametrize(
    ("pushes", "said"),
    [
        ([], Counter()),
        ([sighting(Source.CALLBACK, after=11)], Counter({LatePush.AGREED: 1})),
        ([sighting(Source.CALLBACK, after=120, status=Status.FAILED)], Counter({LatePush.DISAGREED: 1})),
    ],
)
def test_a_fax_without_a_push_in_time_was_rescued_by_whoever_told(
    pushes: list[Sighting], said: Counter[LatePush]
) -> None:
    known = tally(fax(sighting(Source.POLL, after=30), *pushes))
    assert known.rescued == Counter({Source.POLL: 1})
    assert known.late_pushes == said
    assert known.minutes.silent.total() == (0 if pushes else 1)
    assert known.minutes.known_by == {NOON.timestamp() // 60: (NOON + timedelta(minutes=30)).timestamp()}
    assert known.lateness == {Source.POLL: Counter({1800: 1})}


def test_a_push_that_told_first_and_late_rescued_nobody_and_came_late() -> None:
    known = tally(fax(sighting(Source.CALLBACK, after=130)))
    assert (known.rescued, known.minutes.unpushed.total()) == (Counter(), 1)


def test_history_was_neither_late_nor_rescued() -> None:
    known = tally(fax(sighting(Source.FEED, after=30), is_history=True))
    assert (known.history, known.rescued, known.lateness) == (1, Counter(), {})


def test_what_came_before_its_completion_by_the_providers_clock_was_not_late() -> None:
    assert tally(fax(sighting(Source.CALLBACK, after=-1))).lateness == {Source.CALLBACK: Counter({0: 1})}


@pytest.mark.parametrize(
    ("amended_at", "state"),
    [(None, ConflictState.OPEN), (4, ConflictState.OPEN), (5, ConflictState.RESOLVED)],
)
def test_a_conflict_is_resolved_by_a_person_who_speaks_after_it(
    amended_at: int | None, state: ConflictState
) -> None:
    conflict = Conflict(Status.FAILED, Source.POLL, NOON + timedelta(minutes=5), {})
    spoken: datetime | None = None if amended_at is None else NOON + timedelta(minutes=amended_at)
    known = tally(fax(sighting(Source.CALLBACK, after=1), conflict=conflict, amended_at=spoken))
    assert known.conflicts == Counter({state: 1})


def test_costs_are_told_apart_by_source_and_by_what_references_begin_with() -> None:
    first = fax(
        sighting(Source.NOTIFY, after=1, usd="0.10"),
        sighting(Source.FEED, after=20, usd="0.14"),
        facts=Facts(reference="ortho-1", cost_usd=Decimal("0.10")),
        costs_differ=True,
    )
    second = fax(sighting(Source.FEED, after=20, usd="0.05"), facts=Facts(cost_usd=Decimal("0.05")))
    third = fax(sighting(Source.FEED, after=20), facts=Facts(reference="ortho-2"))
    known = tally(first, second, third)
    assert known.costs == Costs(3, Decimal("0.15"), 1)
    assert known.costs_by_source == {
        Source.NOTIFY: Costs(1, Decimal("0.10")),
        Source.FEED: Costs(2, Decimal("0.19")),
    }
    assert known.costs_by_prefix.shortest == {
        "ortho": Costs(2, Decimal("0.10"), 1),
        "": Costs(1, Decimal("0.05")),
    }
    assert (known.differing_costs, known.difference_usd) == (1, Decimal("0.04"))


@pytest.mark.parametrize(
    ("duty", "state", "owed"),
    [
        (Duty.MARK, DutyState.PENDING, Owed.UNMARKED),
        (Duty.MARK, DutyState.GIVEN_UP, Owed.MARKS_GIVEN_UP),
        (Duty.STORE, DutyState.PENDING, Owed.UNSTORED),
        (Duty.STORE, DutyState.GIVEN_UP, Owed.DOCUMENTS_GIVEN_UP),
        (Duty.MARK, DutyState.DONE, None),
    ],
)
def test_what_is_owed_is_counted_by_duty(duty: Duty, state: DutyState, owed: Owed | None) -> None:
    known = tally(fax(sighting(Source.POLL, after=1), duties={duty: state}))
    assert known.owed == (Counter() if owed is None else Counter({owed: 1}))


def test_each_provider_and_direction_is_a_flow_of_its_own() -> None:
    received = Fax(inbound(7), first_status=Status.RECEIVED)
    found = Tally.of([fax(sighting(Source.POLL, after=1)), received])
    assert {str(flow): one.faxes for flow, one in found.flows.items()} == {
        "softlinx.outbound": 1,
        "softlinx.inbound": 1,
    }
    assert found.total.faxes == 2
