"""Batches of the table's stream, of which each fax may be one that was sent from here."""

from collections.abc import Mapping
from typing import Any

from faxledger.errors import LedgerUnavailable, MalformedInput
from faxledger.triggers.announce_stream import BatchFailures, change_of
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
        for record in event["Records"]:
            try:
                change = change_of(record)
                if change is not None:
                    self._join(change.new)
            except LedgerUnavailable as error:
                self._log.error("not joined", extra={"reason": str(error)})
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            except (KeyError, TypeError, ValueError, MalformedInput) as error:
                # It would hold all the others; its submission, if it has one, will be overdue.
                self._log.error("stream record unreadable", extra={"error": type(error).__name__})
                self._count("StreamRecordUnreadable")
        return {"batchItemFailures": []}
