"""What sends faxes: requests that are taken, orders that are handed over, and what bounces of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import softlinx_api_of, table_of

if TYPE_CHECKING:
    from faxledger.settings.sending import OrderSettings
    from faxledger.triggers.bounce_queue import BounceBatches
    from faxledger.triggers.order_queue import OrderBatches
    from faxledger.usecases.ports.sending import SendingProvider
    from faxledger.usecases.ports.world import Log
    from faxledger.web.routing import Router


def submit_fax(world: World) -> Router:
    from functools import partial

    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.outgoing_documents import S3OutgoingDocuments
    from faxledger.adapters.queues import SqsOrderQueue
    from faxledger.domain.fax import Provider
    from faxledger.egress.urls import UrlRule
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.providers.greenfax import sending as greenfax
    from faxledger.providers.greenfax.sending_settings import GreenFaxRuleSettings
    from faxledger.providers.softlinx.sending import check_order
    from faxledger.providers.softlinx.sending_settings import code_field_of
    from faxledger.settings.sending import SubmitSettings
    from faxledger.usecases.submit import SendingRules, SubmitFax
    from faxledger.web.fax_submissions import FaxSubmissions
    from faxledger.web.notify_targets import targets_of
    from faxledger.web.routing import Router

    settings = SubmitSettings.from_env(world.environment)
    table = table_of(settings.ledger)
    log = logger("submit-fax")
    documents = S3OutgoingDocuments(documents_client(), settings.documents, world.clock)
    rules_of: dict[Provider, SendingRules] = {}
    if url := settings.queues.get(Provider.SOFTLINX):
        check = partial(check_order, code_field=code_field_of(world.environment))
        rules_of[Provider.SOFTLINX] = SendingRules(check, SqsOrderQueue(client("sqs"), url))
    if url := settings.queues.get(Provider.GREENFAX):
        rules = GreenFaxRuleSettings.from_env(world.environment)
        rules_of[Provider.GREENFAX] = SendingRules(
            greenfax.check_order,
            SqsOrderQueue(client("sqs"), url),
            media_types=rules.media_types,
            document_bytes=greenfax.DOCUMENT_BYTES,
            one_recipient_each=True,
            heard_within=rules.heard_within,
        )
    submit = SubmitFax(
        rules_of,
        ledger=DynamoFaxLedger(table, world.clock),
        orders=DynamoOrders(table, world.clock),
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


def send_fax(world: World) -> OrderBatches:
    from faxledger.providers.softlinx.sending import SoftlinxSending
    from faxledger.providers.softlinx.sending_settings import SoftlinxSendSettings

    settings = SoftlinxSendSettings.from_env(world.environment)
    log = logger("send-fax")
    api = softlinx_api_of(settings.api, world.clock, log)
    provider = SoftlinxSending(settings.api.account, api, settings.code_field)
    return _order_queue(world, settings.orders, provider, log)


def mail_fax(world: World) -> OrderBatches:
    from faxledger.adapters.aws import mail_client
    from faxledger.adapters.mailed_faxes import SesMail
    from faxledger.providers.greenfax.sending import GreenFaxSending
    from faxledger.providers.greenfax.sending_settings import GreenFaxSendSettings

    settings = GreenFaxSendSettings.from_env(world.environment)
    provider = GreenFaxSending(SesMail(mail_client(), settings.configuration_set), settings.form)
    return _order_queue(world, settings.orders, provider, logger("mail-fax"))


def _order_queue(world: World, settings: OrderSettings, provider: SendingProvider, log: Log) -> OrderBatches:
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


def greenfax_bounces(world: World) -> BounceBatches:
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.triggers.bounce_queue import BounceBatches
    from faxledger.usecases.bounce import FailBounced

    table = table_of(LedgerSettings.from_env(world.environment))
    log = logger("greenfax-bounces")
    fail = FailBounced(DynamoJoins(table, world.clock), count, log)
    return BounceBatches(fail, count, log)
