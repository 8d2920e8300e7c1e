"""What closes days, and what answers about days that are closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import table_of, tell_from_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from faxledger.domain.reconciliation import Reconciliation
    from faxledger.ledger.table import Table
    from faxledger.usecases.close_days import CloseDays
    from faxledger.web.closed_days import ClosedDayQueries


def close_days(world: World) -> CloseDays:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.day_records import S3DayRecords
    from faxledger.adapters.eventbridge import EventBridgeDayBus
    from faxledger.adapters.partial_reconciliations import S3DayReadings
    from faxledger.bootstrap.reporting import pushing_of, reconcile_of
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.closed_days import DynamoClosedDays
    from faxledger.settings.close_day import CloseDaySettings
    from faxledger.usecases.close_days import CloseDays
    from faxledger.web.reconciliations import reconciliation_document

    settings = CloseDaySettings.from_env(world.environment)
    log = logger("close-day")
    table = table_of(settings.ledger)
    pushing = pushing_of(world)
    bucket = documents_client()

    def report_of(found: Reconciliation) -> Mapping[str, Any]:
        return reconciliation_document(found, pushing, world.clock.now(), names_prefixes=False)

    return CloseDays(
        DynamoClosedDays(table),
        S3DayRecords(bucket, settings.records),
        S3DayReadings(bucket, settings.documents),
        reconcile_of(world, table),
        report_of,
        EventBridgeDayBus(client("events"), settings.bus, log),
        DynamoClaims(table),
        time_zone=settings.time_zone,
        first=tell_from_of(table, settings.tell_from),
        retention=timedelta(days=table.retention_days),
        clock=world.clock,
        count=count,
        log=log,
    )


def closed_day_queries(world: World, table: Table) -> ClosedDayQueries:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.day_records import S3DayRecords
    from faxledger.ledger.closed_days import DynamoClosedDays
    from faxledger.settings.close_day import records_of
    from faxledger.web.closed_days import ClosedDayQueries

    records = S3DayRecords(documents_client(), records_of(world.environment))
    return ClosedDayQueries(DynamoClosedDays(table), records)
