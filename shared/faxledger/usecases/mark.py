"""Mark settled faxes at their provider."""

from collections.abc import Iterable, Iterator, Sequence

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty, DutyState
from faxledger.errors import LoginRefused, ProviderError
from faxledger.usecases.ports import Count, FaxLedger, Log, MarkingProvider, MarkingSession

_MOST_FAILED_IN_A_ROW = 3


class Marker:
    """Sets marks within a session and has the ledger remember each; `provider` is the name to count under."""

    def __init__(self, provider: str, *, ledger: FaxLedger, count: Count, log: Log) -> None:
        self._provider = provider
        self._ledger = ledger
        self._count = count
        self._log = log

    def mark(self, session: MarkingSession, fax_ids: Iterable[FaxId]) -> Iterator[FaxId]:
        """Mark one after the other, giving each that is done; one that fails does not hold the others.

        Raises `LoginRefused`, the third `ProviderError` in a row, and `LedgerUnavailable`.
        """
        failed_in_a_row = 0
        for fax_id in fax_ids:
            try:
                session.mark(fax_id)
            except LoginRefused:
                raise
            except ProviderError as error:
                failed_in_a_row += 1
                if failed_in_a_row == _MOST_FAILED_IN_A_ROW:
                    raise
                self.report(error, "MarkFailed", job_id=fax_id.job_id)
                continue
            failed_in_a_row = 0
            self._ledger.mark_done(fax_id)
            self._count("Marked", provider=self._provider)
            yield fax_id

    def report(self, error: ProviderError, name: str, **about: str) -> None:
        """Log the error and count it as `name`, or as a refused login."""
        extra = {"provider": self._provider, "error": type(error).__name__, "reason": str(error), **about}
        self._log.error("provider trouble", extra=extra)
        self._count("LoginRefused" if isinstance(error, LoginRefused) else name, provider=self._provider)


class MarkFaxes:
    """Marks a batch with one login; what owes no mark costs the provider nothing."""

    def __init__(self, provider: MarkingProvider, *, ledger: FaxLedger, count: Count, log: Log) -> None:
        self._provider = provider
        self._ledger = ledger
        self._marker = Marker(provider.name, ledger=ledger, count=count, log=log)

    def __call__(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        """The faxes that could not be marked now and should be tried again. Raises `LedgerUnavailable`."""
        owed = self._owed(fax_ids)
        marked: set[FaxId] = set()
        if owed:
            try:
                with self._provider.session() as session:
                    marked.update(self._marker.mark(session, owed))
            except ProviderError as error:
                self._marker.report(error, "MarkFailed")
        return frozenset(owed).difference(marked)

    def _owed(self, fax_ids: Sequence[FaxId]) -> list[FaxId]:
        # Only settling makes a mark due, so none is ever set before the status is safe here, whoever asks.
        known = self._ledger.find_many(fax_ids)
        return [fax_id for fax_id, fax in known.items() if fax.duties.get(Duty.MARK) is DutyState.PENDING]
