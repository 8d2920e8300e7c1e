"""Batches of the table's stream, turned into changes of faxes."""

from collections.abc import Mapping
from typing import Any

from faxledger.errors import MalformedInput
from faxledger.ledger import items, keys
from faxledger.usecases.announce import AnnounceChanges, Change
from faxledger.usecases.ports import Count, Log

BatchFailures = dict[str, list[dict[str, str]]]


class TableStream:
    """Announces the changes of a batch and says which of its records have to come again."""

    def __init__(self, announce: AnnounceChanges, count: Count, log: Log) -> None:
        self._announce = announce
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer; it begins again at the first failed record."""
        changes: list[Change] = []
        failed: set[str] = set()
        for record in event["Records"]:
            try:
                change = change_of(record)
            except (KeyError, TypeError, ValueError, MalformedInput) as error:
                # One record that can't be read must not hold the others; the stream's retries isolate it.
                self._log.error("stream record unreadable", extra={"error": type(error).__name__})
                self._count("StreamRecordUnreadable")
                failed.add(record["dynamodb"]["SequenceNumber"])
                continue
            if change is not None:
                changes.append(change)
        failed |= self._announce(changes)
        return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(failed, key=int)]}


def change_of(record: Mapping[str, Any]) -> Change | None:
    """The change in a stream record; None for a removal (retention) and for items that are no faxes."""
    images = record["dynamodb"]
    if record["eventName"] == "REMOVE" or not keys.is_fax(images["Keys"]):
        return None
    old = images.get("OldImage")
    return Change(
        key=images["SequenceNumber"],
        old=items.decode(old) if old else None,
        new=items.decode(images["NewImage"]),
    )
