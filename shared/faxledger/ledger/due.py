"""What somebody has to look at, and when: faxes and submissions until they are finished.

A settled fax is due when its duties should be done, an open one and a submission without a fax when something
should have been heard of them (`OverdueHours`), and what was given up or announced some days later again. Its
writers put an item where it is due; here it is read, decided on as it is by now, and put off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys, submissions
from faxledger.ledger.attributes import Value, decoder
from faxledger.ledger.reading import Item, entries_of, items_behind, readable
from faxledger.ledger.submissions import KeptSubmissions
from faxledger.ledger.table import Table
from faxledger.ledger.writes import Condition, absent, equal, present, update_if
from faxledger.usecases.ports.ledger import UnfinishedFax
from faxledger.usecases.ports.world import Clock


class DynamoDue:
    """Implements `Unfinished` and `Overdue`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._submissions = KeptSubmissions(table)
        self._clock = clock

    def all(self) -> Iterator[UnfinishedFax]:
        """Every settled fax that is not finished, in the order in which they are to be looked at."""
        entries = entries_of(self._table, keys.DUE, keys.due_partitions(keys.DUE_FAX))
        for fax, look_at in readable(self._table, _decode, self._due(filter(keys.is_fax, entries))):
            if isinstance(fax, Fax) and fax.is_settled:
                yield UnfinishedFax(fax, look_at)

    def postpone(self, fax_id: FaxId, *, look_at: datetime, until: datetime) -> None:
        """Say that the fax which was due at `look_at`, and still is, is looked after until then.

        Raises `LedgerUnavailable`.
        """
        expires_at = self._clock.now() + timedelta(days=self._table.retention_days)
        self._put_off(
            fax_id,
            until,
            {"expires_at": int(expires_at.timestamp())},
            where=equal(keys.DUE.sort, keys.position(look_at, str(fax_id))),
        )

    def stop_waiting(self, fax_id: FaxId, *, resent_at: datetime) -> None:
        """Say that nobody waits any longer for the resend of then. Raises `LedgerUnavailable`."""
        now = self._clock.now()
        self._put_off(
            fax_id,
            now,
            {"resend_lost_at": timestamp(now)},
            where=equal("resent_at", timestamp(resent_at)),
        )

    def overdue(self, *, before: datetime) -> Iterator[Fax | Submission]:
        """The open ones that should have been heard of by then, the first ones first."""
        entries = entries_of(
            self._table,
            keys.DUE,
            keys.due_partitions(keys.DUE_FAX),
            "#sort < :before",
            {":before": timestamp(before)},
        )
        for what, look_at in readable(self._table, _decode, self._due(entries)):
            if look_at < before and not (isinstance(what, Fax) and what.is_settled):
                yield what

    def found_overdue(
        self, what: Fax | Submission, *, look_at: datetime, left_as: SubmissionState | None = None
    ) -> None:
        """Remember that it was, and look again then; as the port says. Raises `LedgerUnavailable`."""
        now = self._clock.now()
        if isinstance(what, Fax):
            self._put_off(
                what.id, look_at, {"overdue_found_at": timestamp(now)}, where=absent("final_status")
            )
            return

        def announced(known: Submission) -> Submission | None:
            if not known.has_no_fax_yet:
                return None
            found = replace(known, announced_at=known.announced_at or now, look_at=look_at)
            if left_as is None or known.state is not what.state:
                return found
            return replace(found, state=left_as, state_at=now)

        self._submissions.change(what.id, announced)

    def _due(self, entries: Iterator[Item]) -> Iterator[Item]:
        # An index lags: what is finished by now is passed over.
        return (
            item
            for item in items_behind(self._table, self._clock, entries)
            if keys.DUE.partition in item and keys.DUE.sort in item
        )

    def _put_off(self, fax_id: FaxId, until: datetime, values: dict[str, Value], *, where: Condition) -> None:
        # The index, and whoever has read it, may be behind: `where` is what was decided on.
        update_if(
            self._table,
            keys.of_fax(fax_id),
            put={keys.DUE.sort: keys.position(until, str(fax_id)), **values},
            where=[present(keys.DUE.partition), where],
        )


@decoder
def _decode(item: Item) -> tuple[Fax | Submission, datetime]:
    """What is due, and when somebody has to look at it."""
    what = submissions.decode(item) if submissions.is_submission(item) else items.decode(item)
    return what, keys.moment_of(item[keys.DUE.sort]["S"])
