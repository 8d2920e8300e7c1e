"""What must always hold: one checker for each invariant, in a module for each subject.

`runner.py` lists the checkers and asks them, `checker.py` says what one may look at, and `evidence.py` what
they have in common.
"""

from tests.simulation.invariants.checker import Violation
from tests.simulation.invariants.runner import CHECKERS, Invariants

__all__ = ["CHECKERS", "Invariants", "Violation"]
