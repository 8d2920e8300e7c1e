"""Send round again the received faxes whose documents should have been stored by now."""

from datetime import timedelta
from itertools import islice

from faxledger.domain.fax import Provider
from faxledger.domain.report import Duty
from faxledger.usecases.ports import Clock, Count, Log, Overdue, RetrievalQueue

# Longer than the queue takes to try a fax for the last time, so that nothing is on its way twice.
_AGAIN_AFTER = timedelta(hours=4)
# More would take longer to send than a run has left; the next run takes the rest.
_MOST_AT_ONCE = 1_000


class SendForOverdue:
    """One round. A fax that is news has a message of its own, from the event of its settling.

    The others, those whose message was lost, and those of which a further source has spoken since they were
    given up are sent for here. What stays given up is not.
    """

    def __init__(
        self,
        provider: Provider,
        queue: RetrievalQueue,
        *,
        overdue: Overdue,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._provider = provider
        self._queue = queue
        self._overdue = overdue
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self) -> None:
        """Raises `LedgerUnavailable`."""
        now = self._clock.now()
        pending = self._overdue.pending(self._provider, Duty.STORE, before=now)
        overdue = list(islice(pending, _MOST_AT_ONCE))
        if not overdue:
            return
        refused = self._queue.send(overdue)
        for fax_id in overdue:
            if fax_id not in refused:
                self._overdue.postpone(fax_id, until=now + _AGAIN_AFTER)
        self._count("SentForAgain", len(overdue) - len(refused))
        if refused:
            self._log.error("the queue did not take all faxes", extra={"faxes": len(refused)})
