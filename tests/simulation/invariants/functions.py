"""What functions leave behind: no name or number of a person, and no error that is not their own."""

from tests.simulation.aws import TOKEN, Sent
from tests.simulation.invariants.checker import Change, Checker, Item

# Numbers and names of people, and what lets somebody in.
_PLANTED = ("12025550", "caller ", TOKEN)


class NoPersonLeaks(Checker):
    """Into logs, keys, events, and messages that may end as dead letters."""

    name = "no person in a log"

    def logged(self, line: str) -> None:
        self._look_through(line)

    def published(self, event: Item) -> None:
        self._look_through(str(event))

    def sent(self, sent: Sent) -> None:
        self._look_through(sent.body)

    def changed(self, change: Change) -> None:
        self._look_through(change.key)

    def _look_through(self, text: str) -> None:
        if any(planted in text for planted in _PLANTED):
            raise self.violated(text)


class NoFunctionBreaks(Checker):
    name = "no function breaks"

    def broke(self, function: str, error: BaseException) -> None:
        raise self.violated(f"{function}: {error!r}") from error
