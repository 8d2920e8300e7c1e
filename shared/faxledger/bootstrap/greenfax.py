"""What asks GreenFax by itself or reads its mail: the feed, the documents, the status emails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import recorder_of, table_of

if TYPE_CHECKING:
    from faxledger.domain.report import Report
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.triggers.status_email_queue import StatusEmailBatches
    from faxledger.triggers.status_email_receipts import StatusEmailReceipts
    from faxledger.usecases.feed import ReadFeed


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
