"""Mark settled faxes at their provider."""

from collections.abc import Sequence

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty, DutyState
from faxledger.errors import LoginRefused, ProviderError
from faxledger.usecases.ports import Count, FaxLedger, Log, MarkingProvider


class MarkFaxes:
    """Marks a batch with one login; a fax that is marked already costs the provider nothing."""

    def __init__(self, provider: MarkingProvider, *, ledger: FaxLedger, count: Count, log: Log) -> None:
        self._provider = provider
        self._ledger = ledger
        self._count = count
        self._log = log

    def __call__(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        """The faxes that could not be marked now and should be tried again. Raises `LedgerUnavailable`."""
        owed = self._owed(fax_ids)
        if not owed:
            return frozenset()
        untried = list(owed)
        failed: set[FaxId] = set()
        try:
            with self._provider.session() as session:
                while untried:
                    fax_id = untried.pop()
                    try:
                        session.mark(fax_id)
                    except LoginRefused:
                        untried.append(fax_id)
                        raise
                    except ProviderError as error:
                        failed.add(fax_id)
                        self._report(error, "MarkFailed", fax_id)
                    else:
                        self._ledger.mark_done(fax_id)
                        self._count("Marked", provider=self._provider.name)
        except LoginRefused as error:
            self._report(error, "LoginRefused")
        except ProviderError as error:
            self._report(error, "MarkFailed")
        return frozenset(failed.union(untried))

    def _owed(self, fax_ids: Sequence[FaxId]) -> list[FaxId]:
        known = self._ledger.find_many(fax_ids)
        # A fax is never marked before its status is safe here, whoever asks for it.
        return [
            fax_id
            for fax_id, fax in known.items()
            if fax.is_settled and fax.duties.get(Duty.MARK) is not DutyState.DONE
        ]

    def _report(self, error: ProviderError, name: str, fax_id: FaxId | None = None) -> None:
        extra = {"provider": self._provider.name, "error": type(error).__name__, "reason": str(error)}
        self._log.warning("marking failed", extra=extra | ({"job_id": fax_id.job_id} if fax_id else {}))
        self._count(name, provider=self._provider.name)
