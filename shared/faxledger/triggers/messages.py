"""The messages of a queue's batch; each is an event of the bundle's bus about one fax."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.errors import MalformedInput
from faxledger.triggers.announce_stream import BatchFailures
from faxledger.usecases.ports.world import Count, Log


@dataclass(frozen=True, slots=True)
class Messages:
    """`of_fax` holds the messages' ids, `received` how often a fax's message has come, this time included."""

    of_fax: dict[FaxId, list[str]] = field(default_factory=dict)
    received: dict[FaxId, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def answer(self, failed: Iterable[FaxId]) -> BatchFailures:
        """Lambda's partial batch answer; what can't be read ends in the dead-letter queue."""
        ids = [*self.unreadable, *(message_id for fax_id in failed for message_id in self.of_fax[fax_id])]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in ids]}


def read_messages(event: Mapping[str, Any], count: Count, log: Log) -> Messages:
    """The messages of a batch; one that can't be read is logged, counted and fails alone."""
    messages = Messages()
    for record in event["Records"]:
        try:
            fax_id = FaxId.parse(str(json.loads(record["body"])["detail"]["fax_id"]))
        except (KeyError, TypeError, ValueError, MalformedInput) as error:
            messages.unreadable.append(record["messageId"])
            reason = type(error).__name__
        else:
            messages.of_fax.setdefault(fax_id, []).append(record["messageId"])
            times = int(record["attributes"]["ApproximateReceiveCount"])
            messages.received[fax_id] = max(times, messages.received.get(fax_id, 0))
            continue
        log.error("message unreadable", extra={"error": reason})
        count("MessageUnreadable")
    return messages
