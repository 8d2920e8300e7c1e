"""What one fax draws, the same for the same seed whatever happens around it."""

from dataclasses import dataclass
from random import Random

from local.show.simulators.faults import Faults, Mishap, draw_mishap
from local.show.simulators.magic import spell_of
from local.show.simulators.outcomes import Cause, Outcome, draw_cause, draw_outcome


@dataclass(frozen=True, slots=True)
class Lot:
    """`cause` is None for a fax that will get through."""

    mishap: Mishap
    cause: Cause | None
    name: str

    def outcome(self) -> Outcome:
        return draw_outcome(self.cause, Random(f"{self.name}/outcome"))


def draw_lot(number: str, name: str, faults: Faults) -> Lot:
    """The lot of the fax `name`, which holds the seed and is like no other's.

    Every fax has dice of its own, so that faxes handed in by several threads at once each draw what they
    would have drawn alone.
    """
    dice = Random(name)
    mishap, cause = draw_mishap(faults, dice), draw_cause(dice)
    spell = spell_of(number)
    return Lot(mishap, cause, name) if spell is None else Lot(spell.mishap, spell.cause, name)
