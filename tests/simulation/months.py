"""Months later: items expire, providers say again what they have said, and GreenFax gives an id once more.

Whatever happens in a leap over weeks has been lived through before; between two leaps everything runs once.
"""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from faxledger.domain.fax import Direction
from tests.simulation.scheduler import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.invariants.checker import Item
    from tests.simulation.said import Said
    from tests.simulation.world import Town

Thing = TypeVar("Thing")

_DAY = 24 * 3600.0
# Every schedule comes round in this.
_BETWEEN_LEAPS = 5400.0
# Later than this DynamoDB removes nothing.
_DAYS_LATE = 10
# So much of the time in which the first faxes expire is lived through.
_ENDS_SECONDS = 8 * 3600.0
# What tells who has removed an item (DynamoDB's developer guide, "Time to Live").
_BY_DYNAMODB = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class Months:
    """`reused` are GreenFax's faxes whose id it gave to another one before, and since when."""

    def __init__(self, town: "Town") -> None:
        self.reused: dict[str, float] = {}
        self._town = town
        self._repeated_at = 0.0
        self._to_repeat: Counter[str] = Counter()
        self._scheduler = town.scheduler
        self._dice = town.scheduler.random

    def pass_by(self, after_each: "Callable[[], None]") -> None:
        """Leap until everything that is finished has expired, and live on for some hours."""
        while (left := self._first_end() - self._scheduler.now) > 2 * _DAY:
            self._scheduler.leap(min(self._dice.uniform(10, 40) * _DAY, left - _DAY))
            self._expire(late=0.5)
            for said in self._some([*self._town.softlinx.taken, *self._town.greenfax.taken]):
                self._repeat(said)
            self._scheduler.run(self._scheduler.now + _BETWEEN_LEAPS, after_each)
        self._let_end_in_time()
        self._scheduler.run(self._scheduler.now + _ENDS_SECONDS, after_each)
        self._scheduler.leap(2 * _DAYS_LATE * _DAY)
        self._expire(late=0.0)
        self._give_ids_again()
        self._scheduler.run(self._scheduler.now + 2 * _BETWEEN_LEAPS, after_each)

    def _first_end(self) -> float:
        """When the first fax expires; now, if there is none."""
        return min((self._end_of(fax) for fax in self._faxes()), default=self._scheduler.now)

    def _let_end_in_time(self) -> None:
        """Remove the first faxes the moment they expire, and have their providers repeat themselves then."""
        self._scheduler.leap(max(0.0, self._first_end() - self._scheduler.now - 600))
        for fax in self._faxes():
            seconds = self._end_of(fax) - self._scheduler.now
            if seconds < _ENDS_SECONDS:
                self._scheduler.after(max(0.0, seconds) + 1.0, partial(self._end, fax))

    def _end(self, fax: "Item") -> None:
        self._remove(fax)
        key = fax["pk"]["S"].partition("~")[0]
        for said in (*self._town.softlinx.taken, *self._town.greenfax.taken):
            if said.key == key:
                self._repeat(said)

    def _repeat(self, said: "Said") -> None:
        # One behind the other: where callbacks are hints, the latest alone is kept.
        self._repeated_at = max(self._repeated_at + 7.0, self._scheduler.now + 1.0)
        self._to_repeat[said.key] += 1

        def say_again() -> None:
            self._to_repeat[said.key] -= 1
            said.again()

        self._scheduler.after(self._repeated_at - self._scheduler.now, say_again)

    # --- DynamoDB ----------------------------------------------------------------------------------------

    def _faxes(self) -> "list[Item]":
        items = self._town.bundle.aws.table.items()
        return [item for item in items if item["pk"]["S"].startswith("FAX#") and "expires_at" in item]

    def _end_of(self, item: "Item") -> float:
        return float(item["expires_at"]["N"]) - BEGINNING.timestamp()

    def _expire(self, *, late: float) -> None:
        """Remove what is over, in any order; a share of it is removed later."""
        items = self._town.bundle.aws.table.items()
        over = [one for one in items if "expires_at" in one and self._end_of(one) < self._scheduler.now]
        self._dice.shuffle(over)
        for item in over:
            if self._dice.random() >= late:
                self._remove(item)

    def _remove(self, item: "Item") -> None:
        table = self._town.bundle.aws.table
        key = {"pk": item["pk"], "sk": item["sk"]}
        present = table.get(key)
        if present is None or self._end_of(present) >= self._scheduler.now:
            return
        table.delete(key, None, {}, shows_old=False)
        table.changes[-1] = {**table.changes[-1], "userIdentity": _BY_DYNAMODB}
        self._town.bundle.aws.changed.ring()

    # --- GreenFax ----------------------------------------------------------------------------------------

    def _give_ids_again(self) -> None:
        greenfax = self._town.greenfax
        known = {fax["pk"]["S"] for fax in self._faxes()}
        # Nobody gives an id again while something is still to be said of the one who had it.
        spoken_of = greenfax.to_come + self._to_repeat
        given = [job.job_id for job in greenfax.jobs.values() if job.direction is Direction.OUTBOUND]
        keys = {f"FAX#greenfax#outbound#12345#{job_id}": job_id for job_id in given}
        free = [job_id for key, job_id in keys.items() if key not in known and not spoken_of[key]]
        for job_id in self._some(free):
            self.reused[f"greenfax.outbound.12345.{job_id}"] = self._scheduler.now
            greenfax.transmit(Direction.OUTBOUND, "12025550100", job_id=job_id)

    def _some(self, things: "list[Thing]") -> "list[Thing]":
        return self._dice.sample(things, min(len(things), 8))
