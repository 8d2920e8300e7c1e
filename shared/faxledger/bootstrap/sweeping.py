"""What finds once an hour whatever was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.announcing import announce
from faxledger.bootstrap.components import table_of

if TYPE_CHECKING:
    from faxledger.usecases.sweep import Sweep

# Batches that are sent for at once: the time goes into waiting.
_LANES = 8


def sweep(world: World) -> Sweep:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.eventbridge import EventBridgeBus
    from faxledger.adapters.failed_batches import S3FailedBatches
    from faxledger.adapters.queues import SqsFaxQueue
    from faxledger.ledger.deliveries import DynamoDeliveries
    from faxledger.ledger.due import DynamoDue
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.settings.sweep import SweepSettings
    from faxledger.usecases.overdue import AnnounceOverdue
    from faxledger.usecases.sweep import AnnounceAgain, CountUndelivered, SendRound, Sweep

    settings = SweepSettings.from_env(world.environment)
    log = logger("sweep")
    table = table_of(settings.ledger)
    due = DynamoDue(table, world.clock)
    sqs = client("sqs")
    queues = {what: SqsFaxQueue(sqs, url) for what, url in settings.queues.items()}
    return Sweep(
        [
            AnnounceAgain(
                S3FailedBatches(documents_client(), settings.failed_records),
                announce(world).announce_again,
                clock=world.clock,
                count=count,
                log=log,
            ),
            CountUndelivered(DynamoDeliveries(table, world.clock), clock=world.clock, count=count),
            # Behind those that mostly have nothing to do, whose time it gets; the next step need not
            # read what was sent for.
            SendRound(
                due,
                DynamoFaxLedger(table, world.clock),
                queues,
                clock=world.clock,
                count=count,
                log=log,
                lanes=_LANES,
            ),
            AnnounceOverdue(
                due,
                DynamoOrders(table, world.clock),
                EventBridgeBus(client("events"), settings.bus, log),
                accounts=settings.accounts,
                clock=world.clock,
                count=count,
                log=log,
            ),
        ],
        clock=world.clock,
        log=log,
    )
