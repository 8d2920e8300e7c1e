"""Joins use cases, ledger, providers and adapters, one function's worth at a time.

Imports stand inside the functions so that a callback does not load what only the poll needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from faxledger.adapters.aws import client
from faxledger.adapters.clock import SystemClock
from faxledger.adapters.observe import count, logger
from faxledger.ledger.table import Table
from faxledger.settings.environment import Environment, is_lambda, process_environment

if TYPE_CHECKING:
    from faxledger.domain.report import Report
    from faxledger.providers.softlinx.api import SoftlinxApi
    from faxledger.providers.softlinx.reports import SoftlinxAccount
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.settings.softlinx import SoftlinxAccountSettings
    from faxledger.settings.softlinx_api import SoftlinxApiSettings
    from faxledger.triggers.bounce_queue import BounceQueue
    from faxledger.triggers.join_stream import JoinStream
    from faxledger.triggers.mark_queue import MarkQueue
    from faxledger.triggers.notify_queue import NotifyQueue
    from faxledger.triggers.order_queue import OrderQueue
    from faxledger.triggers.received_emails import ReceivedEmails
    from faxledger.triggers.retrieve_queue import RetrieveQueue
    from faxledger.triggers.table_stream import TableStream
    from faxledger.usecases.cases import Cases
    from faxledger.usecases.notify import SendForDue
    from faxledger.usecases.poll import PollUnmarked
    from faxledger.usecases.ports import Clock, Log
    from faxledger.usecases.read_feed import ReadFeed
    from faxledger.usecases.record import Recorder
    from faxledger.usecases.sweep import Sweep
    from faxledger.web.callback_endpoint import CallbackEndpoint
    from faxledger.web.fax_amendments import FaxAmendments
    from faxledger.web.fax_queries import FaxQueries
    from faxledger.web.fax_submissions import FaxSubmissions
    from faxledger.web.feed_queries import FeedQueries
    from faxledger.web.request import Request
    from faxledger.web.route_editing import RouteEditing

Composed = TypeVar("Composed")


@dataclass(frozen=True, slots=True)
class World:
    """What a function runs in, and what a runner on one machine replaces."""

    environment: Environment = field(default_factory=process_environment)
    clock: Clock = field(default_factory=SystemClock)
    # Origins of this machine that stand for a provider's own: no environment variable can name one.
    neighbours: frozenset[str] = frozenset()


_world: ContextVar[World | None] = ContextVar("world", default=None)


@contextmanager
def within(world: World) -> Iterator[None]:
    """Compose and run functions in another world than this process's own."""
    token = _world.set(world)
    try:
        yield
    finally:
        _world.reset(token)


def once(compose: Callable[[World], Composed]) -> Callable[[], Composed]:
    """What `compose` makes, made at the first use and kept.

    Inside Lambda it is made at import, while the function starts, has a whole CPU and may be snapshotted.
    """

    @cache
    def composed() -> Composed:
        return compose(_world.get() or World())

    if is_lambda(process_environment()):
        composed()
    return composed


def softlinx_callback(world: World) -> CallbackEndpoint:
    from faxledger.providers.softlinx.callback import read_callback
    from faxledger.settings.softlinx import SoftlinxCallbackSettings
    from faxledger.web.forms import form_reader

    settings = SoftlinxCallbackSettings.from_env(world.environment)
    account = _softlinx_account(settings.account)
    allowed = settings.addresses

    def read(request: Request) -> Report:
        read_form = form_reader(request.headers.get("content-type", ""))
        return read_callback(account, read_form(request.body()), settings.send_queue)

    return _callback_endpoint(
        "softlinx-callback",
        world,
        settings.ledger,
        settings.token_secret,
        read,
        is_allowed=lambda address: allowed is None or address in allowed,
    )


