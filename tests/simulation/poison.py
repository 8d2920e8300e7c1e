"""What can't be read, put where the bundle comes upon it: into its table and its queues."""

from datetime import timedelta

from faxledger.domain.timestamps import timestamp
from local.dynamodb.requests import MemoryTables
from tests.simulation.bundle import Bundle
from tests.simulation.faults import Event

POISONED = "FAX#softlinx#outbound#acme#poison-"
# A later version's, say, after a rollback.
_UNKNOWN_WORD = "half sent"


def poison(bundle: Bundle) -> None:
    """An item, or a message to each queue, or both, or nothing."""
    if bundle.wire.faults.at(Event.ITEM_POISONED):
        _write_fax(bundle)
    if bundle.wire.faults.at(Event.MESSAGE_POISONED):
        for queue in bundle.aws.queues.values():
            bundle.aws.put(queue, '{"detail": {"fax_id": ["of no shape"]}}')


def _write_fax(bundle: Bundle) -> None:
    """One that is settled and due, so that the stream and the sweep come upon it, beside others."""
    name = str(bundle.scheduler.random.randrange(10**6))
    item = {
        "pk": f"{POISONED}{name}",
        "sk": "STATUS",
        "version": "1",
        "provider": "softlinx",
        "final_status": _UNKNOWN_WORD,
        "duty_mark": "given_up",
        "due_key": f"fax#{bundle.scheduler.random.randrange(4)}",
        "due_at": f"{timestamp(bundle.scheduler.time - timedelta(days=1))}#{name}",
    }
    MemoryTables(lambda _: bundle.aws.table).answer(
        "PutItem", {"TableName": "Table", "Item": {key: {"S": text} for key, text in item.items()}}
    )
    bundle.aws.changed.ring()
