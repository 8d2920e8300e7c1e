"""Batches of the table's stream, turned into changes of faxes, named by their provider or not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from faxledger.domain.fax import Provider
from faxledger.domain.submission import failed_fax
from faxledger.errors import DocumentsUnavailable
from faxledger.ledger import items, keys, submissions
from faxledger.triggers.batches import (
    BatchFailures,
    StreamBatch,
    batch_failures,
    fax_id_in,
    sequence_number_of,
)
from faxledger.usecases.announce import AnnounceChanges, Change
from faxledger.usecases.heard import NotePushes
from faxledger.usecases.late_changes import NoteLateChanges
from faxledger.usecases.ports.world import Count, Log


class AnnounceStream:
    """Announces the changes of a batch and says which of its records have to come again.

    `set_aside` keeps one that can't be read, for the stream would bring it again with all that are behind it;
    raises `DocumentsUnavailable`. `accounts` are our own at the providers.
    """

    def __init__(
        self,
        announce: AnnounceChanges,
        note_pushes: NotePushes,
        note_late_changes: NoteLateChanges,
        set_aside: Callable[[Mapping[str, Any]], None],
        accounts: Mapping[Provider, str],
        count: Count,
        log: Log,
    ) -> None:
        self._announce = announce
        self._note_pushes = note_pushes
        self._note_late_changes = note_late_changes
        self._set_aside = set_aside
        self._accounts = accounts
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer; it begins again at the first failed record."""
        batch, failed = self._worked_off(event)
        for record in batch.unreadable:
            try:
                self._set_aside(record)
            except DocumentsUnavailable as error:
                self._log.error(
                    "record not set aside", extra={"fax_id": fax_id_in(record), "reason": str(error)}
                )
                failed |= {sequence_number_of(record)}
        return batch_failures(sorted(failed, key=int))

    def announce_again(self, event: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The records of a batch, set aside before, that still could not be announced."""
        batch, failed = self._worked_off(event)
        failed |= set(map(sequence_number_of, batch.unreadable))
        return [record for record in batch.records if sequence_number_of(record) in failed]

    def _worked_off(self, event: Mapping[str, Any]) -> tuple[StreamBatch, frozenset[str]]:
        """The batch, and which of its records that can be read could not be announced."""
        batch = StreamBatch(event, self._count, self._log)
        changes: list[Change] = []
        for record in batch.records:
            with batch.apart(record):
                change = change_of(record) or self._failed_submission(record)
                if change is not None:
                    changes.append(change)
        failed = self._announce(changes) | self._note_late_changes(changes)
        self._note_pushes(changes)
        return batch, failed

    def _failed_submission(self, record: Mapping[str, Any]) -> Change | None:
        """What a submission that has failed is told of as; None for any other item, and said once."""
        images = record["dynamodb"]
        if record["eventName"] != "MODIFY" or not submissions.is_submission(images["Keys"]):
            return None
        new, old = (
            failed_fax(submissions.decode(images[name]), self._accounts) for name in ("NewImage", "OldImage")
        )
        return Change(sequence_number_of(record), None, new) if new is not None and old is None else None


def change_of(record: Mapping[str, Any]) -> Change | None:
    """The change in a stream record; None where nothing follows from it.

    That is a removal (retention), an item that is no fax, and a fax that came back from a backup.
    """
    images = record["dynamodb"]
    if record["eventName"] == "REMOVE" or not keys.is_fax(images["Keys"]):
        return None
    if record["eventName"] == "INSERT" and items.is_restored(images["NewImage"]):
        return None
    old = images.get("OldImage")
    return Change(
        key=sequence_number_of(record),
        old=items.decode(old) if old else None,
        new=items.decode(images["NewImage"]),
    )
