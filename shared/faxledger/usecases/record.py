"""Take one statement about a fax into the ledger: the end of every way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from faxledger.domain.report import Report, Settlement, Unreadable

if TYPE_CHECKING:
    # Ports are for the reader and the type checker: a callback's cold start does not pay for them.
    from faxledger.usecases.ports import Count, FaxLedger, Log, Unreadables


class Recorder:
    """Settles reports and keeps what can't be settled; every method raises `LedgerUnavailable`."""

    def __init__(self, ledger: FaxLedger, unreadables: Unreadables, count: Count, log: Log) -> None:
        self._ledger = ledger
        self._unreadables = unreadables
        self._count = count
        self._log = log

    def record(self, report: Report) -> Settlement | None:
        """Settle the report, or only note it when its word is not final (then None is returned)."""
        if report.status is None:
            self._ledger.note(report)
            self._log.warning("unknown status word", extra=_about(report))
            self.count_unknown_word(report.source)
            return None
        settlement = self._ledger.settle(report)
        name = settlement.outcome.capitalize() if settlement.is_news else "Repeated"
        self._count(name, provider=report.fax.provider, source=report.source)
        self._log.info("report recorded", extra={**_about(report), "outcome": name.lower()})
        return settlement

    def record_all(self, reports: Sequence[Report]) -> None:
        """Record a batch; what the ledger has heard before costs a batched look-up and no write."""
        known = self._ledger.find_many(report.fax for report in reports)
        for report in reports:
            fax = known.get(report.fax)
            if fax is None or not fax.has_heard(report):
                self.record(report)

    def set_aside(self, unreadable: Unreadable) -> None:
        """Keep for a person what nobody could read."""
        self._unreadables.set_aside(unreadable)
        self._log.warning("set aside", extra={"origin": unreadable.origin, "reason": unreadable.problem})
        self._count("SetAside", origin=unreadable.origin)

    def count_unknown_word(self, origin: str) -> None:
        self._count("UnknownStatusWord", origin=origin)


def _about(report: Report) -> dict[str, object]:
    fax = report.fax
    return {
        "provider": fax.provider,
        "direction": fax.direction,
        "job_id": fax.job_id,
        "source": report.source,
    }
