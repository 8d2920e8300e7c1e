"""What takes faxes to be sent, and what works off a provider's queue of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import table_of

if TYPE_CHECKING:
    from faxledger.settings.sending import OrderSettings
    from faxledger.triggers.order_queue import OrderBatches
    from faxledger.usecases.ports.sending import SendingProvider
    from faxledger.usecases.ports.world import Log
    from faxledger.web.routing import Router


def submit_fax(world: World) -> Router:
    from functools import partial

    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.outgoing_documents import S3OutgoingDocuments
    from faxledger.adapters.queues import SqsOrderQueue
    from faxledger.bootstrap.providers import PROVIDERS
    from faxledger.egress.urls import UrlRule
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.resends import DynamoResends
    from faxledger.settings.sending import SubmitSettings
    from faxledger.usecases.submit import SubmitFax
    from faxledger.web.fax_submissions import FaxSubmissions
    from faxledger.web.notify_targets import targets_of
    from faxledger.web.routing import Router

    settings = SubmitSettings.from_env(world.environment)
    table = table_of(settings.ledger)
    log = logger("submit-fax")
    documents = S3OutgoingDocuments(documents_client(), settings.documents, world.clock)
    sqs = client("sqs")
    rules_of = {
        provider: PROVIDERS[provider].sending_rules(world.environment, SqsOrderQueue(sqs, url))
        for provider, url in settings.queues.items()
    }
    submit = SubmitFax(
        rules_of,
        ledger=DynamoFaxLedger(table, world.clock),
        orders=DynamoOrders(table, world.clock),
        resends=DynamoResends(table, world.clock),
        documents=documents,
        clock=world.clock,
        count=count,
        log=log,
    )
    read_targets = partial(
        targets_of,
        check_url=UrlRule(None, world.neighbours).read,
        has_email=bool(settings.sender),
        field="notify",
    )
    return Router(FaxSubmissions(submit, documents, read_targets).routes, log)


def order_batches_of(
    world: World, settings: OrderSettings, provider: SendingProvider, log: Log
) -> OrderBatches:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.outgoing_documents import S3OutgoingDocuments
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.resends import DynamoResends
    from faxledger.triggers.order_queue import OrderBatches
    from faxledger.usecases.send import SendFax

    table = table_of(settings.ledger)
    send = SendFax(
        provider,
        ledger=DynamoFaxLedger(table, world.clock),
        orders=DynamoOrders(table, world.clock),
        resends=DynamoResends(table, world.clock),
        documents=S3OutgoingDocuments(documents_client(), settings.documents, world.clock),
        claims=DynamoClaims(table),
        clock=world.clock,
        count=count,
        log=log,
    )
    return OrderBatches(send, settings.most_received, count, log)
