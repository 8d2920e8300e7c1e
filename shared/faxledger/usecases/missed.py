"""Tell targets of routes what they have missed: events that found nobody of their route who could be told.

For a target that is disabled, or that is in no route yet, nothing is planned. Asked for it, the events of the
faxes since then are told once more by what is known of the faxes, under the ids that they had: what has no
delivery gets one, and what has one, in whatever state, is left alone.

Those are the events of final statuses, of conflicts, and of a fax's last amendment. That a fax was overdue is
no news any more, and of whose sender has named targets no route was ever told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from faxledger.domain.deliveries import Delivery, DeliveryKey, Route, RouteKey, Target
from faxledger.domain.events import EventType, FaxEvent, events_between
from faxledger.domain.fax import Provider
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission, failed_fax
from faxledger.domain.timestamps import oldest_kept
from faxledger.errors import ItemUnreadable
from faxledger.usecases.announce import is_news
from faxledger.usecases.cases import Cases
from faxledger.usecases.notify import body_of
from faxledger.usecases.ports.announcing import TimelessFaxes
from faxledger.usecases.ports.listing import FaxListing, Listing
from faxledger.usecases.ports.notifying import Deliveries, Routes
from faxledger.usecases.ports.sending import Orders
from faxledger.usecases.ports.world import Clock, Count, Log
from faxledger.usecases.redrive import Pace, Redriven, RedrivenPage, note
from faxledger.usecases.targets import own_targets, route_of, with_its_order

_FAXES_AT_ONCE: Final = 100
# A route may have many targets: so many deliveries are looked up and planned for, or those of one fax more.
_ENOUGH: Final = 300


@dataclass(frozen=True, slots=True)
class Missed:
    """What may have been missed: by a target, by those of a route, or both, of faxes of [since, until)."""

    since: datetime
    until: datetime | None = None
    target_id: str | None = None
    route: RouteKey | None = None

    def may_concern(self, route: Route, target: Target, event: FaxEvent) -> bool:
        return (
            self.route in (None, route.key)
            and self.target_id in (None, target.id)
            and target.wants(event.type)
        )


@dataclass(frozen=True, slots=True)
class _Untold:
    """An event that one target of its fax's route wants to be told of."""

    fax: Fax
    event: FaxEvent
    route: Route
    target: Target

    @property
    def key(self) -> DeliveryKey:
        return DeliveryKey(self.fax.id, self.event.id, self.target.id)


@dataclass(frozen=True, slots=True)
class PlanMissed:
    """Plans deliveries of what was missed, the latest faxes first, paced as what is redriven.

    `tell_from` and the retention say what is news, as they do where events are announced.
    """

    listing: FaxListing
    deliveries: Deliveries
    routes: Routes
    orders: Orders
    _: KW_ONLY
    cases: Cases
    timeless: TimelessFaxes
    accounts: Mapping[Provider, str]
    tell_from: Callable[[], datetime]
    retention: timedelta
    clock: Clock
    count: Count
    log: Log

    def __call__(self, missed: Missed, *, cursor: str | None, is_dry_run: bool) -> RedrivenPage:
        """What some of the faxes give; nothing is written in a dry run.

        Raises `MalformedInput` for a strange cursor, `LedgerUnavailable`, possibly after some.
        """
        pace = Pace(self.clock.now(), cursor)
        untold, more = self._wanted(missed, pace.cursor)
        known = self.deliveries.known([one.key for one in untold])
        redriven = []
        for one in untold:
            if one.key not in known:
                is_wanted = one.target.id not in one.route.disabled
                due_at = self._planned(one, pace) if is_wanted and not is_dry_run else None
                redriven.append(Redriven(one.key, one.target.channel, one.event.at, is_wanted, due_at))
        note(redriven, self.count, self.log)
        return RedrivenPage(tuple(redriven), pace.before(more))

    def _wanted(self, missed: Missed, cursor: str | None) -> tuple[Sequence[_Untold], str | None]:
        """What those who are meant want to be told of, whether they were or not, and where to go on."""
        provider = missed.route.provider if missed.route else None
        which = Listing(since=missed.since, until=missed.until, provider=provider)
        page = self.listing.page(which, limit=_FAXES_AT_ONCE, cursor=cursor)
        find = cache(self.routes.find)
        wanted: list[_Untold] = []
        for listed in page.listed:
            entry = listed.entry
            fax = failed_fax(entry, self.accounts) if isinstance(entry, Submission) else entry
            if fax is not None and fax.is_settled:
                wanted += self._of_fax(fax, missed, find)
            if len(wanted) >= _ENOUGH:
                return wanted, listed.cursor
        return wanted, page.cursor

    def _of_fax(
        self, fax: Fax, missed: Missed, find: Callable[[RouteKey], Route | None]
    ) -> Iterator[_Untold]:
        events = self._news_of(fax)
        try:
            fax = (with_its_order(fax.id, fax, self.orders) or fax) if events else fax
            if not events or own_targets(fax, self.orders):
                return
        except ItemUnreadable as error:
            # It must not hold up the others.
            self.log.error(
                "it can't be read who is told of a fax",
                extra={"fax_id": str(fax.id), "reason": str(error)},
            )
            return
        route = route_of(fax, find)
        for target in route.targets if route else ():
            for event in events:
                if route and missed.may_concern(route, target, event):
                    yield _Untold(fax, event, route, target)

    def _news_of(self, fax: Fax) -> Sequence[FaxEvent]:
        """What was worth announcing of it, as long as the delivery of that would still be there."""
        oldest = oldest_kept(self.clock.now(), self.retention)
        is_repeat = self._is_repeat_of_what_expired(fax)
        return [
            event
            for event in events_between(None, fax)
            if event.at >= oldest
            and is_news(event, fax, since=max(self.tell_from(), oldest))
            and (not is_repeat or event.type is EventType.FAX_AMENDED)
        ]

    def _is_repeat_of_what_expired(self, fax: Fax) -> bool:
        if not fax.is_timeless or fax.completed_at is not None:
            return False
        first = self.timeless.known(fax.id)
        return first is not None and first != fax.settled_at

    def _planned(self, one: _Untold, pace: Pace) -> datetime | None:
        """When it is due; None if somebody else was first."""
        event, now, due_at = one.event, self.clock.now(), pace.next(one.target.id)
        if event.type is EventType.FAX_RECEIVED and (case := self.cases.find(one.fax)):
            event = replace(event, case=case.id)
        delivery = Delivery(one.key, one.target, event.type, body_of(event), due_at, now, one.route.key)
        return due_at if self.deliveries.plan(delivery) else None
