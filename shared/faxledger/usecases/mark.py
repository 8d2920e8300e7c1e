"""Mark settled faxes at their provider."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol

from faxledger.domain.attempts import next_attempt
from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty, DutyState, Fax
from faxledger.errors import LoginRefused, ProviderError, ProviderRefused
from faxledger.usecases.concurrently import concurrently
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.marking import MarkingProvider, MarkingSession
from faxledger.usecases.ports.world import Count, Log

# As often as the mark queue hands out a message; with the polls that is the better part of two hours.
_MOST_REFUSALS = 8
# Without an answer the provider is probably in trouble. A refusal is an answer, and mostly about one fax,
# which must not stand in the way of those behind it.
_MOST_FAILED_IN_A_ROW = 3
_MOST_REFUSED_IN_A_ROW = 25
# One of the two rows is always empty: each ends the other.
_ENOUGH = ((_MOST_FAILED_IN_A_ROW, 0), (0, _MOST_REFUSED_IN_A_ROW))


class Marks(Protocol):
    """Of a session with a provider: where marks are set."""

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None: ...


class MarkOutcome(StrEnum):
    """`LEFT` is a fax that may have no mark: it is under way again, not safe here yet, or gone."""

    SET = "set"
    GIVEN_UP = "given up"
    LEFT = "left"


def set_mark(session: Marks, ledger: FaxLedger, fax_id: FaxId) -> MarkOutcome:
    """Set a mark, if by now it may be set, and have the ledger remember it.

    A provider has one mark for all attempts of a fax, and while it is set it offers none of them: the newest
    one decides, looked at right before. A resend is written before its provider is asked, so one that began
    after that look is found when the mark is written down, and the mark is taken back. Raises
    `ProviderError`, `LedgerUnavailable`.
    """
    attempts = _attempts_from(ledger, fax_id)
    if not _may_be_marked(attempts):
        return MarkOutcome.LEFT
    fax, newest = attempts[0], attempts[-1]
    owing = next(filter(_owes_mark, attempts), newest).id
    try:
        session.mark(fax)
    except LoginRefused:
        raise
    except ProviderRefused as refusal:
        if Duty.MARK not in newest.duties:
            # It was settled when no marks were wanted. Refusals of what nobody owes would not be counted.
            ledger.mark_owed(newest)
        if ledger.mark_refused(owing, most=_MOST_REFUSALS, problem=str(refusal)):
            return MarkOutcome.GIVEN_UP
        raise
    except ProviderError as error:
        ledger.duty_failed(owing, Duty.MARK, str(error))
        raise
    if not ledger.mark_done(newest.id, resent_at=newest.resent_at):
        if _is_under_way(_attempts_from(ledger, fax_id)):
            session.mark(fax, is_marked=False)
        return MarkOutcome.LEFT
    for attempt in filter(_owes_mark, attempts[:-1]):
        ledger.mark_done(attempt.id, resent_at=attempt.resent_at)
    return MarkOutcome.SET


def _attempts_from(ledger: FaxLedger, fax_id: FaxId) -> Sequence[Fax]:
    """The attempt, and those that follow it under its identifier, as they are now; the newest is the last."""
    attempts: list[Fax] = []
    following: FaxId | None = fax_id
    while following is not None and (fax := ledger.find_many([following]).get(following)) is not None:
        attempts.append(fax)
        following = next_attempt(fax.id) if fax.resent_at is not None else None
    return attempts


def _may_be_marked(attempts: Sequence[Fax]) -> bool:
    if not attempts or _is_under_way(attempts) or attempts[-1].is_unstored:
        return False
    # What was given up is tried again when a person asks for it, which is by its own id.
    return len(attempts) == 1 or attempts[-1].duties.get(Duty.MARK) is not DutyState.GIVEN_UP


def _is_under_way(attempts: Sequence[Fax]) -> bool:
    return bool(attempts) and (attempts[-1].is_under_way_again or not attempts[-1].is_settled)


def _owes_mark(fax: Fax) -> bool:
    return fax.duties.get(Duty.MARK, DutyState.DONE) is not DutyState.DONE


def report_outcome(outcome: MarkOutcome, fax_id: FaxId, count: Count, log: Log) -> None:
    match outcome:
        case MarkOutcome.SET:
            log.info("marked", extra={"fax_id": str(fax_id)})
        case MarkOutcome.LEFT:
            log.info("left unmarked", extra={"fax_id": str(fax_id)})
        case MarkOutcome.GIVEN_UP:
            log.error("mark given up", extra={"fax_id": str(fax_id)})
            count("MarkGivenUp", provider=fax_id.provider)


@dataclass(frozen=True, slots=True)
class Marker:
    """Sets marks within a session and has the ledger remember each, `lanes` of them at once.

    `provider` is the name to count under.
    """

    provider: str
    _: KW_ONLY
    ledger: FaxLedger
    count: Count
    log: Log
    lanes: int = 1

    def mark(self, session: MarkingSession, fax_ids: Iterable[FaxId]) -> Iterator[FaxId]:
        """Give each fax when it is done with, marked or not; one that fails does not hold the others.

        A fax is taken from `fax_ids` only when it is its turn. Raises `LoginRefused`, the third
        `ProviderError` in a row, or the 25th refusal, and `LedgerUnavailable`; then no further fax is begun.
        """
        mark = partial(set_mark, session, self.ledger)
        marked = failed_in_a_row = refused_in_a_row = 0
        try:
            with closing(concurrently(mark, fax_ids, lanes=self.lanes)) as outcomes:
                for fax_id, outcome in outcomes:
                    try:
                        became = outcome.result()
                    except LoginRefused:
                        raise
                    except ProviderError as error:
                        is_refusal = isinstance(error, ProviderRefused)
                        failed_in_a_row = 0 if is_refusal else failed_in_a_row + 1
                        refused_in_a_row = refused_in_a_row + 1 if is_refusal else 0
                        if (failed_in_a_row, refused_in_a_row) in _ENOUGH:
                            raise
                        self.report(error, "MarkFailed", fax_id)
                        continue
                    failed_in_a_row = refused_in_a_row = 0
                    marked += became is MarkOutcome.SET
                    report_outcome(became, fax_id, self.count, self.log)
                    yield fax_id
        finally:
            if marked:
                self.count("Marked", marked, provider=self.provider)

    def report(self, error: ProviderError, name: str, fax_id: FaxId | None = None) -> None:
        """Log the error and count it as `name`, or as a refused login."""
        self.log.error(
            "provider trouble",
            extra={
                "fax_id": None if fax_id is None else str(fax_id),
                "provider": self.provider,
                "error": type(error).__name__,
                "reason": str(error),
            },
        )
        self.count("LoginRefused" if isinstance(error, LoginRefused) else name, provider=self.provider)


class MarkFaxes:
    """Marks a batch with one login, `lanes` at once; what owes no mark costs the provider nothing."""

    def __init__(
        self, provider: MarkingProvider, *, ledger: FaxLedger, count: Count, log: Log, lanes: int = 1
    ) -> None:
        self._provider = provider
        self._ledger = ledger
        self._marker = Marker(provider.name, ledger=ledger, count=count, log=log, lanes=lanes)

    def __call__(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        """The faxes that could not be marked now and should be tried again. Raises `LedgerUnavailable`."""
        owed = self._owed(fax_ids)
        done: set[FaxId] = set()
        if owed:
            try:
                with self._provider.session() as session:
                    done.update(self._marker.mark(session, owed))
            except ProviderError as error:
                self._marker.report(error, "MarkFailed")
        return frozenset(owed).difference(done)

    def _owed(self, fax_ids: Sequence[FaxId]) -> list[FaxId]:
        # Only settling makes a mark due, so none is ever set before the status is safe here, whoever asks.
        known = self._ledger.find_many(fax_ids)
        return [fax_id for fax_id, fax in known.items() if fax.may_be_marked or _was_given_up(fax)]


def _was_given_up(fax: Fax) -> bool:
    # A message about such a fax comes from a person, who has mended the cause.
    return fax.duties.get(Duty.MARK) is DutyState.GIVEN_UP and not fax.is_unstored
