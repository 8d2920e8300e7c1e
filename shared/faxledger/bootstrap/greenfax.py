"""GreenFax's own functions: what it calls or mails to, and what asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import callback_endpoint_of, recorder_of, table_of

if TYPE_CHECKING:
    from faxledger.domain.report import Report
    from faxledger.settings.environment import Environment
    from faxledger.triggers.bounce_queue import BounceBatches
    from faxledger.triggers.order_queue import OrderBatches
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.triggers.status_email_queue import StatusEmailBatches
    from faxledger.triggers.status_email_receipts import StatusEmailReceipts
    from faxledger.usecases.feed import ReadFeed
    from faxledger.usecases.ports.heard import WatchedProvider
    from faxledger.usecases.ports.sending import OrderQueue
    from faxledger.usecases.submit import SendingRules
    from faxledger.web.callback_endpoint import CallbackEndpoint
    from faxledger.web.feed_queries import FeedRules
    from faxledger.web.request import Request


def greenfax_notify(world: World) -> CallbackEndpoint:
    from faxledger.providers.greenfax.notify import read_inbound_notify, read_outbound_notify
    from faxledger.providers.greenfax.notify_settings import GreenFaxNotifySettings
    from faxledger.web.forms import urlencoded_fields

    settings = GreenFaxNotifySettings.from_env(world.environment)

    def read(request: Request) -> Report:
        read_query = read_inbound_notify if request.route.endswith("/inbound") else read_outbound_notify
        return read_query(settings.account, request.query, urlencoded_fields)

    return callback_endpoint_of(
        "greenfax-notify",
        world,
        settings.ledger,
        settings.token_secret,
        read,
        only_hints=settings.only_hints,
    )


def greenfax_feed(world: World) -> ReadFeed:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.credentials import Credentials
    from faxledger.adapters.feed_memory import S3FeedMemory
    from faxledger.adapters.secrets import SecretsManager
    from faxledger.domain.fax import Direction, Provider
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.feed_progress import DynamoFeedProgresses
    from faxledger.providers.greenfax.feed import FeedAddress, GreenFaxFeed, http_client
    from faxledger.providers.greenfax.feed_settings import GreenFaxFeedSettings
    from faxledger.usecases.feed import ReadFeed
    from faxledger.usecases.feed_reading import WindowReader

    settings = GreenFaxFeedSettings.from_env(world.environment)
    log = logger("greenfax-feed")
    table = table_of(settings.ledger)
    secrets = SecretsManager(client("secretsmanager"))
    credentials = Credentials(secrets, settings.credentials_secret, "password")
    http = http_client()
    account, words = settings.account, settings.words

    def feed(direction: Direction, address: FeedAddress) -> GreenFaxFeed:
        return GreenFaxFeed(
            address, account, lambda: credentials.read()[0], words, direction, http, world.clock
        )

    return ReadFeed(
        Provider.GREENFAX,
        {
            Direction.OUTBOUND: feed(Direction.OUTBOUND, settings.outbound),
            Direction.INBOUND: feed(Direction.INBOUND, settings.inbound),
        },
        allowance=settings.allowance,
        plan=settings.plan,
        claims=DynamoClaims(table),
        progresses=DynamoFeedProgresses(table),
        reader=WindowReader(
            # Rows seen under other settings, or recorded in another table, have to be looked at again.
            way=f"{table.name} {account.account_id} {account.time_zone.key} "
            f"{sorted(words.status.sent)} {sorted(words.status.failed)}",
            memory=S3FeedMemory(documents_client(), settings.documents),
            recorder=recorder_of(table, world.clock, log),
            clock=world.clock,
            count=count,
            log=log,
        ),
        clock=world.clock,
        count=count,
        log=log,
    )


def admit_email(world: World) -> StatusEmailReceipts:
    from faxledger.adapters.status_emails import SqsEmailQueue
    from faxledger.providers.greenfax.status_email_settings import AdmitEmailSettings
    from faxledger.triggers.status_email_receipts import SenderRule, StatusEmailReceipts

    settings = AdmitEmailSettings.from_env(world.environment)
    rule = SenderRule(settings.senders, settings.needs_dkim)
    queue = SqsEmailQueue(client("sqs"), settings.queue)
    return StatusEmailReceipts(rule, queue.send, count, logger("admit-email"))


def greenfax_email(world: World) -> StatusEmailBatches:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.status_emails import ReceivedMail
    from faxledger.providers.greenfax.status_email import MOST_BYTES, read_status_email
    from faxledger.providers.greenfax.status_email_settings import GreenFaxEmailSettings
    from faxledger.triggers.status_email_queue import StatusEmailBatches
    from faxledger.usecases.ports.status_emails import RawEmail

    settings = GreenFaxEmailSettings.from_env(world.environment)
    log = logger("greenfax-email")

    def read(email: RawEmail) -> Report:
        return read_status_email(settings.account, settings.words, email.raw, is_truncated=email.is_truncated)

    return StatusEmailBatches(
        ReceivedMail(documents_client(), settings.emails, settings.prefix, MOST_BYTES),
        read,
        origin="greenfax-email",
        recorder=recorder_of(table_of(settings.ledger), world.clock, log),
        count=count,
        log=log,
    )


def download_content(world: World) -> RetrieveBatches:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.received_documents import S3Documents
    from faxledger.egress.downloads import Downloads
    from faxledger.egress.urls import UrlRule
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.greenfax.document_settings import GreenFaxDocumentSettings
    from faxledger.providers.greenfax.documents import GreenFaxDocuments
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.usecases.retrieve import RetrieveContents

    settings = GreenFaxDocumentSettings.from_env(world.environment)
    log = logger("download-content")
    retrieve = RetrieveContents(
        GreenFaxDocuments(Downloads(UrlRule(settings.hosts, world.neighbours))),
        documents=S3Documents(documents_client(), settings.documents),
        ledger=DynamoFaxLedger(table_of(settings.ledger), world.clock),
        clock=world.clock,
        count=count,
        log=log,
    )
    return RetrieveBatches(retrieve, settings.most_received, count, log)


def mail_fax(world: World) -> OrderBatches:
    from faxledger.adapters.aws import mail_client
    from faxledger.adapters.mailed_faxes import SesMail
    from faxledger.bootstrap.sending import order_batches_of
    from faxledger.providers.greenfax.sending import GreenFaxSending
    from faxledger.providers.greenfax.sending_settings import GreenFaxSendSettings

    settings = GreenFaxSendSettings.from_env(world.environment)
    provider = GreenFaxSending(SesMail(mail_client(), settings.configuration_set), settings.form)
    return order_batches_of(world, settings.orders, provider, logger("mail-fax"))


def greenfax_bounces(world: World) -> BounceBatches:
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.triggers.bounce_queue import BounceBatches
    from faxledger.usecases.bounce import FailBounced

    table = table_of(LedgerSettings.from_env(world.environment))
    log = logger("greenfax-bounces")
    fail = FailBounced(DynamoJoins(table, world.clock), count, log)
    return BounceBatches(fail, count, log)


def watched(environment: Environment, account: str) -> WatchedProvider:
    from faxledger.providers.greenfax import watching

    return watching.watched(environment, account)


def sending_rules(environment: Environment, queue: OrderQueue) -> SendingRules:
    from faxledger.providers.greenfax.sending import DOCUMENT_BYTES, check_order
    from faxledger.providers.greenfax.sending_settings import GreenFaxRuleSettings
    from faxledger.usecases.submit import SendingRules

    settings = GreenFaxRuleSettings.from_env(environment)
    return SendingRules(
        check_order,
        queue,
        media_types=settings.media_types,
        document_bytes=DOCUMENT_BYTES,
        one_recipient_each=True,
        heard_within=settings.heard_within,
    )


def feed_rules(environment: Environment) -> FeedRules:
    from faxledger.providers.greenfax.feed_plan import feed_allowance_of, feed_plan_of
    from faxledger.web.feed_queries import FeedRules

    return FeedRules(feed_plan_of(environment), feed_allowance_of(environment))