def greenfax_notify(world: World) -> CallbackEndpoint:
    from faxledger.providers.greenfax.account import GreenFaxAccount
    from faxledger.providers.greenfax.notify import read_inbound_notify, read_outbound_notify
    from faxledger.settings.greenfax import GreenFaxNotifySettings
    from faxledger.web.forms import urlencoded_fields

    settings = GreenFaxNotifySettings.from_env(world.environment)
    account = GreenFaxAccount(settings.account.account_id, settings.account.time_zone)

    def read(request: Request) -> Report:
        read_query = read_inbound_notify if request.route.endswith("/inbound") else read_outbound_notify
        return read_query(account, request.query, urlencoded_fields)

    return _callback_endpoint("greenfax-notify", world, settings.ledger, settings.token_secret, read)


def softlinx_poll(world: World) -> PollUnmarked:
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.cursors import DynamoCursors
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.marking import Mode, SoftlinxMarking
    from faxledger.settings.softlinx_api import SoftlinxPollSettings
    from faxledger.usecases.poll import PollUnmarked

    settings = SoftlinxPollSettings.from_env(world.environment)
    log = logger("softlinx-poll")
    table = _table(settings.api.ledger)
    ledger = DynamoFaxLedger(table, world.clock)
    account = _softlinx_account(settings.api.account)
    return PollUnmarked(
        SoftlinxMarking(account, _softlinx(settings.api), Mode(settings.mode)),
        recorder=_recorder(table, world.clock, log),
        ledger=ledger,
        claims=DynamoClaims(table),
        cursors=DynamoCursors(table),
        clock=world.clock,
        count=count,
        log=log,
        lanes=settings.lanes,
    )


def mark_fax(world: World) -> MarkQueue:
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.settings.softlinx_api import SoftlinxApiSettings
    from faxledger.triggers.mark_queue import MarkQueue
    from faxledger.usecases.mark import MarkFaxes

    settings = SoftlinxApiSettings.from_env(world.environment)
    ledger = DynamoFaxLedger(_table(settings.ledger), world.clock)
    log = logger("mark-fax")
    # One at a time here: the queue's own concurrency is the limit.
    provider = SoftlinxMarking(_softlinx_account(settings.account), _softlinx(settings))
    return MarkQueue(MarkFaxes(provider, ledger=ledger, count=count, log=log), count, log)


def retrieve_content(world: World) -> RetrieveQueue:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.documents import S3Documents
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.settings.softlinx_api import SoftlinxRetrieveSettings
    from faxledger.triggers.retrieve_queue import RetrieveQueue
    from faxledger.usecases.retrieve import RetrieveContents

    settings = SoftlinxRetrieveSettings.from_env(world.environment)
    log = logger("retrieve-content")
    retrieve = RetrieveContents(
        SoftlinxMarking(
            _softlinx_account(settings.api.account),
            _softlinx(settings.api),
            document_type=settings.document_type,
        ),
        documents=S3Documents(documents_client(), settings.documents),
        ledger=DynamoFaxLedger(_table(settings.api.ledger), world.clock),
        clock=world.clock,
        count=count,
        log=log,
    )
    return RetrieveQueue(retrieve, settings.most_received, count, log)


