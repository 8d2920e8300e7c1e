"""What the simulation holds: each invariant of the table in tests/README.md has a checker, and each checker a
mutant that it has to see.
"""

import re
from pathlib import Path

from tests.simulation.invariants import CHECKERS
from tests.simulation.world import SAME_HISTORY, live_twice
from tools.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
_TEXT = (ROOT / "tests" / "README.md").read_text("utf-8").partition("\n## The simulation\n")[2]
# Where each stands, and the name by which it calls what it holds.
NAMES = {f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}": kind.name for kind in CHECKERS}
NAMES[f"world.{live_twice.__name__}"] = SAME_HISTORY


def rows() -> list[tuple[str, str, list[str]]]:
    """The invariant, empty where it is that of the row before, its checker, and the mutants."""
    found = re.findall(r"^\| (.*) \| `([\w.]+)` \| (.*) \|$", _TEXT.partition("\n## ")[0], re.MULTILINE)
    return [(invariant.strip(), checker, mutants.split("; ")) for invariant, checker, mutants in found]


def test_every_checker_stands_behind_one_invariant() -> None:
    assert sorted(checker for _, checker, _ in rows()) == sorted(NAMES)
    assert rows()[0][0]


def test_every_checker_has_a_mutant_and_every_mutant_breaks_what_is_checked() -> None:
    broken = {
        name: [mutant.name for mutant in MUTANTS if mutant.breaks == held] for name, held in NAMES.items()
    }
    assert {checker: mutants for _, checker, mutants in rows()} == broken
    assert all(broken.values())
    assert {mutant.breaks for mutant in MUTANTS} <= set(NAMES.values())


def test_every_mutant_has_a_name_of_its_own_and_something_to_break() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    code = ROOT / "shared" / "faxledger"
    assert [one.name for one in MUTANTS if (code / one.file).read_text("utf-8").count(one.old) != 1] == []
