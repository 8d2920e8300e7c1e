"""What a checker is, and what it raises."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from tests.simulation.aws import Sent
from tests.simulation.bundle import Answered
from tests.simulation.softlinx import Query, SoftlinxFax

if TYPE_CHECKING:
    from tests.simulation.invariants.evidence import Evidence

Item = Mapping[str, Any]


class Violation(Exception):
    """`name` is the invariant, `item` what it was about, with everything that became of it."""

    def __init__(self, name: str, about: str, item: Iterable[str] = ()) -> None:
        super().__init__(f"{name}: {about}")
        self.name = name
        self.about = about
        self.item = tuple(item)


class Change(NamedTuple):
    """One change of the table, with the item before and after; None where there is none.

    It `is_expiry` where the table itself removed what was over.
    """

    key: str
    old: Item | None
    new: Item | None
    is_expiry: bool


class Posted(NamedTuple):
    """A webhook that came to its receiver, and how that answered."""

    event_id: str
    body: bytes
    status: int


class Checker:
    """Holds the invariant that its `name` says.

    It overrides what it wants to be asked, and nothing else costs a step: each method is called right after
    what it is called after, `before_mark` at the provider's own moment, and `at_rest` once nothing fails any
    more. Each raises `Violation`.
    """

    name: ClassVar[str]
    # Whether `at_rest` holds months later as well, when items have expired.
    holds_for_good: ClassVar[bool] = False

    def __init__(self, evidence: "Evidence") -> None:
        self.evidence = evidence
        self.town = evidence.town

    def changed(self, change: Change) -> None:
        """An item of the table was written or removed."""

    def published(self, event: Item) -> None:
        """The bus took an event."""

    def posted(self, posted: Posted) -> None:
        """A webhook reached its receiver."""

    def logged(self, line: str) -> None:
        """A function wrote a line."""

    def answered(self, answered: Answered) -> None:
        """A callback was answered."""

    def sent(self, sent: Sent) -> None:
        """A queue took a message."""

    def kept(self, key: str) -> None:
        """The bucket took an object."""

    def queried(self, query: Query) -> None:
        """Softlinx is asked for faxes."""

    def feed_asked(self, at: float, which: str) -> None:
        """GreenFax was asked for a feed, by the simulation's clock in seconds."""

    def before_mark(self, fax: SoftlinxFax) -> None:
        """Softlinx is about to mark the fax."""

    def broke(self, function: str, error: BaseException) -> None:
        """A function ended in an error that is none of our own."""

    def at_rest(self) -> None:
        """Nothing is left to be done."""

    def violated(self, about: str, key: str | None = None) -> Violation:
        """To be raised; with what became of the item of that key, if there is one."""
        return Violation(self.name, about, () if key is None else self.evidence.life_of(key))
