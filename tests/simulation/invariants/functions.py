"""What functions leave behind: no name or number of a person, and no error that is not their own."""

from tests.simulation.invariants.checker import Checker

# Numbers and names of people, which no log may hold.
_PLANTED = ("12025550", "caller ")


class NoPersonInLog(Checker):
    name = "no person in a log"

    def logged(self, line: str) -> None:
        if any(text in line for text in _PLANTED):
            raise self.violated(line)


class NoFunctionBreaks(Checker):
    name = "no function breaks"

    def broke(self, function: str, error: BaseException) -> None:
        raise self.violated(f"{function}: {error!r}") from error
