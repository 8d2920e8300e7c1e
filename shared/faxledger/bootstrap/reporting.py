"""What adds up what became of the faxes of a span."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from faxledger.adapters.observe import logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from faxledger.domain.fax import Provider
    from faxledger.ledger.table import Table
    from faxledger.usecases.evidence import ReadingsOfProviders
    from faxledger.usecases.ports.heard import WatchedProvider
    from faxledger.usecases.reconcile import Reconcile
    from faxledger.web.routing import Router


def report_faxes(world: World) -> Router:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.partial_reconciliations import S3PartialReconciliations
    from faxledger.bootstrap.closing import closed_day_queries
    from faxledger.settings.query import QuerySettings
    from faxledger.web.reports import Reports
    from faxledger.web.routing import Router

    log = logger("report-faxes")
    settings = QuerySettings.from_env(world.environment)
    table = table_of(settings.ledger)
    reports = Reports(
        reconcile_of(world, table),
        S3PartialReconciliations(documents_client(), settings.documents),
        pushing_of(world),
        settings.time_zone,
        world.clock,
    )
    return Router({**reports.routes, **closed_day_queries(world, table).routes}, log)


def pushing_of(world: World) -> Mapping[Provider, timedelta | None]:
    """The providers that push, with how long each repeats what was not taken; None where it does not."""
    return {one.provider: one.repeats_for for one in _watched(world) if one.pushes}


def reconcile_of(world: World, table: Table) -> Reconcile:
    from faxledger.adapters.aws import patient_client
    from faxledger.adapters.plain_items import takes_items_plainly
    from faxledger.ledger.spans import DynamoSpanReading
    from faxledger.usecases.reconcile import Reconcile

    dynamodb = takes_items_plainly(patient_client("dynamodb"))
    reading = DynamoSpanReading(replace(table, client=dynamodb), world.clock)
    return Reconcile(reading, _readings_of_providers(world, table), clock=world.clock)


def _readings_of_providers(world: World, table: Table) -> ReadingsOfProviders:
    from faxledger.bootstrap.providers import PROVIDERS
    from faxledger.ledger.feed_progress import DynamoFeedProgresses
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.usecases.evidence import ReadingsOfProviders

    watched = _watched(world)
    plans = {
        one.provider: rules(world.environment).plan
        for one in watched
        if (rules := PROVIDERS[one.provider].feed_rules)
    }
    retention = timedelta(days=table.retention_days)
    return ReadingsOfProviders(watched, plans, DynamoHeard(table), DynamoFeedProgresses(table), retention)


def _watched(world: World) -> Sequence[WatchedProvider]:
    from faxledger.bootstrap.providers import PROVIDERS
    from faxledger.settings.by_provider import accounts_of

    return [
        PROVIDERS[provider].watched(world.environment, account)
        for provider, account in accounts_of(world.environment).items()
    ]
