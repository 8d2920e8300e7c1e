"""What follows from a status: announcing, telling, and sweeping up what was forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.parts import accounts_of, cases_of, table_of

if TYPE_CHECKING:
    from faxledger.triggers.join_stream import JoinStream
    from faxledger.triggers.notify_queue import NotifyQueue
    from faxledger.triggers.table_stream import TableStream
    from faxledger.usecases.notify import SendForDue
    from faxledger.usecases.sweep import Sweep
    from faxledger.web.route_editing import RouteEditing


def announce(world: World) -> TableStream:
    from faxledger.adapters.event_queue import SqsEventQueue
    from faxledger.adapters.eventbridge import EventBridgeBus
    from faxledger.ledger.table import ledger_errors
    from faxledger.settings.announce import AnnounceSettings
    from faxledger.triggers.table_stream import TableStream
    from faxledger.usecases.announce import AnnounceChanges

    settings = AnnounceSettings.from_env(world.environment)
    table = table_of(settings.ledger)

    @cache
    def tell_from() -> datetime:
        if settings.tell_from is not None:
            return settings.tell_from
        with ledger_errors():
            described = table.client.describe_table(TableName=table.name)
        created: datetime = described["Table"]["CreationDateTime"]
        return created

    log = logger("announce")
    announce_changes = AnnounceChanges(
        EventBridgeBus(client("events"), settings.bus, log),
        senders=SqsEventQueue(client("sqs"), settings.queue),
        cases=cases_of(table, world.clock),
        clock=world.clock,
        tell_from=tell_from,
        retention=timedelta(days=table.retention_days),
        count=count,
        log=log,
    )
    return TableStream(announce_changes, accounts_of(settings.accounts), count, log)


def join_fax(world: World) -> JoinStream:
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.settings.mailing import JoinSettings
    from faxledger.triggers.join_stream import JoinStream
    from faxledger.usecases.join import JoinFax

    settings = JoinSettings.from_env(world.environment)
    log = logger("join-fax")
    joins = DynamoJoins(table_of(settings.ledger), world.clock)
    join = JoinFax(joins, within=timedelta(hours=settings.overdue_hours), count=count, log=log)
    return JoinStream(join, count, log)


def notify(world: World) -> NotifyQueue:
    from random import random

    from faxledger.adapters.emails import EmailTeller
    from faxledger.adapters.errand_queue import SqsErrandQueue
    from faxledger.adapters.secrets import SecretsManager
    from faxledger.adapters.webhooks import SigningKeys, WebhookTeller
    from faxledger.domain.tellings import Channel
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.routes import DynamoRoutes
    from faxledger.ledger.tellings import DynamoTellings
    from faxledger.outside.posts import Posts
    from faxledger.outside.urls import UrlRule
    from faxledger.settings.notify import NotifySettings
    from faxledger.triggers.notify_queue import NotifyQueue
    from faxledger.usecases.notify import PlanTellings, RunErrand

    settings = NotifySettings.from_env(world.environment)
    log = logger("notify")
    table = table_of(settings.ledger)
    tellings, routes = DynamoTellings(table, world.clock), DynamoRoutes(table, world.clock)
    orders = DynamoOrders(table, world.clock)
    sqs = client("sqs")
    queue = SqsErrandQueue(sqs, settings.queue)
    keys = SigningKeys(SecretsManager(client("secretsmanager")), settings.signing_keys, world.clock)
    plan = PlanTellings(
        tellings,
        queue,
        ledger=DynamoFaxLedger(table, world.clock),
        orders=orders,
        submissions=orders,
        routes=routes,
        clock=world.clock,
        count=count,
        log=log,
    )
    run = RunErrand(
        {
            Channel.WEBHOOK: WebhookTeller(
                Posts(UrlRule(None, world.neighbours)), keys, world.receivers_clock or world.clock
            ),
            Channel.EMAIL: EmailTeller(client("sesv2"), settings.sender),
        },
        tellings,
        queue,
        SqsErrandQueue(sqs, settings.dead_letters),
        routes=routes,
        clock=world.clock,
        jitter=random,
        count=count,
        log=log,
    )
    return NotifyQueue(plan, run, count, log)


def notify_due(world: World) -> SendForDue:
    from faxledger.adapters.errand_queue import SqsErrandQueue
    from faxledger.ledger.tellings import DynamoTellings
    from faxledger.settings.notify import NotifyDueSettings
    from faxledger.usecases.notify import SendForDue

    settings = NotifyDueSettings.from_env(world.environment)
    return SendForDue(
        DynamoTellings(table_of(settings.ledger), world.clock),
        SqsErrandQueue(client("sqs"), settings.queue),
        clock=world.clock,
        count=count,
        log=logger("notify-due"),
    )


def edit_routes(world: World) -> RouteEditing:
    from faxledger.ledger.routes import DynamoRoutes
    from faxledger.outside.urls import UrlRule
    from faxledger.settings.notify import EditRoutesSettings
    from faxledger.web.route_editing import RouteEditing

    settings = EditRoutesSettings.from_env(world.environment)
    return RouteEditing(
        DynamoRoutes(table_of(settings.ledger), world.clock),
        UrlRule(None, world.neighbours).read,
        has_email=bool(settings.sender),
        log=logger("edit-routes"),
    )


def sweep(world: World) -> Sweep:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.eventbridge import EventBridgeBus
    from faxledger.adapters.failed_batches import S3FailedBatches
    from faxledger.adapters.fax_queue import SqsFaxQueue
    from faxledger.domain.fax import Provider
    from faxledger.domain.report import Duty
    from faxledger.ledger.cursors import DynamoCursors
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.ledger.listing import DynamoFaxListing
    from faxledger.ledger.tellings import DynamoTellings
    from faxledger.ledger.unfinished import DynamoUnfinished
    from faxledger.settings.sweep import SweepSettings
    from faxledger.usecases.sweep import AnnounceAgain, CountUntold, SendRound, Sweep, TellOverdue
    from faxledger.usecases.unheard import AnnounceUnheard

    settings = SweepSettings.from_env(world.environment)
    log = logger("sweep")
    table = table_of(settings.ledger)
    faxes = DynamoFaxLedger(table, world.clock)
    sqs = client("sqs")
    urls = {
        (Provider.SOFTLINX, Duty.MARK): settings.mark_queue,
        (Provider.SOFTLINX, Duty.STORE): settings.retrieve_queue,
        (Provider.GREENFAX, Duty.STORE): settings.download_queue,
    }
    queues = {what: SqsFaxQueue(sqs, url) for what, url in urls.items() if url}
    bus = EventBridgeBus(client("events"), settings.bus, log)
    return Sweep(
        [
            SendRound(
                DynamoUnfinished(table, world.clock), faxes, queues, clock=world.clock, count=count, log=log
            ),
            AnnounceAgain(
                S3FailedBatches(documents_client(), settings.failed_records),
                announce(world).answer,
                clock=world.clock,
                count=count,
                log=log,
            ),
            CountUntold(DynamoTellings(table, world.clock), clock=world.clock, count=count),
            TellOverdue(
                DynamoFaxListing(table),
                faxes,
                DynamoCursors(table),
                bus,
                overdue_after=timedelta(hours=settings.overdue_hours),
                clock=world.clock,
                count=count,
                log=log,
            ),
            AnnounceUnheard(
                DynamoJoins(table, world.clock),
                bus,
                accounts=accounts_of(settings.accounts),
                clock=world.clock,
                count=count,
                log=log,
            ),
        ],
        clock=world.clock,
        log=log,
    )
