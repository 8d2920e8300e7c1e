"""Batches of the table's stream, of which each fax may be one that was sent from here."""

from collections.abc import Mapping
from typing import Any

from faxledger.errors import LedgerUnavailable
from faxledger.triggers.announce_stream import change_of
from faxledger.triggers.batches import BatchFailures, StreamBatch, batch_failures, sequence_number_of
from faxledger.usecases.join import JoinFax
from faxledger.usecases.ports.world import Count, Log


class JoinStream:
    """Joins the faxes of a batch one by one, up to the first that can't be, which comes again."""

    def __init__(self, join: JoinFax, count: Count, log: Log) -> None:
        self._join = join
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer; it begins again at the first failed record."""
        batch = StreamBatch(event, self._count, self._log)
        for record in batch.records:
            with batch.apart(record):
                change = change_of(record)
                if change is None:
                    continue
                try:
                    self._join(change.new)
                except LedgerUnavailable as error:
                    self._log.error("not joined", extra={"fax_id": str(change.new.id), "reason": str(error)})
                    return batch_failures([sequence_number_of(record)])
        # What can't be read would hold all the others; its submission, if it has one, will be overdue.
        return batch_failures([])
