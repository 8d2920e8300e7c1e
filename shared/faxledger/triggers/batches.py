"""Lambda's batches, of a queue and of the table's stream: each element is its own try.

One that can't be read or worked off is logged and counted, and holds no other.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from faxledger.domain.closed_days import DayVersion
from faxledger.domain.fax import FaxId
from faxledger.errors import ItemUnreadable, LedgerUnavailable, MailUnavailable, MalformedInput
from faxledger.ledger import keys
from faxledger.usecases.ports.world import Count, Log

# Which elements have to come again (Lambda's developer guide, partial batch responses).
BatchFailures = dict[str, list[dict[str, str]]]

_OUT_OF_REACH: Final = (LedgerUnavailable, MailUnavailable)
# What reading a document raises that is not as agreed, or the ledger for an item that is not.
_UNREADABLE: Final = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    MalformedInput,
    ItemUnreadable,
)


def batch_failures(identifiers: Iterable[str]) -> BatchFailures:
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


@dataclass(frozen=True, slots=True)
class Message:
    """`received` is how often it has come, this time included."""

    id: str
    body: str
    received: int

    def document(self) -> Any:
        """Raises `ValueError`, as whatever looks into it may raise what else is not as agreed."""
        return json.loads(self.body)


@dataclass(slots=True)
class Subject:
    """Which fax, closed day, submission or email a message is about, as far as it has been read."""

    fax: FaxId | None = None
    day: DayVersion | None = None
    submission_id: str | None = None
    email_id: str | None = None

    def is_about(self, what: FaxId | DayVersion) -> None:
        if isinstance(what, FaxId):
            self.fax = what
        else:
            self.day = what


def _named(subject: Subject) -> Mapping[str, object]:
    return {
        "fax_id": None if subject.fax is None else str(subject.fax),
        "record": None if subject.day is None else str(subject.day),
        "submission_id": subject.submission_id,
        "email_id": subject.email_id,
    }


class QueueBatch:
    """The messages of one event of a queue, and which of them have to come again.

    A message that always fails ends in the queue's dead letters. `out_of_reach` is counted where one fails
    because the table or another queue could not be reached.
    """

    def __init__(
        self, event: Mapping[str, Any], count: Count, log: Log, *, out_of_reach: str | None = None
    ) -> None:
        self.messages = [
            Message(
                record["messageId"],
                record["body"],
                int(record["attributes"]["ApproximateReceiveCount"]),
            )
            for record in event["Records"]
        ]
        self._count = count
        self._log = log
        self._out_of_reach = out_of_reach
        self._failed: list[Message] = []

    @contextmanager
    def apart(self, message: Message) -> Iterator[Subject]:
        """What is done within is about this message alone: where it fails, the message comes again.

        Whoever has read what the message is about tells the `Subject`, so that the log can name it.
        """
        subject = Subject()
        try:
            yield subject
        except _UNREADABLE as error:
            self._log.error(
                "message unreadable",
                extra={**_named(subject), "message_id": message.id, "error": type(error).__name__},
            )
            self._count("MessageUnreadable")
        except _OUT_OF_REACH as error:
            self._log.error(
                "message not worked off",
                extra={**_named(subject), "message_id": message.id, "reason": str(error)},
            )
            if self._out_of_reach is not None:
                self._count(self._out_of_reach)
        else:
            return
        self.again(message)

    def again(self, *messages: Message) -> None:
        self._failed.extend(messages)

    def answer(self) -> BatchFailures:
        """Lambda's partial batch answer."""
        return batch_failures(message.id for message in self._failed)


class StreamBatch:
    """The records of one event of the table's stream, and which of them can't be read."""

    def __init__(self, event: Mapping[str, Any], count: Count, log: Log) -> None:
        self.records: list[Mapping[str, Any]] = event["Records"]
        self.unreadable: list[Mapping[str, Any]] = []
        self._count = count
        self._log = log

    @contextmanager
    def apart(self, record: Mapping[str, Any]) -> Iterator[None]:
        """What is done within is about this record alone, which is `unreadable` where it is not as agreed."""
        try:
            yield
        except _UNREADABLE as error:
            self._log.error(
                "stream record unreadable",
                extra={"fax_id": fax_id_in(record), "error": type(error).__name__},
            )
            self._count("StreamRecordUnreadable")
            self.unreadable.append(record)


def fax_id_in(record: Mapping[str, Any]) -> str | None:
    """The fax whose record can't be read, by its key; None where even that is unreadable, or no fax's."""
    try:
        key = record["dynamodb"]["Keys"]
        return str(keys.fax_of(key)) if keys.is_fax(key) else None
    except _UNREADABLE:
        return None


def sequence_number_of(record: Mapping[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
