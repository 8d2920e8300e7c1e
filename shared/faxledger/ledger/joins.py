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
from faxledger.ledger.attributes import Value, to_attribute, to_attributes
from faxledger.ledger.reading import entries_of, items_behind
from faxledger.ledger.submissions import KeptSubmissions
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.world import Clock

_FAX_MAY_JOIN = {
    JoinedBy.CODE: "attribute_exists(pk) AND"
    " (attribute_not_exists(submission) OR submission = :submission OR joined_by = :guess)",
    JoinedBy.GUESS: "attribute_exists(pk) AND (attribute_not_exists(submission) OR submission = :submission)",
}


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
        for item in items_behind(self._table, self._clock, filter(submissions.is_submission, entries)):
            found = submissions.decode(item)
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
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.of_fax(submission.fax),
                    UpdateExpression="REMOVE submission, joined_by",
                    ConditionExpression="submission = :submission AND joined_by = :guess",
                    ExpressionAttributeValues={
                        ":submission": to_attribute(submission.id),
                        ":guess": to_attribute(JoinedBy.GUESS),
                    },
                )
        except ConditionFailed:
            # It is another's by now; this one is no longer guessed to be it all the same.
            pass

        def parted(now: Submission) -> Submission | None:
            is_guess = now.fax == submission.fax and now.joined_by is JoinedBy.GUESS
            return replace(now, fax=None, joined_by=None) if is_guess else None

        self._submissions.change(submission.id, parted)

    def _show(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        """Let the fax say whose it is. Only a code lets it take over what the sender said of it."""
        set_: dict[str, Value | None] = {"submission": submission.id, "joined_by": by}
        if by is JoinedBy.CODE:
            facts = submission.facts
            shard = keys.shard_of(str(fax))
            set_ |= {
                "submitted_at": timestamp(submission.state_at or submission.accepted_at),
                "user": items.as_kept(facts.user),
                # In the place of the code, which was ours and tells the sender nothing.
                "reference": items.as_kept(facts.reference),
                keys.BY_REFERENCE.partition: items.encode_index_keys(facts, fax.direction, shard)[
                    keys.BY_REFERENCE.partition
                ],
            }
        written = to_attributes(set_)
        clauses = ", ".join(f"#{name} = :{name}" for name in written)
        values = {f":{name}": value for name, value in written.items()}
        if by is JoinedBy.CODE:
            values[":guess"] = to_attribute(JoinedBy.GUESS)
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.of_fax(fax),
                    UpdateExpression=f"SET {clauses}",
                    ConditionExpression=_FAX_MAY_JOIN[by],
                    ExpressionAttributeNames={f"#{name}": name for name in written},
                    ExpressionAttributeValues=values,
                )
        except ConditionFailed:
            return False
        return True
