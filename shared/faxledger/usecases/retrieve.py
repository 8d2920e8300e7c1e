"""Bring the documents of received faxes to where they are safe, and only then mark the faxes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
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
from faxledger.usecases.added_up import added_up
from faxledger.usecases.mark import MarkOutcome, report_outcome, set_mark
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.retrieving import Documents, RetrievingProvider, RetrievingSession
from faxledger.usecases.ports.world import Clock, Count, Log

# A document still fits into this that takes a minute. Where one may take longer, and does, the run is ended,
# and the queue brings its faxes again.
_STOP_BEFORE = timedelta(seconds=75)


@dataclass(frozen=True, slots=True)
class RetrieveContents:
    """Stores, then marks, a batch with one login; what is done costs the provider nothing."""

    provider: RetrievingProvider
    _: KW_ONLY
    documents: Documents
    ledger: FaxLedger
    clock: Clock
    count: Count
    log: Log

    def __call__(
        self, fax_ids: Sequence[FaxId], *, last_tries: Collection[FaxId], time_left: timedelta
    ) -> frozenset[FaxId]:
        """The faxes that failed; those of `last_tries` won't come again. Raises `LedgerUnavailable`."""
        deadline = self.clock.now() + time_left - _STOP_BEFORE
        owed = self._owed(fax_ids)
        if not owed:
            return frozenset()
        for fax_id in owed.keys() & frozenset(last_tries):
            # Before trying, so that a try that ends the process does not leave the fax pending for ever.
            if owed[fax_id].is_unstored:
                self.ledger.store_given_up(owed[fax_id])
        done: set[FaxId] = set()
        try:
            with added_up(self.count) as count, self.provider.session() as session:
                for fax in owed.values():
                    if self.clock.now() >= deadline:
                        self.log.warning("stopped retrieving in time", extra={"left": len(owed) - len(done)})
                        break
                    if self._is_done(session, fax, count):
                        done.add(fax.id)
        except ProviderError as error:
            self._report(error)
        return frozenset(owed).difference(done)

    def _owed(self, fax_ids: Sequence[FaxId]) -> Mapping[FaxId, Fax]:
        known = self.ledger.find_many(fax_ids)
        pageless = [fax for fax in known.values() if fax.is_unstored and fax.has_no_document]
        for fax in pageless:
            # That was said later than its status: it would be asked for a document for ever.
            self.ledger.store_waived(fax)
            self.log.info("no document to store", extra={"fax_id": str(fax.id)})
        if pageless:
            known |= self.ledger.find_many(fax.id for fax in pageless)
        return {fax_id: fax for fax_id, fax in known.items() if fax.is_unstored or self._is_to_be_marked(fax)}

    def _is_to_be_marked(self, fax: Fax) -> bool:
        return self.provider.marks_faxes and fax.may_be_marked

    def _is_done(self, session: RetrievingSession, fax: Fax, count: Count) -> bool:
        """One that fails does not hold the others. Raises `LoginRefused`, `LedgerUnavailable`."""
        try:
            self._store_and_mark(session, fax, count)
        except LoginRefused:
            raise
        except AddressRefused as error:
            self._report(error, fax.id)
            # Asking again would change nothing: only another address would, which may have come meanwhile.
            return self.ledger.store_given_up(fax)
        except (ProviderError, DocumentsUnavailable) as error:
            self._report(error, fax.id)
            return False
        return True

    def _store_and_mark(self, session: RetrievingSession, fax: Fax, count: Count) -> None:
        if fax.is_unstored:
            try:
                with session.document(fax) as arriving:
                    document = self.documents.keep(fax.id, arriving.type, arriving.content)
            except (ProviderError, DocumentsUnavailable, AddressRefused) as error:
                if not isinstance(error, LoginRefused):
                    self.ledger.duty_failed(fax.id, Duty.STORE, str(error))
                raise
            self.ledger.store_done(fax, document)
            count("Stored", provider=self.provider.name)
            self.log.info("document stored", extra={"fax_id": str(fax.id), "bytes": document.size})
        if self.provider.marks_faxes and fax.duties.get(Duty.MARK) is DutyState.PENDING:
            became = set_mark(session, self.ledger, fax.id)
            if became is MarkOutcome.SET:
                count("Marked", provider=self.provider.name)
            report_outcome(became, fax.id, self.count, self.log)

    def _report(self, error: FaxledgerError, fax_id: FaxId | None = None) -> None:
        self.log.error(
            "retrieval failed",
            extra={
                "fax_id": None if fax_id is None else str(fax_id),
                "provider": self.provider.name,
                "error": type(error).__name__,
                "reason": str(error),
            },
        )
        known = isinstance(error, LoginRefused | AddressRefused)
        self.count(type(error).__name__ if known else "RetrievalFailed", provider=self.provider.name)
