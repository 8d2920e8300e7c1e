"""What tells people of faxes and days: notifications, their deliveries, and the routes that say to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import cases_of, table_of, tell_from_of

if TYPE_CHECKING:
    from faxledger.triggers.notify_queue import NotifyBatches
    from faxledger.usecases.notify import QueueDueDeliveries
    from faxledger.web.routing import Router


def notify(world: World) -> NotifyBatches:
    from random import random

    from faxledger.adapters.delivery_emails import EmailDeliveries
    from faxledger.adapters.delivery_webhooks import SigningKeys, WebhookDeliveries
    from faxledger.adapters.notify_queue import SqsDeliveryQueue
    from faxledger.adapters.secrets import SecretsManager
    from faxledger.domain.deliveries import Channel
    from faxledger.egress.posts import Posts
    from faxledger.egress.urls import UrlRule
    from faxledger.ledger.deliveries import DynamoDeliveries
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.routes import DynamoRoutes
    from faxledger.settings.notify import NotifySettings
    from faxledger.triggers.notify_queue import NotifyBatches
    from faxledger.usecases.notify import AttemptDelivery, PlanDeliveries
    from faxledger.usecases.notify_days import PlanDayDeliveries

    settings = NotifySettings.from_env(world.environment)
    log = logger("notify")
    table = table_of(settings.ledger)
    deliveries, routes = DynamoDeliveries(table, world.clock), DynamoRoutes(table, world.clock)
    orders = DynamoOrders(table, world.clock)
    sqs = client("sqs")
    queue = SqsDeliveryQueue(sqs, settings.queue)
    keys = SigningKeys(SecretsManager(client("secretsmanager")), settings.signing_keys, world.clock)
    attempt = AttemptDelivery(
        {
            Channel.WEBHOOK: WebhookDeliveries(
                Posts(UrlRule(None, world.neighbours)), keys, world.receivers_clock or world.clock
            ),
            Channel.EMAIL: EmailDeliveries(client("sesv2"), settings.sender),
        },
        deliveries,
        queue,
        SqsDeliveryQueue(sqs, settings.dead_letters),
        routes=routes,
        clock=world.clock,
        jitter=random,
        count=count,
        log=log,
    )
    plan = PlanDeliveries(
        deliveries,
        queue,
        attempt,
        ledger=DynamoFaxLedger(table, world.clock),
        orders=orders,
        submissions=orders,
        routes=routes,
        clock=world.clock,
        count=count,
        log=log,
    )
    plan_day = PlanDayDeliveries(deliveries, queue, routes=routes, clock=world.clock)
    return NotifyBatches(plan, plan_day, attempt, count, log)


def notify_due(world: World) -> QueueDueDeliveries:
    from faxledger.adapters.notify_queue import SqsDeliveryQueue
    from faxledger.ledger.deliveries import DynamoDeliveries
    from faxledger.settings.notify import NotifyDueSettings
    from faxledger.usecases.notify import QueueDueDeliveries

    settings = NotifyDueSettings.from_env(world.environment)
    return QueueDueDeliveries(
        DynamoDeliveries(table_of(settings.ledger), world.clock),
        SqsDeliveryQueue(client("sqs"), settings.queue),
        clock=world.clock,
        count=count,
        log=logger("notify-due"),
    )


def redrive_deliveries(world: World) -> Router:
    from faxledger.ledger.deliveries import DynamoDeliveries
    from faxledger.ledger.delivery_listing import DynamoDeliveryListing
    from faxledger.ledger.listing import DynamoFaxListing
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.routes import DynamoRoutes
    from faxledger.ledger.timeless import DynamoTimelessFaxes
    from faxledger.settings.notify import RedriveDeliveriesSettings
    from faxledger.usecases.missed import PlanMissed
    from faxledger.usecases.redrive import RedriveDeliveries
    from faxledger.web.delivery_redrives import DeliveryRedrives
    from faxledger.web.routing import Router

    settings = RedriveDeliveriesSettings.from_env(world.environment)
    log = logger("redrive-deliveries")
    table = table_of(settings.ledger)
    deliveries, routes = DynamoDeliveries(table, world.clock), DynamoRoutes(table, world.clock)
    redrive = RedriveDeliveries(
        DynamoDeliveryListing(table, world.clock),
        deliveries,
        routes,
        clock=world.clock,
        count=count,
        log=log,
    )
    plan_missed = PlanMissed(
        DynamoFaxListing(table, world.clock),
        deliveries,
        routes,
        DynamoOrders(table, world.clock),
        cases=cases_of(table, world.clock),
        timeless=DynamoTimelessFaxes(table, world.clock),
        accounts=settings.accounts,
        tell_from=tell_from_of(table, settings.tell_from),
        retention=timedelta(days=table.retention_days),
        clock=world.clock,
        count=count,
        log=log,
    )
    return Router(DeliveryRedrives(redrive, plan_missed, settings.time_zone).routes, log)


def edit_routes(world: World) -> Router:
    from faxledger.egress.urls import UrlRule
    from faxledger.ledger.routes import DynamoRoutes
    from faxledger.settings.notify import EditRoutesSettings
    from faxledger.web.route_editing import RouteEditing
    from faxledger.web.routing import Router

    settings = EditRoutesSettings.from_env(world.environment)
    log = logger("edit-routes")
    editing = RouteEditing(
        DynamoRoutes(table_of(settings.ledger), world.clock),
        UrlRule(None, world.neighbours).read,
        has_email=bool(settings.sender),
        clock=world.clock,
        log=log,
    )
    return Router(editing.routes, log)
