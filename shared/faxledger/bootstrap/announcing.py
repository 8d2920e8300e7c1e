"""What reads the table's stream: announcing what became of faxes, and joining them with what was sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from faxledger.adapters.aws import client, documents_client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import cases_of, table_of, tell_from_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faxledger.triggers.announce_stream import AnnounceStream
    from faxledger.triggers.join_stream import JoinStream


def announce(world: World) -> AnnounceStream:
    from faxledger.adapters.eventbridge import EventBridgeBus
    from faxledger.adapters.failed_batches import S3FailedBatches
    from faxledger.adapters.notify_queue import SqsEventQueue
    from faxledger.ledger.closed_days import DynamoClosedDays
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.ledger.routes import DynamoRoutes
    from faxledger.ledger.timeless import DynamoTimelessFaxes
    from faxledger.settings.announce import AnnounceSettings
    from faxledger.triggers.announce_stream import AnnounceStream
    from faxledger.triggers.batches import sequence_number_of
    from faxledger.usecases.announce import AnnounceChanges
    from faxledger.usecases.heard import NotePushes
    from faxledger.usecases.late_changes import NoteLateChanges

    settings = AnnounceSettings.from_env(world.environment)
    table = table_of(settings.ledger)

    log = logger("announce")
    announce_changes = AnnounceChanges(
        EventBridgeBus(client("events"), settings.bus, log),
        senders=SqsEventQueue(client("sqs"), settings.queue),
        cases=cases_of(table, world.clock),
        timeless=DynamoTimelessFaxes(table, world.clock),
        routes=DynamoRoutes(table, world.clock).known,
        clock=world.clock,
        tell_from=tell_from_of(table, settings.tell_from),
        retention=timedelta(days=table.retention_days),
        count=count,
        log=log,
    )

    def set_aside(record: Mapping[str, Any]) -> None:
        # Hardly ever, so no start pays for a client of S3.
        batches = S3FailedBatches(documents_client(), settings.failed_records)
        batches.keep(f"unreadable/{sequence_number_of(record)}", [record])

    note_pushes = NotePushes(DynamoHeard(table), log=log)
    note_late_changes = NoteLateChanges(
        DynamoClosedDays(table), time_zone=settings.time_zone, clock=world.clock, log=log
    )
    return AnnounceStream(
        announce_changes, note_pushes, note_late_changes, set_aside, settings.accounts, count, log
    )


def join_fax(world: World) -> JoinStream:
    from faxledger.bootstrap.providers import PROVIDERS
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.settings.join import JoinSettings
    from faxledger.triggers.join_stream import JoinStream
    from faxledger.usecases.join import JoinFax

    settings = JoinSettings.from_env(world.environment)
    log = logger("join-fax")
    joins = DynamoJoins(table_of(settings.ledger), world.clock)
    join = JoinFax(
        joins,
        within=timedelta(hours=settings.overdue_hours),
        order_code_of={
            provider: entry.order_code_of for provider, entry in PROVIDERS.items() if entry.order_code_of
        },
        count=count,
        log=log,
    )
    return JoinStream(join, count, log)