def submit_fax(world: World) -> FaxSubmissions:
    from functools import partial

    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.order_queue import SqsOrderQueue
    from faxledger.adapters.outgoing import S3OutgoingDocuments
    from faxledger.domain.fax import Provider
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.outside.urls import UrlRule
    from faxledger.providers.greenfax import sending as greenfax
    from faxledger.providers.softlinx.sending import CodeField, check_order
    from faxledger.settings.sending import SubmitSettings
    from faxledger.usecases.submit import Channel, SubmitFax
    from faxledger.web.fax_submissions import FaxSubmissions
    from faxledger.web.targets import targets_of

    settings = SubmitSettings.from_env(world.environment)
    table = _table(settings.ledger)
    log = logger("submit-fax")
    documents = S3OutgoingDocuments(documents_client(), settings.documents, world.clock)
    channels: dict[Provider, Channel] = {}
    if settings.softlinx_queue:
        check = partial(check_order, code_field=CodeField(settings.softlinx_code_field))
        channels[Provider.SOFTLINX] = Channel(check, SqsOrderQueue(client("sqs"), settings.softlinx_queue))
    if settings.greenfax_queue:
        channels[Provider.GREENFAX] = Channel(
            greenfax.check_order,
            SqsOrderQueue(client("sqs"), settings.greenfax_queue),
            media_types=settings.greenfax_media_types,
            document_bytes=greenfax.DOCUMENT_BYTES,
            one_recipient_each=True,
            heard_within=timedelta(hours=settings.overdue_hours),
        )
    submit = SubmitFax(
        channels,
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
    return FaxSubmissions(submit, documents, read_targets, log)


def send_fax(world: World) -> OrderQueue:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.outgoing import S3OutgoingDocuments
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.resends import DynamoResends
    from faxledger.providers.softlinx.sending import CodeField, SoftlinxSending
    from faxledger.settings.sending import SoftlinxSendSettings
    from faxledger.triggers.order_queue import OrderQueue
    from faxledger.usecases.send import SendFax

    settings = SoftlinxSendSettings.from_env(world.environment)
    table = _table(settings.api.ledger)
    log = logger("send-fax")
    account = _softlinx_account(settings.api.account)
    send = SendFax(
        SoftlinxSending(account, _softlinx(settings.api), CodeField(settings.code_field)),
        ledger=DynamoFaxLedger(table, world.clock),
        orders=DynamoOrders(table, world.clock),
        resends=DynamoResends(table, world.clock),
        documents=S3OutgoingDocuments(documents_client(), settings.documents, world.clock),
        claims=DynamoClaims(table),
        clock=world.clock,
        count=count,
        log=log,
    )
    return OrderQueue(send, settings.most_received, count, log)


def mail_fax(world: World) -> OrderQueue:
    from faxledger.adapters.aws import documents_client, mail_client
    from faxledger.adapters.outgoing import S3OutgoingDocuments
    from faxledger.adapters.outgoing_mail import SesMail
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.resends import DynamoResends
    from faxledger.providers.greenfax.sending import EmailForm, GreenFaxSending
    from faxledger.settings.mailing import MailSettings
    from faxledger.triggers.order_queue import OrderQueue
    from faxledger.usecases.send import SendFax

    settings = MailSettings.from_env(world.environment)
    table = _table(settings.ledger)
    log = logger("mail-fax")
    form = EmailForm(settings.sender, settings.domain, settings.job_code)
    send = SendFax(
        GreenFaxSending(SesMail(mail_client(), settings.configuration_set), form),
        ledger=DynamoFaxLedger(table, world.clock),
        orders=DynamoOrders(table, world.clock),
        resends=DynamoResends(table, world.clock),
        documents=S3OutgoingDocuments(documents_client(), settings.documents, world.clock),
        claims=DynamoClaims(table),
        clock=world.clock,
        count=count,
        log=log,
    )
    return OrderQueue(send, settings.most_received, count, log)


def join_fax(world: World) -> JoinStream:
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.settings.mailing import JoinSettings
    from faxledger.triggers.join_stream import JoinStream
    from faxledger.usecases.join import JoinFax

    settings = JoinSettings.from_env(world.environment)
    log = logger("join-fax")
    joins = DynamoJoins(_table(settings.ledger), world.clock)
    join = JoinFax(joins, within=timedelta(hours=settings.overdue_hours), count=count, log=log)
    return JoinStream(join, count, log)


def greenfax_bounces(world: World) -> BounceQueue:
    from faxledger.ledger.joins import DynamoJoins
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.triggers.bounce_queue import BounceQueue
    from faxledger.usecases.bounce import FailBounced

    table = _table(LedgerSettings.from_env(world.environment))
    log = logger("greenfax-bounces")
    fail = FailBounced(DynamoOrders(table, world.clock), DynamoJoins(table, world.clock), count, log)
    return BounceQueue(fail, count, log)


def greenfax_feed(world: World) -> ReadFeed:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.feed_memory import S3FeedMemory
    from faxledger.adapters.secrets import SecretsManager
    from faxledger.domain.fax import Direction, Provider
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.feed_progress import DynamoFeedProgresses
    from faxledger.providers.greenfax.account import GreenFaxAccount
    from faxledger.providers.greenfax.feed import (
        ALLOWANCE,
        MOST_DAYS,
        FeedAddress,
        FeedWords,
        GreenFaxFeed,
        http_client,
    )
    from faxledger.providers.greenfax.rows import StatusWords
    from faxledger.settings.greenfax_feed import GreenFaxFeedSettings
    from faxledger.usecases.feed_windows import FeedPlan
    from faxledger.usecases.read_feed import ReadFeed
    from faxledger.usecases.read_window import WindowReader

    settings = GreenFaxFeedSettings.from_env(world.environment)
    log = logger("greenfax-feed")
    table = _table(settings.ledger)
    secrets = SecretsManager(client("secretsmanager"))
    http = http_client()
    zone = settings.account.time_zone

    def feed(direction: Direction, url: str, parameters: tuple[str, ...]) -> GreenFaxFeed:
        return GreenFaxFeed(
            FeedAddress(url, *parameters),
            GreenFaxAccount(settings.account.account_id, zone),
            lambda: secrets.field(settings.credentials_secret, "password"),
            FeedWords(StatusWords(settings.sent_words, settings.failed_words), settings.too_soon_phrases),
            direction,
            http,
            world.clock,
        )

    return ReadFeed(
        Provider.GREENFAX,
        {
            Direction.OUTBOUND: feed(Direction.OUTBOUND, settings.outbound_url, settings.outbound_parameters),
            Direction.INBOUND: feed(Direction.INBOUND, settings.inbound_url, settings.inbound_parameters),
        },
        allowance=replace(ALLOWANCE, is_shared=settings.has_shared_allowance),
        plan=FeedPlan(
            time_zone=zone,
            overlap_days=settings.overlap_days,
            first_days=settings.first_days,
            inbound_every=settings.inbound_every,
            most_days=MOST_DAYS,
            history_from=settings.history_from,
        ),
        claims=DynamoClaims(table),
        progresses=DynamoFeedProgresses(table),
        reader=WindowReader(
            # Rows seen under other settings, or recorded in another table, have to be looked at again.
            way=f"{table.name} {settings.account.account_id} {zone.key} "
            f"{sorted(settings.sent_words)} {sorted(settings.failed_words)}",
            memory=S3FeedMemory(documents_client(), settings.documents),
            recorder=_recorder(table, world.clock, log),
            clock=world.clock,
            count=count,
            log=log,
        ),
        clock=world.clock,
        count=count,
        log=log,
    )


def greenfax_email(world: World) -> ReceivedEmails:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.received_mail import RawEmail, ReceivedMail
    from faxledger.providers.greenfax.account import GreenFaxAccount
    from faxledger.providers.greenfax.rows import StatusWords
    from faxledger.providers.greenfax.status_email import MOST_BYTES, read_status_email
    from faxledger.settings.greenfax_email import GreenFaxEmailSettings
    from faxledger.triggers.received_emails import ReceivedEmails, SenderRule

    settings = GreenFaxEmailSettings.from_env(world.environment)
    account = GreenFaxAccount(settings.account.account_id, settings.account.time_zone)
    words = StatusWords(settings.sent_words, settings.failed_words)
    log = logger("greenfax-email")

    def read(email: RawEmail) -> Report:
        return read_status_email(account, words, email.raw, is_truncated=email.is_truncated)

    return ReceivedEmails(
        SenderRule(settings.senders, settings.needs_dkim),
        ReceivedMail(documents_client(), settings.emails, settings.prefix, MOST_BYTES).fetch,
        read,
        recorder=_recorder(_table(settings.ledger), world.clock, log),
        count=count,
        log=log,
    )


def download_content(world: World) -> RetrieveQueue:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.documents import S3Documents
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.outside.downloads import Downloads
    from faxledger.outside.urls import UrlRule
    from faxledger.providers.greenfax.documents import GreenFaxDocuments
    from faxledger.settings.greenfax_documents import GreenFaxDocumentSettings
    from faxledger.triggers.retrieve_queue import RetrieveQueue
    from faxledger.usecases.retrieve import RetrieveContents

    settings = GreenFaxDocumentSettings.from_env(world.environment)
    log = logger("download-content")
    retrieve = RetrieveContents(
        GreenFaxDocuments(Downloads(UrlRule(settings.hosts, world.neighbours))),
        documents=S3Documents(documents_client(), settings.documents),
        ledger=DynamoFaxLedger(_table(settings.ledger), world.clock),
        clock=world.clock,
        count=count,
        log=log,
    )
    return RetrieveQueue(retrieve, settings.most_received, count, log)


def announce(world: World) -> TableStream:
    from faxledger.adapters.eventbridge import EventBridgeBus
    from faxledger.settings.announce import AnnounceSettings
    from faxledger.triggers.table_stream import TableStream
    from faxledger.usecases.announce import AnnounceChanges

    settings = AnnounceSettings.from_env(world.environment)
    table = _table(settings.ledger)

    @cache
    def tell_from() -> datetime:
        if settings.tell_from is not None:
            return settings.tell_from
        described = table.client.describe_table(TableName=table.name)
        created: datetime = described["Table"]["CreationDateTime"]
        return created

    log = logger("announce")
    announce_changes = AnnounceChanges(
        EventBridgeBus(client("events"), settings.bus, log),
        cases=_cases(table, world.clock),
        clock=world.clock,
        tell_from=tell_from,
        retention=timedelta(days=table.retention_days),
        count=count,
        log=log,
    )
    return TableStream(announce_changes, count, log)


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
    table = _table(settings.ledger)
    tellings, routes = DynamoTellings(table, world.clock), DynamoRoutes(table, world.clock)
    sqs = client("sqs")
    queue = SqsErrandQueue(sqs, settings.queue)
    keys = SigningKeys(SecretsManager(client("secretsmanager")), settings.signing_keys, world.clock)
    plan = PlanTellings(
        tellings,
        queue,
        ledger=DynamoFaxLedger(table, world.clock),
        orders=DynamoOrders(table, world.clock),
        routes=routes,
        clock=world.clock,
        count=count,
        log=log,
    )
    run = RunErrand(
        {
            Channel.WEBHOOK: WebhookTeller(Posts(UrlRule(None, world.neighbours)), keys),
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
        DynamoTellings(_table(settings.ledger), world.clock),
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
        DynamoRoutes(_table(settings.ledger), world.clock),
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
    from faxledger.ledger.unfinished import DynamoUnfinished
    from faxledger.settings.sweep import SweepSettings
    from faxledger.usecases.sweep import AnnounceAgain, SendRound, Sweep, TellOverdue
    from faxledger.usecases.unheard import AnnounceUnheard

    settings = SweepSettings.from_env(world.environment)
    log = logger("sweep")
    table = _table(settings.ledger)
    sqs = client("sqs")
    urls = {
        (Provider.SOFTLINX, Duty.MARK): settings.mark_queue,
        (Provider.SOFTLINX, Duty.STORE): settings.retrieve_queue,
        (Provider.GREENFAX, Duty.STORE): settings.download_queue,
    }
    queues = {what: SqsFaxQueue(sqs, url) for what, url in urls.items() if url}
    bus = EventBridgeBus(client("events"), settings.bus, log)
    unheard = AnnounceUnheard(
        DynamoJoins(table, world.clock),
        bus,
        account=settings.mailing_account.lower(),
        clock=world.clock,
        count=count,
        log=log,
    )
    return Sweep(
        [
            SendRound(DynamoUnfinished(table), queues, clock=world.clock, count=count, log=log),
            AnnounceAgain(
                S3FailedBatches(documents_client(), settings.failed_records),
                announce(world).answer,
                clock=world.clock,
                count=count,
                log=log,
            ),
            TellOverdue(
                DynamoFaxListing(table),
                DynamoFaxLedger(table, world.clock),
                DynamoCursors(table),
                bus,
                overdue_after=timedelta(hours=settings.overdue_hours),
                clock=world.clock,
                count=count,
                log=log,
            ),
            *([unheard] if settings.mailing_account else []),
        ],
        clock=world.clock,
        log=log,
    )


def query_faxes(world: World) -> FaxQueries:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.documents import S3Documents
    from faxledger.ledger.amendments import DynamoAmendments
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.listing import DynamoFaxListing
    from faxledger.ledger.orders import DynamoOrders
    from faxledger.ledger.tellings import DynamoTellings
    from faxledger.settings.query import QuerySettings
    from faxledger.web.fax_queries import FaxQueries

    settings = QuerySettings.from_env(world.environment)
    table = _table(settings.ledger)
    return FaxQueries(
        DynamoFaxLedger(table, world.clock),
        DynamoAmendments(table),
        DynamoFaxListing(table),
        DynamoOrders(table, world.clock),
        S3Documents(documents_client(), settings.documents),
        _cases(table, world.clock),
        DynamoTellings(table, world.clock),
        settings.time_zone,
    )


def query_feeds(world: World) -> FeedQueries:
    from faxledger.domain.fax import Direction, Provider
    from faxledger.ledger.feed_progress import DynamoFeedProgresses
    from faxledger.settings.query import QuerySettings
    from faxledger.web.feed_queries import FeedQueries, NamedFeed

    settings = QuerySettings.from_env(world.environment)
    feeds = [NamedFeed(Provider.GREENFAX, direction) for direction in Direction]
    return FeedQueries(DynamoFeedProgresses(_table(settings.ledger)), feeds)


def amend_fax(world: World) -> FaxAmendments:
    from faxledger.ledger.amendments import DynamoAmendments
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.usecases.amend import AmendFax
    from faxledger.web.fax_amendments import FaxAmendments

    log = logger("amend-fax")
    amendments = DynamoAmendments(_table(LedgerSettings.from_env(world.environment)))
    return FaxAmendments(AmendFax(amendments, clock=world.clock, count=count, log=log), log)


def _callback_endpoint(
    origin: str,
    world: World,
    ledger: LedgerSettings,
    token_secret: str,
    read: Callable[[Request], Report],
    is_allowed: Callable[[str], bool] = lambda _: True,
) -> CallbackEndpoint:
    from faxledger.adapters.secrets import CallbackTokens, SecretsManager
    from faxledger.web.callback_endpoint import CallbackEndpoint

    log = logger(origin)
    return CallbackEndpoint(
        origin=origin,
        accept=CallbackTokens(SecretsManager(client("secretsmanager")), token_secret, world.clock).accept,
        is_allowed=is_allowed,
        read=read,
        recorder=_recorder(_table(ledger), world.clock, log),
        count=count,
        log=log,
    )


def _table(settings: LedgerSettings) -> Table:
    return Table(client("dynamodb"), settings.table, settings.retention_days, settings.shards)


def _recorder(table: Table, clock: Clock, log: Log) -> Recorder:
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.unreadable import DynamoUnreadables
    from faxledger.usecases.record import Recorder

    return Recorder(DynamoFaxLedger(table, clock), DynamoUnreadables(table, clock), count, log)


def _cases(table: Table, clock: Clock) -> Cases:
    from faxledger.ledger.receptions import DynamoReceptions
    from faxledger.providers.softlinx.receptions import reception_of
    from faxledger.usecases.cases import Cases

    return Cases(DynamoReceptions(table, clock), reception_of)


def _softlinx_account(settings: SoftlinxAccountSettings) -> SoftlinxAccount:
    from faxledger.providers.softlinx.reports import SoftlinxAccount

    return SoftlinxAccount(settings.realm, settings.time_zone, settings.marks_faxes)


def _softlinx(settings: SoftlinxApiSettings) -> SoftlinxApi:
    from faxledger.adapters.secrets import SecretsManager

    secrets = SecretsManager(client("secretsmanager"))

    def credentials() -> tuple[str, str]:
        return secrets.credentials(settings.credentials_secret)

    if settings.api == "rest":
        from faxledger.providers.softlinx.rest import SoftlinxRest

        return SoftlinxRest(
            url=settings.rest_url,
            realm=settings.account.realm,
            credentials=credentials,
            file_field=settings.file_field,
        )

    from faxledger.providers.softlinx.soap import SoftlinxSoap

    return SoftlinxSoap(
        url=settings.soap_url,
        realm=settings.account.realm,
        credentials=credentials,
        wsdl=settings.wsdl,
        has_encoded_password=settings.has_encoded_password,
        expired_token_codes=settings.expired_token_codes,
        sort_column=settings.sort_column,
        content_element=settings.content_element,
    )
