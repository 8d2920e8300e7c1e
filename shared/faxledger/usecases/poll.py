"""Ask a provider for every fax that is not marked yet, settle them, then mark them."""

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty, DutyState, Fax, Report
from faxledger.errors import LoginRefused, ProviderError, ProviderUnavailable
from faxledger.usecases.leases import query_lease
from faxledger.usecases.mark import Marker
from faxledger.usecases.ports.claims import Claim, Claims, Cursors
from faxledger.usecases.ports.heard import Heard, query, whole
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.marking import MarkingProvider, MarkingSession, Offer, OfferedPage
from faxledger.usecases.ports.world import Clock, Count, Log
from faxledger.usecases.record import Recorder

# Of the time that is left, this share goes to reading; a backlog too long to be read in one run is marked as
# far as it was read, so that the next run is offered the rest and not the same again.
_READING_SHARE = 0.6
# The exchange under way when the time is up, and the logging out, still fit into this.
_STOP_BEFORE = timedelta(seconds=75)
# A run that comes this much early still counts as the next one: schedules are not exact to the second.
_EARLY_SHARE = 0.1
_MOST_EARLY = timedelta(minutes=30)
# A query that was not read to its end has not had its turn: the next run asks it, no sooner than this.
_ASKED_AGAIN_AFTER = timedelta(minutes=10)


def claim_of(provider: str, offer: Offer) -> str:
    """What an offer's claim is called, where it is not due in every run, and its cursor."""
    return f"{provider}-{offer.name}"


