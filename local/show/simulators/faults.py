"""What can go wrong between a provider and its listener, by chance."""

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from random import Random
from threading import Lock
from typing import Final, TypeVar

# Of each of these groups at most one fault befalls a fax's callbacks: their shares are parts of one whole.
EXCLUSIVE: Final = (
    ("drop", "unreachable", "repeat"),
    ("delay", "reorder"),
    ("contradict", "recant", "unknown_word"),
)

_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class Faults:
    """How often things go wrong: shares between 0 and 1, but `refuse_logins`, which is a count.

    Of one fax's callbacks, at most one of these happens: `drop` (never sent), `unreachable` (the listener is
    down for every attempt), `repeat` (each sent two or three times). At most one of these: `delay` (5 minutes
    to 4 hours late), `reorder` (overtaken by the next fax's). And at most one of these: `contradict` (it says
    another final status than the provider's log), `recant` (it says the truth, and the opposite some minutes
    later), `unknown_word` (its status word is in no table).

    `slow` requests are answered `slow_seconds` late. These are seconds of the wall: a client waits in real
    time, and holding up a virtual clock while it waits would stop both. The first `refuse_logins` requests
    that log in are refused. `feed_errors` is the share of GreenFax feed requests that end in a 500,
    `feed_cuts` the share of those that break off in the middle.
    """

    drop: float = 0
    unreachable: float = 0
    repeat: float = 0
    delay: float = 0
    reorder: float = 0
    contradict: float = 0
    recant: float = 0
    unknown_word: float = 0
    slow: float = 0
    slow_seconds: float = 0.5
    refuse_logins: int = 0
    feed_errors: float = 0
    feed_cuts: float = 0

    def __post_init__(self) -> None:
        counted = {"slow_seconds", "refuse_logins"}
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if value < 0 or (name not in counted and value > 1):
                raise ValueError(f"faults: {name} is {value}, but must be a share between 0 and 1")
        for names in EXCLUSIVE:
            if sum(getattr(self, name) for name in names) > 1 + 1e-9:
                raise ValueError(
                    f"faults: {' + '.join(names)} must not exceed 1, as only one of them can happen"
                )


NO_FAULTS = Faults()


class Arrival(StrEnum):
    """How often each of a fax's callbacks comes to the listener."""

    ONCE = "once"
    TWICE = "twice"
    THRICE = "thrice"
    DROPPED = "dropped"
    UNREACHABLE = "unreachable"

    @property
    def copies(self) -> int:
        return _COPIES[self]


_COPIES = {
    Arrival.ONCE: 1,
    Arrival.TWICE: 2,
    Arrival.THRICE: 3,
    Arrival.DROPPED: 0,
    Arrival.UNREACHABLE: 1,
}


class Veracity(StrEnum):
    """What a fax's callbacks say, held against its provider's own log."""

    TRUTH = "truth"
    CONTRADICTION = "contradiction"
    RECANTATION = "recantation"
    UNKNOWN_WORD = "unknown_word"


@dataclass(frozen=True, slots=True)
class Mishap:
    """What befalls the callbacks of one fax: whether they come, when, and what they say."""

    arrival: Arrival = Arrival.ONCE
    late: timedelta = timedelta(0)
    is_overtaken: bool = False
    veracity: Veracity = Veracity.TRUTH


NO_MISHAP = Mishap()


def draw_mishap(faults: Faults, dice: Random) -> Mishap:
    """One fax's share of the faults. The dice fall the same number of times whatever comes up."""
    arrival, lateness, veracity = dice.random(), dice.random(), dice.random()
    minutes_late, copies = dice.uniform(5, 240), dice.choice((Arrival.TWICE, Arrival.THRICE))
    is_late = lateness < faults.delay
    return Mishap(
        arrival=_pick(
            arrival,
            (faults.drop, Arrival.DROPPED),
            (faults.unreachable, Arrival.UNREACHABLE),
            (faults.repeat, copies),
            otherwise=Arrival.ONCE,
        ),
        late=timedelta(minutes=minutes_late) if is_late else timedelta(0),
        is_overtaken=not is_late and lateness < faults.delay + faults.reorder,
        veracity=_pick(
            veracity,
            (faults.contradict, Veracity.CONTRADICTION),
            (faults.recant, Veracity.RECANTATION),
            (faults.unknown_word, Veracity.UNKNOWN_WORD),
            otherwise=Veracity.TRUTH,
        ),
    )


def _pick(roll: float, *shares: tuple[float, _Choice], otherwise: _Choice) -> _Choice:
    for share, choice in shares:
        if roll < share:
            return choice
        roll -= share
    return otherwise


class RequestDice:
    """Decides request by request whether a fault strikes; one seed gives one sequence."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self._lock = Lock()

    def strike(self, share: float) -> bool:
        with self._lock:
            return self._random.random() < share
