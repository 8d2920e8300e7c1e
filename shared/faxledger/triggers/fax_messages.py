"""The messages of the queues for faxes; each is an event of the bundle's bus about one fax."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from faxledger.domain.fax import FaxId
from faxledger.triggers.batches import Message, QueueBatch


def by_fax(batch: QueueBatch) -> Mapping[FaxId, Sequence[Message]]:
    """The messages about each fax, in the order in which the faxes come; the unreadable come again."""
    messages: defaultdict[FaxId, list[Message]] = defaultdict(list)
    for message in batch.messages:
        with batch.apart(message):
            messages[FaxId.parse(str(message.document()["detail"]["fax_id"]))].append(message)
    return messages
