"""Submissions of which something has to be heard, and the faxes they turn out to be.

Two items are written one after the other, each under a condition, so that whoever repeats it after a crash
comes to the same end. What was joined by its code is never parted.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Failure
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys, waiting
from faxledger.ledger.attributes import Value, from_attributes, to_attribute, to_attributes
from faxledger.ledger.orders import decode_submission, submission_key
from faxledger.ledger.querying import items_listed
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.world import Clock

_SUBMISSION_MAY_JOIN = {
    JoinedBy.CODE: "attribute_exists(pk) AND (attribute_not_exists(fax_id) OR fax_id = :fax)",
    JoinedBy.GUESS: "#state <> :failed AND"
    " (attribute_not_exists(fax_id) OR (fax_id = :fax AND joined_by = :by)) AND attribute_exists(pk)",
}
_FAX_MAY_JOIN = {
    JoinedBy.CODE: "attribute_exists(pk) AND"
    " (attribute_not_exists(submission) OR submission = :submission OR joined_by = :guess)",
    JoinedBy.GUESS: "attribute_exists(pk) AND (attribute_not_exists(submission) OR submission = :submission)",
}


class DynamoJoins:
    """Implements `Joins` and `Unheard`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def submission(self, submission_id: str) -> Submission | None:
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=submission_key(submission_id), ConsistentRead=True
            )
        return decode_submission(answer["Item"]) if "Item" in answer else None

    def sent_to(self, number: str, *, since: datetime, until: datetime) -> Iterator[Submission]:
        wanted = waiting.digits_of(number)
        for item in items_listed(
            self._table,
            waiting.BY_DESTINATION,
            waiting.partition_of_destination(number),
            "#sort BETWEEN :since AND :until",
            {":since": timestamp(since), ":until": timestamp(until)},
        ):
            if waiting.digits_of(from_attributes(item).get("to_number")) == wanted:
                found = self._now(item)
                if found is not None and found.may_be_meant:
                    yield found

    def join(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        is_exact = by is JoinedBy.CODE
        # A guess may turn out wrong, and then it waits again: its destination stays listed.
        gone = waiting.ATTRIBUTES if is_exact else (waiting.BY_TIME.partition, waiting.BY_TIME.sort)
        values: dict[str, Value | None] = {":fax": str(fax), ":by": by, ":state": SubmissionState.HANDED_OVER}
        if not is_exact:
            values[":failed"] = SubmissionState.FAILED
        if not self._change(
            submission_key(submission.id),
            f"SET fax_id = :fax, joined_by = :by, #state = :state REMOVE {', '.join(gone)}",
            _SUBMISSION_MAY_JOIN[by],
            values,
            {"#state": "state"},
        ):
            return False
        return self._show(submission, fax, by)

    def fail(self, submission_id: str, failure: Failure) -> Submission | None:
        values: dict[str, Value | None] = {
            "state": SubmissionState.FAILED,
            "state_at": timestamp(self._clock.now()),
            **items.encode_failure(failure),
        }
        written = to_attributes(values)
        clauses = ", ".join(f"#{name} = :{name}" for name in written)
        try:
            with ledger_errors():
                answer = self._table.client.update_item(
                    TableName=self._table.name,
                    Key=submission_key(submission_id),
                    UpdateExpression=f"SET {clauses} REMOVE {', '.join(waiting.ATTRIBUTES)}",
                    ConditionExpression="attribute_exists(pk) AND #state <> :state"
                    " AND (attribute_not_exists(fax_id) OR joined_by = :guess)",
                    ExpressionAttributeNames={f"#{name}": name for name in written},
                    ExpressionAttributeValues={
                        ":guess": to_attribute(JoinedBy.GUESS),
                        **{f":{name}": value for name, value in written.items()},
                    },
                    ReturnValues="ALL_NEW",
                )
        except ConditionFailed:
            return None
        return decode_submission(answer["Attributes"])

    def part(self, submission: Submission) -> None:
        if submission.fax is None:
            return
        values: dict[str, Value | None] = {":submission": submission.id, ":guess": JoinedBy.GUESS}
        self._change(
            keys.of_fax(submission.fax),
            "REMOVE submission, joined_by",
            "submission = :submission AND joined_by = :guess",
            values,
        )
        shard = waiting.shard_of(submission.id, self._table.shards)
        is_over = submission.announced_at is not None or submission.state is SubmissionState.FAILED
        waits = "" if is_over else ", unfinished_key = :partition, unfinished_at = overdue_at"
        self._change(
            submission_key(submission.id),
            f"SET parted_at = :now{waits} REMOVE fax_id, joined_by",
            "fax_id = :fax AND joined_by = :guess",
            {
                ":now": timestamp(self._clock.now()),
                ":fax": str(submission.fax),
                ":guess": JoinedBy.GUESS,
                ":partition": waiting.partition_of_time(shard) if waits else None,
            },
        )

    def overdue(self, *, before: datetime) -> Iterator[Submission]:
        for shard in range(self._table.shards):
            found = items_listed(
                self._table,
                waiting.BY_TIME,
                waiting.partition_of_time(shard),
                "#sort < :before",
                {":before": timestamp(before)},
            )
            for item in found:
                submission = self._now(item)
                if submission is not None and submission.is_unheard_of:
                    yield submission

    def announced(self, submission: Submission) -> None:
        self._change(
            submission_key(submission.id),
            "SET announced_at = :now REMOVE unfinished_key, unfinished_at",
            "attribute_exists(pk)",
            {":now": timestamp(self._clock.now())},
        )

    def _show(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        """Let the fax say whose it is. Only a code lets it take over what the sender said of it."""
        set_: dict[str, Value | None] = {"submission": submission.id, "joined_by": by}
        if by is JoinedBy.CODE:
            facts = submission.facts
            shard = keys.shard_of(fax, self._table.shards)
            set_ |= {
                "submitted_at": timestamp(submission.state_at or submission.accepted_at),
                "user": items.as_kept(facts.user),
                # In the place of the code, which was ours and tells the sender nothing.
                "reference": items.as_kept(facts.reference),
                "reference_key": keys.reference_partition(facts.reference, shard)
                if facts.reference
                else None,
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

    def _now(self, item: Mapping[str, Any]) -> Submission | None:
        """The submission of an index's item as it is by now: an index lags behind."""
        return self.submission(item["pk"]["S"].partition("#")[2])

    def _change(
        self,
        key: Mapping[str, Any],
        update: str,
        condition: str,
        values: Mapping[str, Value | None],
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Whether the condition held; if so, the item is changed."""
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=key,
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=to_attributes(values),
                    **({"ExpressionAttributeNames": names} if names else {}),
                )
        except ConditionFailed:
            return False
        return True
