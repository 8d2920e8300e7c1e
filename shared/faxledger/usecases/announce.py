"""Tell the bus what became true of faxes, once for each fact, and nothing of old ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta

from faxledger.domain.attempts import first_attempt
from faxledger.domain.deliveries import RouteKey
from faxledger.domain.events import EventType, FaxEvent, events_between, events_missed_by_sender
from faxledger.domain.report import Fax
from faxledger.domain.timestamps import oldest_kept
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.added_up import added_up
from faxledger.usecases.cases import Cases
from faxledger.usecases.ports.announcing import Bus, TimelessFaxes
from faxledger.usecases.ports.world import Clock, Count, Log
from faxledger.usecases.targets import for_nobody


@dataclass(frozen=True, slots=True)
class Change:
    """Two states of one fax; `key` is the caller's name for the change."""

    key: str
    old: Fax | None
    new: Fax


@dataclass(frozen=True, slots=True)
class AnnounceChanges:
    """Announces what `tell_from` and the retention let be news.

    What was announced before it was known who had sent the fax goes to `senders` alone, under the same ids:
    the bus has had it, and whoever was told of it is not told again. A repeat without a time, after the
    retention, is no news either: the `timeless` know it. An event of a fax whose sender has named nobody and
    for which there is no route says so: `routes` tells which of these there are.
    """

    bus: Bus
    _: KW_ONLY
    senders: Bus
    cases: Cases
    timeless: TimelessFaxes
    routes: Callable[[Collection[RouteKey]], Collection[RouteKey]]
    clock: Clock
    tell_from: Callable[[], datetime]
    retention: timedelta
    count: Count
    log: Log

    def __call__(self, changes: Sequence[Change]) -> frozenset[str]:
        """The keys of the changes that could not be announced and must come again, with all after them."""
        events: dict[FaxEvent, str] = {}
        missed: dict[FaxEvent, str] = {}
        unlinked: set[str] = set()
        for change in changes:
            try:
                news = self._news(self._events_of(change), change)
                is_repeat = self._is_repeat_of_what_expired(change)
            except LedgerUnavailable as error:
                self.log.error(
                    "it could not be looked up whether a fax is news",
                    extra={"fax_id": str(change.new.id), "reason": str(error)},
                )
                unlinked.add(change.key)
                continue
            if not is_repeat:
                events |= news
            missed |= self._news(events_missed_by_sender(change.old, change.new), change)
        failed = self._publish(self._addressed(events, changes)) | self._tell_senders(missed) | unlinked
        self._count_contradictions(changes, failed)
        return failed

    def _news(self, events: Sequence[FaxEvent], change: Change) -> Mapping[FaxEvent, str]:
        """Those that are to be told, each with the change that it comes from."""
        since = max(self.tell_from(), oldest_kept(self.clock.now(), self.retention))
        return {event: change.key for event in events if is_news(event, change.new, since=since)}

    def _is_repeat_of_what_expired(self, change: Change) -> bool:
        """Whether a fax was settled now, by who says no time, that was settled and announced before.

        Once somebody has stated its end without a time, it is known by its id for longer than it is kept.
        """
        new, old = change.new, change.old
        if new.settled_at is None or not new.is_timeless or (old is not None and old.is_timeless):
            return False
        # Where this very change comes again, it has the same time.
        is_first = self.timeless.first_settled(new.id, new.settled_at) == new.settled_at
        if (first := first_attempt(new.id)) != new.id:
            # When nothing is known of attempts any more, what is said of this one is taken for the first.
            self.timeless.first_settled(first, new.settled_at)
        if is_first or new.completed_at is not None or (old is not None and old.is_settled):
            return False
        self.log.info("announced before it expired", extra={"fax_id": str(new.id)})
        self.count("AnnouncedBefore", provider=new.id.provider)
        return True

    def _count_contradictions(self, changes: Sequence[Change], failed: frozenset[str]) -> None:
        """What comes again, which is everything from the first failure on, is counted then."""
        for change in changes:
            if change.key in failed:
                return
            if change.new.costs_differ and not (change.old and change.old.costs_differ):
                self.count("CostDifference", provider=change.new.id.provider)
            if change.new.is_incomplete and not (change.old and change.old.is_incomplete):
                self.count("SentIncomplete", provider=change.new.id.provider)

    def _events_of(self, change: Change) -> Sequence[FaxEvent]:
        """What became true; a received fax, also one that is no news, is entered for its case."""
        events = events_between(change.old, change.new)
        if not any(event.type is EventType.FAX_RECEIVED for event in events):
            return events
        case = self.cases.enter(change.new)
        return [
            replace(event, case=case.id) if case and event.type is EventType.FAX_RECEIVED else event
            for event in events
        ]

    def _addressed(self, events: Mapping[FaxEvent, str], changes: Sequence[Change]) -> Mapping[FaxEvent, str]:
        """The events, of which those say so that are for nobody."""
        faxes = {change.key: change.new for change in changes}
        try:
            left_out = for_nobody([faxes[key] for key in events.values()], self.routes)
        except LedgerUnavailable as error:
            # Whoever notifies looks once more.
            self.log.warning("routes not looked up", extra={"reason": str(error)})
            return events
        return {replace(event, is_for_nobody=event.fax in left_out): key for event, key in events.items()}

    def _publish(self, events: Mapping[FaxEvent, str]) -> frozenset[str]:
        """The keys of the changes whose events were not taken."""
        if not events:
            return frozenset()
        refused = self.bus.publish(list(events))
        with added_up(self.count) as count:
            for event in events:
                if event.id in refused:
                    self.log.error("not announced", extra=_about(event))
                else:
                    count("Announced", provider=event.fax.provider)
                    self.log.info("announced", extra=_about(event))
        return _keys_of(events, refused)

    def _tell_senders(self, missed: Mapping[FaxEvent, str]) -> frozenset[str]:
        """The keys of the changes whose events were not taken."""
        if not missed:
            return frozenset()
        refused = self.senders.publish(list(missed))
        for event in missed:
            if event.id in refused:
                self.log.error("the sender is not told what was missed", extra=_about(event))
        return _keys_of(missed, refused)


def is_news(event: FaxEvent, fax: Fax, *, since: datetime) -> bool:
    """Whether anybody is to be told of it: old faxes are no news, nor are those of a back-fill."""
    if event.type is EventType.FAX_AMENDED:
        # However old the fax: what a person said of it today is new.
        return True
    if fax.is_history and event.type is not EventType.FAX_STATUS_CONFLICT:
        return False
    return (event.completed_at or event.at) >= since


def _about(event: FaxEvent) -> Mapping[str, object]:
    return {
        "fax_id": str(event.fax),
        "submission_id": event.submission,
        "event_id": event.id,
        "type": event.type,
    }


def _keys_of(events: Mapping[FaxEvent, str], refused: frozenset[str]) -> frozenset[str]:
    return frozenset(key for event, key in events.items() if event.id in refused)
