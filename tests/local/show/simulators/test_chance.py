"""What chance and magic numbers decide before a fax goes out."""

from collections import Counter
from random import Random

import pytest

from local.show.simulators.fates import draw_fate
from local.show.simulators.faults import NO_MISHAP, Arrival, Faults, Veracity, draw_mishap
from local.show.simulators.magic_numbers import spell_of
from local.show.simulators.outcomes import Cause, draw_outcome


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - it has to be repeatable


@pytest.mark.parametrize(
    "shares",
    [
        {"drop": 1.5},
        {"drop": -0.1},
        {"drop": 0.6, "repeat": 0.6},
        {"delay": 0.6, "reorder": 0.6},
        {"contradict": 0.5, "recant": 0.4, "unknown_word": 0.2},
        {"refuse_logins": -1},
    ],
)
def test_shares_that_cannot_be_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="faults: "):
        Faults(**shares)  # type: ignore[arg-type]  # refuse_logins is a count


def test_three_thirds_are_a_whole() -> None:
    Faults(drop=1 / 3, unreachable=1 / 3, repeat=1 / 3)


def test_without_faults_nothing_befalls_a_callback() -> None:
    assert all(draw_mishap(Faults(), dice(seed)) == NO_MISHAP for seed in range(200))


@pytest.mark.parametrize(
    ("faults", "arrival"),
    [
        (Faults(drop=1), {Arrival.DROPPED}),
        (Faults(unreachable=1), {Arrival.UNREACHABLE}),
        (Faults(repeat=1), {Arrival.TWICE, Arrival.THRICE}),
    ],
)
def test_a_certain_fault_strikes_every_fax(faults: Faults, arrival: set[Arrival]) -> None:
    assert {draw_mishap(faults, dice(seed)).arrival for seed in range(50)} == arrival


@pytest.mark.parametrize(
    ("faults", "veracity"),
    [
        (Faults(contradict=1), Veracity.CONTRADICTION),
        (Faults(recant=1), Veracity.RECANTATION),
        (Faults(unknown_word=1), Veracity.UNKNOWN_WORD),
    ],
)
def test_a_certain_untruth_is_always_told(faults: Faults, veracity: Veracity) -> None:
    assert {draw_mishap(faults, dice(seed)).veracity for seed in range(50)} == {veracity}


def test_a_delay_is_five_minutes_to_four_hours() -> None:
    minutes = [draw_mishap(Faults(delay=1), dice(seed)).late.total_seconds() / 60 for seed in range(200)]
    assert 5 <= min(minutes) < 30
    assert 200 < max(minutes) <= 240


def test_shares_come_out_as_asked() -> None:
    faults = Faults(drop=1 / 3, repeat=1 / 3, reorder=0.5)
    mishaps = [draw_mishap(faults, dice(seed)) for seed in range(3000)]
    deliveries = Counter(mishap.arrival for mishap in mishaps)
    assert 900 < deliveries[Arrival.DROPPED] < 1100
    assert 900 < deliveries[Arrival.ONCE] < 1100
    assert 1400 < sum(mishap.is_overtaken for mishap in mishaps) < 1600


def test_one_fault_does_not_disturb_another() -> None:
    with_drops = [draw_mishap(Faults(drop=0.5, contradict=0.2), dice(seed)) for seed in range(100)]
    without = [draw_mishap(Faults(contradict=0.2), dice(seed)) for seed in range(100)]
    assert [mishap.veracity for mishap in with_drops] == [mishap.veracity for mishap in without]


def test_a_lot_depends_on_the_fax_alone() -> None:
    faults = Faults(drop=0.5)
    assert draw_fate("12025550120", "0/x/1", faults) == draw_fate("12025550120", "0/x/1", faults)
    lots = {draw_fate("12025550120", f"0/x/{fax}", faults).mishap.arrival for fax in range(50)}
    assert lots == {Arrival.ONCE, Arrival.DROPPED}


@pytest.mark.parametrize("number", ["12025550101", "+1 (202) 555-0101", "1-202-555-0101"])
def test_a_magic_number_is_known_however_it_is_written(number: str) -> None:
    spell = spell_of(number)
    assert spell is not None
    assert spell.mishap.arrival is Arrival.DROPPED


def test_an_ordinary_number_has_no_magic() -> None:
    assert spell_of("12025550120") is None
    assert spell_of("") is None


@pytest.mark.parametrize("cause", [None, *Cause])
def test_an_outcome_fits_its_cause(cause: Cause | None) -> None:
    for seed in range(100):
        outcome = draw_outcome(cause, dice(seed))
        assert 60 <= outcome.takes.total_seconds() <= 600
        assert outcome.pages >= 1
        if cause is None:
            assert outcome.pages_done == outcome.pages
            assert outcome.duration_seconds > 0
        else:
            assert outcome.pages_done < outcome.pages
