"""Bring the documents of received faxes to where they are safe, and only then mark the faxes."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty, DutyState, Fax
from faxledger.errors import (
    AddressRefused,
    DocumentsUnavailable,
    FaxledgerError,
    LoginRefused,
    ProviderError,
)
from faxledger.usecases.mark import report_given_up, set_mark
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.retrieving import Documents, RetrievingProvider, RetrievingSession
from faxledger.usecases.ports.world import Clock, Count, Log

# Logging out and telling the queue what failed still fit into this.
_STOP_BEFORE = timedelta(seconds=30)


class RetrieveContents:
    """Stores, then marks, a batch with one login; what is done costs the provider nothing."""

    def __init__(
        self,
        provider: RetrievingProvider,
        *,
        documents: Documents,
        ledger: FaxLedger,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._provider = provider
        self._documents = documents
        self._ledger = ledger
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(
        self, fax_ids: Sequence[FaxId], *, last_tries: Collection[FaxId], time_left: timedelta
    ) -> frozenset[FaxId]:
        """The faxes that failed; those of `last_tries` won't come again. Raises `LedgerUnavailable`."""
        deadline = self._clock.now() + time_left - _STOP_BEFORE
        known = self._ledger.find_many(fax_ids)
        owed = {fax_id: fax for fax_id, fax in known.items() if fax.is_unstored or fax.may_be_marked}
        if not owed:
            return frozenset()
        for fax_id in owed.keys() & frozenset(last_tries):
            # Before trying, so that a try that ends the process does not leave the fax pending for ever.
            if owed[fax_id].is_unstored:
                self._ledger.store_given_up(fax_id)
        done: set[FaxId] = set()
        try:
            with self._provider.session() as session:
                for fax in owed.values():
                    if self._clock.now() >= deadline:
                        self._log.warning("stopped retrieving in time", extra={"left": len(owed) - len(done)})
                        break
                    if self._is_done(session, fax):
                        done.add(fax.id)
        except ProviderError as error:
            self._report(error)
        return frozenset(owed).difference(done)

    def _is_done(self, session: RetrievingSession, fax: Fax) -> bool:
        """One that fails does not hold the others. Raises `LoginRefused`, `LedgerUnavailable`."""
        try:
            self._store_and_mark(session, fax)
        except LoginRefused:
            raise
        except AddressRefused as error:
            # Asking again would change nothing: only another address would.
            self._ledger.store_given_up(fax.id)
            self._report(error, job_id=fax.id.job_id)
        except (ProviderError, DocumentsUnavailable) as error:
            self._report(error, job_id=fax.id.job_id)
            return False
        return True

    def _store_and_mark(self, session: RetrievingSession, fax: Fax) -> None:
        if fax.is_unstored:
            with session.document(fax) as arriving:
                document = self._documents.keep(fax.id, arriving.type, arriving.content)
            self._ledger.store_done(fax, document)
            self._count("Stored", provider=self._provider.name)
            self._log.info("document stored", extra={"fax": str(fax.id), "bytes": document.size})
        if fax.duties.get(Duty.MARK) is DutyState.PENDING:
            if set_mark(session, self._ledger, fax.id):
                self._count("Marked", provider=self._provider.name)
            else:
                report_given_up(fax.id, self._count, self._log)

    def _report(self, error: FaxledgerError, **about: str) -> None:
        extra = {
            "provider": self._provider.name,
            "error": type(error).__name__,
            "reason": str(error),
            **about,
        }
        self._log.error("retrieval failed", extra=extra)
        known = isinstance(error, LoginRefused | AddressRefused)
        self._count(type(error).__name__ if known else "RetrievalFailed", provider=self._provider.name)