class PollUnmarked:
    """One run over a provider's unmarked faxes; two runs never overlap.

    Faxes are settled, and then marked, in `lanes` at once. Queries are asked one at a time.
    """

    def __init__(
        self,
        provider: MarkingProvider,
        *,
        recorder: Recorder,
        ledger: FaxLedger,
        claims: Claims,
        cursors: Cursors,
        heard: Heard,
        clock: Clock,
        count: Count,
        log: Log,
        lanes: int = 1,
    ) -> None:
        self._provider = provider
        self._lanes = lanes
        self._recorder = recorder
        self._ledger = ledger
        self._marker = Marker(provider.name, ledger=ledger, count=count, log=log, lanes=lanes)
        self._claims = claims
        self._cursors = cursors
        self._heard = heard
        self._clock = clock
        self._log = log

    def __call__(self, time_left: timedelta) -> None:
        """Settle and mark until everything is done or the time is nearly up; raises `LedgerUnavailable`.

        What the provider gets wrong is logged and counted, and the next run is offered it again.
        """
        end = self._clock.now() + time_left
        with query_lease(self._claims, self._clock, self._provider.name, end=end) as is_granted:
            if not is_granted:
                self._log.warning("another run is under way", extra={"provider": self._provider.name})
                return
            try:
                self._work_off_all(end - _STOP_BEFORE)
            except ProviderError as error:
                self._marker.report(error, "PollFailed")

    def _work_off_all(self, deadline: datetime) -> None:
        # Patience ends with the time for reading, so that there is some left to mark what was read.
        patience = self._reading_time(deadline).total_seconds()
        with self._provider.session(patience=max(patience, 0.0)) as session:
            for offer in self._provider.offers:
                if self._is_over(deadline):
                    self._log.warning("stopped asking in time", extra={"offer": offer.name})
                    return
                if offer.looks_back:
                    self._look_back(session, offer, deadline)
                elif offer.every is None:
                    self._work_off(session, offer, deadline)
                elif (turn := self._claim(offer, offer.every)).is_granted:
                    self._work_off(session, offer, deadline, turn)

    def _claim(self, offer: Offer, every: timedelta) -> Claim:
        """Leave to ask what is not asked in every run; a run that fails, or dies, does not keep it."""
        now = self._clock.now()
        until = now + _nearly(min(every, _ASKED_AGAIN_AFTER))
        return self._claims.claim(claim_of(self._provider.name, offer), now=now, until=until)

    def _look_back(self, session: MarkingSession, offer: Offer, deadline: datetime) -> None:
        """Settle what was marked too, from where somebody said; what owes a mark has its own way."""
        if self._cursors.read(claim_of(self._provider.name, offer)) is not None:
            for _ in self._settle(session, offer, deadline):
                pass

    def _work_off(
        self, session: MarkingSession, offer: Offer, deadline: datetime, turn: Claim | None = None
    ) -> None:
        stop_at = self._clock.now() + self._reading_time(deadline)
        # Of each fax that owes a mark: whether this run brought it. The one thing that grows with a backlog.
        settled: dict[FaxId, bool] = {}
        trouble: ProviderError | None = None
        try:
            for fax_id, is_new in self._settle(session, offer, stop_at, turn):
                settled.setdefault(fax_id, is_new)
        except LoginRefused:
            raise
        except ProviderError as error:
            trouble = error
        # Only now: whether a mark shifts the pages of a query under way is open. And also when reading broke
        # off, or a page that never comes would be waited for at the same place in every run.
        # What is new comes first: what could not be marked in the runs before must not stand in its way.
        in_turn = chain(
            (fax_id for fax_id, is_new in settled.items() if is_new),
            (fax_id for fax_id, is_new in settled.items() if not is_new),
        )
        for _ in self._marker.mark(session, self._in_time(in_turn, deadline)):
            pass
        if isinstance(trouble, ProviderUnavailable):
            raise trouble
        if trouble is not None:
            # One query that can't be read must not keep the others from being asked.
            self._marker.report(trouble, "PollFailed")

    def _settle(
        self, session: MarkingSession, offer: Offer, stop_at: datetime, turn: Claim | None = None
    ) -> Iterator[tuple[FaxId, bool]]:
        """Settle what is offered, page by page, giving the faxes that owe a mark and whether each is new."""
        begun_at = self._clock.now()
        cursor = claim_of(self._provider.name, offer)
        after = self._cursors.read(cursor)
        is_whole = after is None
        for page in session.pages(offer, after=after):
            is_whole &= yield from self._settle_page(page)
            if self._is_over(stop_at):
                self._log.warning("stopped reading in time", extra={"offer": offer.name})
                if page.position is not None:
                    self._cursors.advance(cursor, page.position)
                return
        if after is not None:
            self._cursors.clear(cursor)
        if turn is not None and offer.every is not None:
            self._claims.prolong(turn, begun_at + _nearly(offer.every))
        self._heard.note(self._provider.name, query(offer.name), self._clock.now())
        if is_whole:
            self._heard.note(self._provider.name, whole(offer.name), begun_at)

    def _settle_page(self, page: OfferedPage) -> Generator[tuple[FaxId, bool], None, bool]:
        """Whether all of it is in the ledger, or set aside."""
        for unreadable in page.unreadable:
            self._recorder.set_aside(unreadable)
        known, failed = self._recorder.record_all(page.reports, lanes=self._lanes)
        for report in page.reports:
            # What is owed is what marks are wanted for now; when the fax was settled they may not have been.
            if Duty.MARK not in report.owes or report.fax in failed:
                continue
            fax = known.get(report.fax)
            # A document has its own way, and its fax is offered until it has come to its end.
            if Duty.STORE in report.owes and (fax is None or not fax.is_stored):
                continue
            # What was given up is offered for ever, and tried again only when a person asks for it.
            if fax is not None and fax.duties.get(Duty.MARK) is DutyState.GIVEN_UP:
                continue
            if fax is not None and _waits_to_hear_of_its_resend(fax, report):
                # What is owed is swept, and does not wait for ever where nothing will be heard.
                self._ledger.mark_owed(fax)
            # Also one that is under way again, as an offer may tell of either attempt: whether the mark would
            # hide it is looked at right before.
            yield report.fax, fax is None
        return not failed

    def _reading_time(self, deadline: datetime) -> timedelta:
        return (deadline - self._clock.now()) * _READING_SHARE

    def _in_time(self, fax_ids: Iterable[FaxId], deadline: datetime) -> Iterator[FaxId]:
        for fax_id in fax_ids:
            if self._is_over(deadline):
                self._log.warning("stopped marking in time", extra={"provider": self._provider.name})
                return
            yield fax_id

    def _is_over(self, moment: datetime) -> bool:
        return self._clock.now() >= moment


def _nearly(period: timedelta) -> timedelta:
    return period - min(period * _EARLY_SHARE, _MOST_EARLY)


def _waits_to_hear_of_its_resend(fax: Fax, report: Report) -> bool:
    """Whether that is so of one that was settled when no marks were wanted, and so owes none."""
    is_heard_of = fax.resent_as is not None or fax.was_over_before(report)
    return Duty.MARK not in fax.duties and fax.is_under_way_again and not is_heard_of
