"""Which days a feed is asked for next. Nothing here asks: days in, days out.

A day counts as read only when it was read whole, `overlap_days` after its end: jobs may be completed late.
Whatever does not count as read is asked for again, so that a gap can't be left behind. The latest days are
one kind of window, everything older that is missing the other; where there are both they take turns.
An older day that can't be read to its end is passed over, and comes again after the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from faxledger.domain.coverage import Coverage, Days, FeedProgress, LastReading

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What to read.

    A new feed begins `first_days` ago. From `history_from` on, what was before that is read as well, as
    history. A window has at most `most_days` days, both end days counted. `time_zone` is that of the feed's
    dates. Every `inbound_every`-th request is for inbound faxes where both directions share an allowance.
    """

    time_zone: ZoneInfo
    overlap_days: int
    first_days: int
    inbound_every: int
    most_days: int
    history_from: date | None = None

    def beginning(self, today: date) -> FeedProgress:
        """The progress of a feed that was never read."""
        since = today - timedelta(days=self.first_days - 1)
        return FeedProgress(since, most_current=self.most_days, most_older=self.most_days)


@dataclass(frozen=True, slots=True)
class Window:
    """One request's days; `is_older` for others than the latest, `is_history` for those that are no news."""

    days: Days
    is_older: bool = False
    is_history: bool = False


def next_window(plan: FeedPlan, progress: FeedProgress, today: date) -> Window:
    """What to ask for now; older days at most every second time."""
    if progress.asked_at is not None and not progress.asked_for_older:
        older = _older_window(plan, progress, today)
        if older is not None:
            return older
    return Window(_current(plan, progress, today))


def finished(plan: FeedPlan, progress: FeedProgress, window: Window, today: date) -> FeedProgress:
    """The progress after every row of a window that was planned on `today` is in the ledger."""
    last = min(window.days.last, today - timedelta(days=plan.overlap_days + 1))
    covered = progress.covered
    if last >= window.days.first:
        covered = covered.with_days(Days(window.days.first, last))
    grown = min(plan.most_days, len(window.days) + len(window.days) // 8 + 1)
    progress = progress.changed(covered=covered, last_readings=_last_readings(progress, window, covered))
    if window.is_older:
        return replace(progress, most_older=max(grown, progress.most_older))
    return replace(progress, most_current=max(grown, progress.most_current))


def _last_readings(progress: FeedProgress, window: Window, covered: Coverage) -> tuple[LastReading, ...]:
    """When each day was read last, of those that don't count as read: some days, as many as overlap."""
    if progress.asked_at is None:
        return ()
    at = {day: one.at for one in progress.last_readings for day in one.days}
    at |= dict.fromkeys(window.days, progress.asked_at)
    found: list[LastReading] = []
    for day in sorted(day for day in at if day not in covered):
        before = found[-1] if found else None
        if before is not None and before.at == at[day] and before.days.last + _DAY == day:
            found[-1] = LastReading(Days(before.days.first, day), at[day])
        else:
            found.append(LastReading(Days(day, day), at[day]))
    return tuple(found)


def too_much(progress: FeedProgress, window: Window, because: str) -> FeedProgress:
    """The progress after a window that could not be read to its end: the next one has half its days.

    A single older day is passed over, for a reason: it must not keep those after it waiting for ever.
    """
    half = (len(window.days) + 1) // 2
    if not window.is_older:
        return progress.changed(most_current=half)
    if len(window.days) == 1:
        return progress.changed(most_older=half, passed_over=window.days.last, because=because)
    return progress.changed(most_older=half)


def missing(plan: FeedPlan, progress: FeedProgress, today: date) -> tuple[Days, ...]:
    """The days that should count as read by now and do not: neither today nor those of the overlap."""
    begin, end = _begin(plan, progress), today - timedelta(days=plan.overlap_days + 1)
    return progress.covered.missing(Days(begin, end)) if begin <= end else ()


def passed_over(progress: FeedProgress, unread: Iterable[Days]) -> tuple[Days, ...]:
    """Those of `unread` that wait until all others were read."""
    until = progress.passed_over
    if until is None:
        return ()
    return tuple(Days(span.first, min(span.last, until)) for span in unread if span.first <= until)


def _begin(plan: FeedPlan, progress: FeedProgress) -> date:
    return min(progress.since, plan.history_from or progress.since)


def _current(plan: FeedPlan, progress: FeedProgress, today: date) -> Days:
    """The latest days that don't count as read yet; today is always among them."""
    begin = min(progress.since, today)
    unread = progress.covered.missing(Days(begin, today))
    # A clock that was set back would make even today count as read.
    first = unread[-1].first if unread and unread[-1].last == today else today
    return Days(max(first, today - timedelta(days=_most(plan, progress.most_current) - 1)), today)


def _older_window(plan: FeedPlan, progress: FeedProgress, today: date) -> Window | None:
    begin = _begin(plan, progress)
    end = _current(plan, progress, today).first - _DAY
    unread = progress.covered.missing(Days(begin, end)) if begin <= end else ()
    if not unread:
        return None
    days = _next_in_line(progress, unread)
    first = days.first
    last = min(days.last, first + timedelta(days=_most(plan, progress.most_older) - 1))
    is_history = first < progress.since
    if is_history:
        # No window is half history and half news.
        last = min(last, progress.since - _DAY)
    return Window(Days(first, last), is_older=True, is_history=is_history)


def _next_in_line(progress: FeedProgress, unread: tuple[Days, ...]) -> Days:
    """The oldest days behind those that were passed over, and these again when nothing else is left."""
    passed = progress.passed_over
    if passed is not None:
        for span in unread:
            if span.last > passed:
                return Days(max(span.first, passed + _DAY), span.last)
    return unread[0]


def _most(plan: FeedPlan, days: int) -> int:
    return max(1, min(days, plan.most_days))
