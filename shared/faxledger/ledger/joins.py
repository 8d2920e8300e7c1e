"""Submissions of which something has to be heard, and the faxes they turn out to be.

Two items are written one after the other, each under a condition, so that whoever repeats it after a crash
comes to the same end. What was joined by its code is never parted.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.numbers import canonical
from faxledger.domain.report import Failure
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys, submissions
from faxledger.ledger.attributes import Value
from faxledger.ledger.reading import entries_of, items_behind, readable
from faxledger.ledger.submissions import KeptSubmissions
from faxledger.ledger.table import Table
from faxledger.ledger.writes import absent, either, equal, present, update_if
from faxledger.usecases.ports.world import Clock


class DynamoJoins:
    """Implements `Joins`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._submissions = KeptSubmissions(table)
        self._clock = clock

    def submission(self, submission_id: str) -> Submission | None:
        return self._submissions.find(submission_id)

    def sent_to(
        self, number: str, provider: Provider, *, since: datetime, until: datetime
    ) -> Iterator[Submission]:
        entries = entries_of(
            self._table,
            keys.BY_NUMBER,
            [keys.number_partition(number)],
            "#sort BETWEEN :since AND :until",
            # `~` sorts behind everything that follows a time.
            {":since": timestamp(since), ":until": f"{timestamp(until)}~"},
        )
        behind = items_behind(self._table, self._clock, filter(submissions.is_submission, entries))
        for found in readable(self._table, submissions.decode, behind):
            is_there = canonical(found.facts.to_number or "") == canonical(number)
            if is_there and found.provider is provider and found.may_be_meant:
                yield found

    def join(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        def joined(now: Submission) -> Submission | None:
            if not now.may_join(fax, by):
                return None
            return replace(now, fax=fax, joined_by=by, state=SubmissionState.HANDED_OVER)

        return self._submissions.change(submission.id, joined) is not None and self._show(submission, fax, by)

    def fail(self, submission_id: str, failure: Failure) -> Submission | None:
        at = self._clock.now()

        def failed(now: Submission) -> Submission | None:
            if not now.may_be_meant:
                return None
            return replace(now, state=SubmissionState.REFUSED, failure=failure, state_at=at)

        return self._submissions.change(submission_id, failed)

    def part(self, submission: Submission) -> None:
        if submission.fax is None:
            return
        # Where it is another's by now, this one is no longer guessed to be it all the same.
        update_if(
            self._table,
            keys.of_fax(submission.fax),
            remove=["submission", "joined_by"],
            where=[equal("submission", submission.id), equal("joined_by", JoinedBy.GUESS)],
        )

        def parted(now: Submission) -> Submission | None:
            is_guess = now.fax == submission.fax and now.joined_by is JoinedBy.GUESS
            return replace(now, fax=None, joined_by=None) if is_guess else None

        self._submissions.change(submission.id, parted)

    def _show(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        """Let the fax say whose it is. Only a code lets it take over what the sender said of it."""
        put: dict[str, Value | None] = {"submission": submission.id, "joined_by": by}
        may_be_its = [absent("submission"), equal("submission", submission.id)]
        if by is JoinedBy.CODE:
            facts = submission.facts
            by_reference = keys.BY_REFERENCE.partition
            put |= {
                "submitted_at": timestamp(submission.state_at or submission.accepted_at),
                "user": items.as_kept(facts.user),
                "sent_sha256": items.encode_hashes(submission.sent_sha256),
                # In the place of the code, which was ours and tells the sender nothing.
                "reference": items.as_kept(facts.reference),
                by_reference: items.encode_index_keys(facts, fax.direction, keys.shard_of(str(fax)))[
                    by_reference
                ],
            }
            may_be_its.append(equal("joined_by", JoinedBy.GUESS))
        return update_if(self._table, keys.of_fax(fax), put=put, where=[present("pk"), either(*may_be_its)])
