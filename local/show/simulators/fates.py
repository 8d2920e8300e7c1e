"""What one fax draws, the same for the same seed whatever happens around it."""

from dataclasses import dataclass
from random import Random

from local.show.simulators.faults import Faults, Mishap, draw_mishap
from local.show.simulators.magic_numbers import spell_of
from local.show.simulators.outcomes import Cause, FaxOutcome, draw_cause, draw_outcome


@dataclass(frozen=True, slots=True)
class Fate:
    """`cause` is None for a fax that will get through."""

    mishap: Mishap
    cause: Cause | None
    name: str

    def outcome(self) -> FaxOutcome:
        return draw_outcome(self.cause, Random(f"{self.name}/outcome"))


def draw_fate(number: str, name: str, faults: Faults) -> Fate:
    """The fate of the fax `name`, which holds the seed and is like no other's.

    Every fax has dice of its own, so that faxes handed in by several threads at once each draw what they
    would have drawn alone.
    """
    dice = Random(name)
    mishap, cause = draw_mishap(faults, dice), draw_cause(dice)
    spell = spell_of(number)
    return Fate(mishap, cause, name) if spell is None else Fate(spell.mishap, spell.cause, name)
