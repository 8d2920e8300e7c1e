"""Take one statement about a fax into the ledger: the end of every way in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from faxledger.domain.fax import PUSHES, FaxId, Source
from faxledger.domain.report import Facts, Fax, Report, Settlement, Unreadable
from faxledger.domain.timestamps import oldest_kept
from faxledger.errors import ItemRefused, ItemUnreadable

if TYPE_CHECKING:
    # Ports are for the reader and the type checker: a callback's cold start does not pay for them.
    from faxledger.usecases.ports.ledger import FaxLedger, Unreadables
    from faxledger.usecases.ports.world import Clock, Count, Log

# A push comes when its fax has come to its end, or some hours later. A month read for a day is further off.
_MOST_AHEAD = timedelta(days=1)
_MOST_LATE = timedelta(days=90)


class Recorder:
    """Settles reports and keeps what can't be settled; every method raises `LedgerUnavailable`.

    With `only_hints` a report settles nothing: it is kept until the provider itself has confirmed it.
    `retention` is how long a settled fax is kept.
    """

    def __init__(
        self,
        ledger: FaxLedger,
        unreadables: Unreadables,
        count: Count,
        log: Log,
        *,
        clock: Clock,
        retention: timedelta,
        only_hints: bool = False,
    ) -> None:
        self._ledger = ledger
        self._only_hints = only_hints
        self._unreadables = unreadables
        self._count = count
        self._log = log
        self._clock = clock
        self._retention = retention

    def record(self, report: Report) -> Settlement | None:
        """Settle the report; only note it, and return None, when it is a hint or its word is not final."""
        if report.source in PUSHES:
            report = self._without_an_implausible_time(report)
        if self._only_hints and report.status is not None:
            # What it says of the fax is kept in the sighting; nobody has vouched for any of it.
            self._ledger.note(replace(report, facts=Facts(), owes=frozenset()))
            self._count("Hint", provider=report.fax.provider, source=report.source)
            self._count_unread(report)
            self._log.info("hint kept", extra=_about(report))
            return None
        return self._tell(report, self._write(report), self._count)

    def _without_an_implausible_time(self, report: Report) -> Report:
        if report.completed_at is None:
            return report
        now = self._clock.now()
        if -_MOST_AHEAD <= now - report.completed_at <= _MOST_LATE:
            return report
        # By its time alone is known that it was told before.
        if report.completed_at < oldest_kept(now, self._retention):
            return report
        return replace(report, completed_at=None, unread=report.unread | {"completed_at"})

    def record_all(
        self, reports: Sequence[Report], *, lanes: int = 1
    ) -> tuple[Mapping[FaxId, Fax], Collection[FaxId]]:
        """Record a batch, up to `lanes` faxes at once, each its own try.

        Given are those that the ledger knew before, as it knew them, and those whose items can't be read or
        written. What it has heard before costs a batched look-up and no write.
        """
        # A callback does not pay for batches and threads.
        from faxledger.usecases.added_up import added_up  # noqa: PLC0415
        from faxledger.usecases.concurrently import concurrently  # noqa: PLC0415

        known = self._ledger.find_many(report.fax for report in reports)
        news: dict[FaxId, list[Report]] = {}
        for report in reports:
            fax = known.get(report.fax)
            if fax is None or not fax.has_heard(report):
                # Two statements about one fax stay in their order: the first settles it.
                news.setdefault(report.fax, []).append(report)
        failed: set[FaxId] = set()
        # What the look-up has shown to be settled is compared at once; it may have changed since.
        write = partial(self._write_each, known)
        with (
            added_up(self._count) as count,
            closing(concurrently(write, news.values(), lanes=lanes)) as outcomes,
        ):
            for said, outcome in outcomes:
                try:
                    settlements = outcome.result()
                except (ItemUnreadable, ItemRefused) as error:
                    self._log.error("not recorded", extra={**_about(said[0]), "reason": str(error)})
                    self._count("NotRecorded", provider=said[0].fax.provider)
                    failed.add(said[0].fax)
                    continue
                for report, settlement in zip(said, settlements, strict=True):
                    self._tell(report, settlement, count)
                    self._compare_with_hints(report, known.get(report.fax))
        return known, failed

    def _compare_with_hints(self, report: Report, fax: Fax | None) -> None:
        """Tell when the provider itself says another final status than somebody who called in its name."""
        if report.status is None or fax is None or fax.is_settled:
            return
        if any(hint.status not in (None, report.status) for hint in fax.unsettling):
            self._log.warning("hint not confirmed", extra=_about(report))
            self._count("HintDenied", provider=report.fax.provider)

    def set_aside(self, unreadable: Unreadable) -> None:
        """Keep for a person what nobody could read."""
        self._unreadables.set_aside(unreadable)
        self._log.warning("set aside", extra={"origin": unreadable.origin, "reason": unreadable.problem})
        self._count("SetAside", origin=unreadable.origin)

    def count_unknown_word(self, origin: str) -> None:
        self._count("UnknownStatusWord", origin=origin)

    def _write_each(self, known: Mapping[FaxId, Fax], reports: Sequence[Report]) -> list[Settlement | None]:
        return [self._write(report, known.get(report.fax)) for report in reports]

    def _write(self, report: Report, known: Fax | None = None) -> Settlement | None:
        if report.status is None:
            self._ledger.note(report)
            return None
        return self._ledger.settle(report, known=known)

    def _tell(self, report: Report, settlement: Settlement | None, count: Count) -> Settlement | None:
        if settlement is None:
            origin = f"{report.fax.provider}-{report.source}"
            if _is_under_way(report):
                count("UnderWay", origin=origin)
            else:
                self._log.warning("unknown status word", extra=_about(report))
                self.count_unknown_word(origin)
            return None
        name = settlement.outcome.capitalize() if settlement.is_news else "Repeated"
        count(name, provider=report.fax.provider, source=report.source)
        self._log.info("report recorded", extra={**_about(report), "outcome": name.lower()})
        if settlement.is_news:
            self._count_unread(report)
        return settlement

    def _count_unread(self, report: Report) -> None:
        for fact in sorted(report.unread):
            self._count("FactUnread", fact=fact, origin=f"{report.fax.provider}-{report.source}")


def _is_under_way(report: Report) -> bool:
    """Whether a word that is not final is one of progress: a poll without a filter is offered those too.

    What has an end and no final word has an unknown one, and whoever calls us means that it has ended.
    """
    return report.source is Source.POLL and report.completed_at is None


def _about(report: Report) -> dict[str, object]:
    return {"fax_id": str(report.fax), "source": report.source}
