"""Submissions in the table: `SUBMISSION#<our id>` / `SUBMISSION`.

One stands in the same listings as faxes until it is joined with its fax. What is guessed of it may turn out
wrong, so that it stays where it is found by its number.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Status
from faxledger.domain.report import Facts, Failure
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy, order_id_of
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import Value, decoder, from_attributes
from faxledger.ledger.table import Table, ledger_errors
from faxledger.ledger.writes import absent, equal, present, update_if

# What is decided on when one changes, and so what must still be so when that is written.
_DECIDES: Final = ("state", "fax_id", "joined_by", "announced_at", "look_at")
_FAILURE: Final = ("failure_class", "error_code", "error_text")
# A refused one has come to its end; what becomes of the others is open.
_LISTED_AS_REFUSED: Final = SubmissionState.REFUSED.value
_LISTED_AS_OPEN: Final = Status.SUBMITTED.value
# Where both faxes and submissions stand that have failed.
AS_FAILED: Final = (Status.FAILED.value, _LISTED_AS_REFUSED)


def key_of(submission_id: str) -> dict[str, Any]:
    return keys.primary("SUBMISSION", submission_id)


def is_submission(key: Mapping[str, Any]) -> bool:
    return str(key["pk"]["S"]).startswith("SUBMISSION#")


class KeptSubmissions:
    """Finds submissions and changes them. Every method raises `LedgerUnavailable`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, submission_id: str) -> Submission | None:
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=key_of(submission_id), ConsistentRead=True
            )
        return decode(answer["Item"]) if "Item" in answer else None

    def change(
        self, submission_id: str, changed: Callable[[Submission], Submission | None]
    ) -> Submission | None:
        """What it is after `changed`, which may be asked again; None where it says so, or there is none."""
        while (now := self.find(submission_id)) is not None:
            new = changed(now)
            if new is None or new == now or self._replace(now, new):
                return new
        return None

    def _replace(self, old: Submission, new: Submission) -> bool:
        """Whether it is the new one now; False where it was not the old one any more."""
        before, after = encode(old), encode(new)
        changed = {name: value for name, value in after.items() if value != before[name]}
        if not changed:
            return True
        decided_on = [
            absent(name) if (value := before[name]) is None else equal(name, value) for name in _DECIDES
        ]
        return update_if(
            self._table,
            key_of(old.id),
            put=changed,
            remove=[name for name, value in changed.items() if value is None],
            where=[present("pk"), *decided_on],
        )


def encode(submission: Submission) -> dict[str, Value | None]:
    """Every attribute of the item but its key and its expiry; what is None is not there."""
    return {
        "version": items.VERSION,
        "provider": submission.provider,
        "order_id": order_id_of(submission.id),
        "state": submission.state,
        "state_at": _text(submission.state_at),
        "accepted_at": timestamp(submission.accepted_at),
        "overdue_at": _text(submission.overdue_at),
        "announced_at": _text(submission.announced_at),
        "look_at": _text(submission.look_at),
        "resends": str(submission.resends) if submission.resends else None,
        "fax_id": str(submission.fax) if submission.fax else None,
        "joined_by": submission.joined_by,
        "requested_by": submission.requested_by,
        "sent_sha256": items.encode_hashes(submission.sent_sha256),
        **items.encode_facts(submission.facts),
        **(items.encode_failure(submission.failure) if submission.failure else dict.fromkeys(_FAILURE)),
        **_listed(submission),
        **_due(submission),
    }


@decoder
def decode(item: Mapping[str, Any]) -> Submission:
    values = from_attributes(item)
    failure = values.get("failure_class")
    return Submission(
        id=values["pk"].partition("#")[2],
        provider=Provider(values["provider"]),
        state=SubmissionState(values["state"]),
        accepted_at=moment_of(values["accepted_at"]),
        facts=Facts(
            to_number=values.get("to_number"), user=values.get("user"), reference=values.get("reference")
        ),
        state_at=_moment(values.get("state_at")),
        fax=_fax_id(values.get("fax_id")),
        failure=(
            Failure(FailureClass(failure), values.get("error_code"), values.get("error_text"))
            if failure
            else None
        ),
        resends=_fax_id(values.get("resends")),
        joined_by=JoinedBy(values["joined_by"]) if "joined_by" in values else None,
        overdue_at=_moment(values.get("overdue_at")),
        announced_at=_moment(values.get("announced_at")),
        look_at=_moment(values.get("look_at")),
        requested_by=values.get("requested_by"),
        sent_sha256=items.decode_hashes(values.get("sent_sha256")),
    )


def _listed(submission: Submission) -> dict[str, Value | None]:
    """Where it stands in the listings: nowhere when it is joined, but by its number while that is a guess."""
    is_joined, is_guessed = submission.fax is not None, submission.joined_by is JoinedBy.GUESS
    shard = keys.shard_of(submission.id)
    found_by = items.encode_index_keys(submission.facts, Direction.OUTBOUND, shard)
    number = found_by[keys.BY_NUMBER.partition]
    position = keys.position(submission.accepted_at, submission.id)
    if is_joined:
        found_by = dict.fromkeys(found_by)
    return {
        keys.BY_TIME.partition: (
            None if is_joined else keys.time_partition(submission.provider, Direction.OUTBOUND, shard)
        ),
        keys.BY_STATUS.partition: (
            None
            if is_joined
            else keys.status_partition(submission.provider, listed_as(submission.state), shard)
        ),
        **found_by,
        keys.BY_NUMBER.partition: number if is_guessed or not is_joined else None,
        keys.BY_NUMBER.sort: position if is_guessed or not is_joined else None,
    }


def _due(submission: Submission) -> dict[str, str | None]:
    """Where it stands until something is heard of it; when it was announced, by when somebody looks again."""
    look_at = (submission.look_at or submission.overdue_at) if submission.has_no_fax_yet else None
    return keys.due_keys(keys.DUE_FAX, submission.id, look_at)


def listed_as(state: SubmissionState) -> str:
    """As which status it stands in the index of statuses."""
    return _LISTED_AS_REFUSED if state is SubmissionState.REFUSED else _LISTED_AS_OPEN


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment_of(text)


def _fax_id(text: str | None) -> FaxId | None:
    return None if text is None else FaxId.parse(text)
