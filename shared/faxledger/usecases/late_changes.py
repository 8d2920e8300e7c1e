"""Note on days that are closed what has happened to their faxes since: somebody looks at them again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from faxledger.domain.closed_days import ChangeCause
from faxledger.domain.report import Fax
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.announce import Change
from faxledger.usecases.heard import pushes_of
from faxledger.usecases.ports.closing import ChangesOfClosedDays
from faxledger.usecases.ports.world import Clock, Log


@dataclass(frozen=True, slots=True)
class NoteLateChanges:
    """Notes each day before today once for all the changes of a batch; of days in `time_zone`.

    Not more seldom: whoever closes days may have looked in between.
    """

    closed: ChangesOfClosedDays
    _: KW_ONLY
    time_zone: ZoneInfo
    clock: Clock
    log: Log

    def __call__(self, changes: Iterable[Change]) -> frozenset[str]:
        """The keys of the changes that could not be noted, and have to come again."""
        now = self.clock.now()
        today = now.astimezone(self.time_zone).date()
        causes: defaultdict[date, set[ChangeCause]] = defaultdict(set)
        keys: defaultdict[date, set[str]] = defaultdict(set)
        for change in changes:
            if what := set(causes_of(change)):
                for moment in _counted_at(change):
                    day = moment.astimezone(self.time_zone).date()
                    if day < today:
                        causes[day] |= what
                        keys[day].add(change.key)
        failed: set[str] = set()
        for day, what in sorted(causes.items()):
            try:
                self.closed.note(day, sorted(what), now)
            except LedgerUnavailable as error:
                self.log.warning("not noted on its day", extra={"reason": str(error)})
                failed |= keys[day]
        return frozenset(failed)


def causes_of(change: Change) -> Iterator[ChangeCause]:
    """What of a change may make another figure of a day's report."""
    old, new = change.old, change.new
    if old is None or not old.is_settled:
        if new.is_settled:
            yield ChangeCause.SETTLED
        return
    if new.amended_at != old.amended_at:
        yield ChangeCause.AMENDED
    if new.conflict is not None and old.conflict is None:
        yield ChangeCause.CONFLICT
    if pushes_of(new) - pushes_of(old):
        yield ChangeCause.PUSHED
    if new.costs_differ and not old.costs_differ:
        yield ChangeCause.COSTS_DIFFER
    if new.submission != old.submission:
        yield ChangeCause.JOINED


def _counted_at(change: Change) -> Iterator[datetime]:
    """Where the fax counts, and where it did: an open one counts where it was first heard of."""
    for fax in (change.old, change.new):
        if fax is not None and (moment := _moment_of(fax)) is not None:
            yield moment


def _moment_of(fax: Fax) -> datetime | None:
    if fax.is_settled:
        return fax.completed_at or fax.settled_at
    first_heard = min((one.seen_at for one in fax.unsettling), default=None)
    return fax.submitted_at or first_heard
