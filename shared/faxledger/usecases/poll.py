"""Ask a provider for every fax that is not marked yet, settle them, then mark them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty
from faxledger.errors import LoginRefused, ProviderError, ProviderUnavailable
from faxledger.usecases.ports import (
    Claims,
    Clock,
    Count,
    FaxLedger,
    Log,
    MarkingProvider,
    MarkingSession,
    Offer,
)
from faxledger.usecases.record import Recorder

# Of the time that is left, this share goes to reading; a backlog too long to be read in one run is marked as
# far as it was read, so that the next run is offered the rest and not the same again.
_READING_SHARE = 0.6
# The exchange under way when the time is up, and the logging out, still fit into this.
_STOP_BEFORE = timedelta(seconds=75)
# A lease outlives its run by this much, in case the clocks of two machines differ.
_LEASE_GUARD = timedelta(seconds=30)
# A run a few minutes early still counts as the next day's.
_EARLY = timedelta(minutes=30)
_MOST_MARKS_FAILED_IN_A_ROW = 3


class PollUnmarked:
    """One run over a provider's unmarked faxes; two runs never overlap."""

    def __init__(
        self,
        provider: MarkingProvider,
        *,
        recorder: Recorder,
        ledger: FaxLedger,
        claims: Claims,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._provider = provider
        self._recorder = recorder
        self._ledger = ledger
        self._claims = claims
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self, time_left: timedelta) -> None:
        """Settle and mark until everything is done or the time is nearly up; raises `LedgerUnavailable`.

        What the provider gets wrong is logged and counted, and the next run is offered it again.
        """
        now = self._clock.now()
        deadline = now + time_left - _STOP_BEFORE
        with self._query_lease(now + time_left) as is_granted:
            if not is_granted:
                self._log.warning("another run is under way", extra={"provider": self._provider.name})
                return
            try:
                with self._provider.session() as session:
                    for offer in self._provider.offers:
                        if self._is_due(offer):
                            self._work_off(session, offer, deadline)
            except LoginRefused as error:
                self._report(error, "LoginRefused")
            except ProviderError as error:
                self._report(error, "PollFailed")

    @contextmanager
    def _query_lease(self, end: datetime) -> Iterator[bool]:
        now = self._clock.now()
        lease = self._claims.claim(f"{self._provider.name}-query", now=now, until=end + _LEASE_GUARD)
        try:
            yield lease.is_granted
        finally:
            if lease.is_granted:
                self._claims.give_back(lease)

    def _is_due(self, offer: Offer) -> bool:
        if offer.every is None:
            return True
        now = self._clock.now()
        claim = self._claims.claim(
            f"{self._provider.name}-{offer.name}", now=now, until=now + offer.every - _EARLY
        )
        return claim.is_granted

    def _work_off(self, session: MarkingSession, offer: Offer, deadline: datetime) -> None:
        start = self._clock.now()
        stop_reading_at = start + (deadline - start) * _READING_SHARE
        settled: list[FaxId] = []
        try:
            for page in session.pages(offer):
                for unreadable in page.unreadable:
                    self._recorder.set_aside(unreadable)
                self._recorder.record_all(page.reports)
                settled += [report.fax for report in page.reports if Duty.MARK in report.owes]
                if self._clock.now() >= stop_reading_at:
                    self._log.warning("stopped reading in time", extra={"offer": offer.name})
                    break
        except (LoginRefused, ProviderUnavailable):
            raise
        except ProviderError as error:
            # One query that can't be read must not keep the others from being asked.
            self._report(error, "PollFailed")
        # Only now: whether a mark shifts the pages of a query under way is open.
        self._mark(session, settled, deadline)

    def _mark(self, session: MarkingSession, settled: list[FaxId], deadline: datetime) -> None:
        failed_in_a_row = 0
        for fax_id in settled:
            if self._clock.now() >= deadline:
                self._log.warning("stopped marking in time", extra={"provider": self._provider.name})
                return
            try:
                session.mark(fax_id)
            except LoginRefused:
                raise
            except ProviderError as error:
                self._report(error, "MarkFailed")
                failed_in_a_row += 1
                if failed_in_a_row == _MOST_MARKS_FAILED_IN_A_ROW:
                    raise
                continue
            failed_in_a_row = 0
            self._ledger.mark_done(fax_id)
            self._count("Marked", provider=self._provider.name)

    def _report(self, error: ProviderError, name: str) -> None:
        extra = {"provider": self._provider.name, "error": type(error).__name__, "reason": str(error)}
        self._log.error("provider trouble", extra=extra)
        self._count(name, provider=self._provider.name)
