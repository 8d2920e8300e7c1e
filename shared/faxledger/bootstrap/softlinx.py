"""Softlinx's own functions: what it calls, and what asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import callback_endpoint_of, recorder_of, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from faxledger.domain.report import Report
    from faxledger.providers.softlinx.api import SoftlinxApi
    from faxledger.providers.softlinx.api_settings import SoftlinxApiSettings
    from faxledger.providers.softlinx.refused_logins import CurrentLogin
    from faxledger.settings.environment import Environment
    from faxledger.triggers.mark_queue import MarkBatches
    from faxledger.triggers.order_queue import OrderBatches
    from faxledger.triggers.poll_runs import PollRuns
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.usecases.ports.heard import WatchedProvider
    from faxledger.usecases.ports.sending import OrderQueue
    from faxledger.usecases.ports.world import Clock, Log
    from faxledger.usecases.submit import SendingRules
    from faxledger.web.callback_endpoint import CallbackEndpoint
    from faxledger.web.request import Request


def softlinx_callback(world: World) -> CallbackEndpoint:
    from faxledger.providers.softlinx.callback import DECIDING, REQUIRED, read_callback
    from faxledger.providers.softlinx.callback_settings import SoftlinxCallbackSettings
    from faxledger.web.forms import form_reader

    settings = SoftlinxCallbackSettings.from_env(world.environment)
    allowed = settings.addresses

    def read(request: Request) -> Report:
        read_form = form_reader(request.headers.get("content-type", ""), DECIDING, REQUIRED)
        return read_callback(settings.account, read_form(request.body()), settings.send_queue)

    return callback_endpoint_of(
        "softlinx-callback",
        world,
        settings.ledger,
        settings.token_secret,
        read,
        only_hints=settings.only_hints,
        is_allowed=lambda address: allowed is None or address in allowed,
    )


def softlinx_poll(world: World) -> PollRuns:
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.cursors import DynamoCursors
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.providers.softlinx.marking_settings import SoftlinxPollSettings
    from faxledger.triggers.poll_runs import PollRuns
    from faxledger.usecases.look_up import LookUpFaxes
    from faxledger.usecases.poll import PollUnmarked

    settings = SoftlinxPollSettings.from_env(world.environment)
    log = logger("softlinx-poll")
    table = table_of(settings.api.ledger)
    account = settings.api.account
    login = _login_of(settings.api, world.clock)
    provider = SoftlinxMarking(account, _api_of(settings.api, world.clock, log, login), settings.mode)
    ledger = DynamoFaxLedger(table, world.clock)
    recorder = recorder_of(table, world.clock, log)
    claims = DynamoClaims(table)
    poll = PollUnmarked(
        provider,
        recorder=recorder,
        ledger=ledger,
        claims=claims,
        cursors=DynamoCursors(table),
        heard=DynamoHeard(table),
        clock=world.clock,
        count=count,
        log=log,
        lanes=settings.lanes,
    )
    look_up = LookUpFaxes(
        provider, ledger=ledger, recorder=recorder, claims=claims, clock=world.clock, log=log
    )
    return PollRuns(poll, look_up, provider.name, account.realm.lower(), renew_login=login.renew)


def mark_fax(world: World) -> MarkBatches:
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.providers.softlinx.marking_settings import SoftlinxMarkSettings
    from faxledger.triggers.mark_queue import MarkBatches
    from faxledger.usecases.mark import MarkFaxes

    settings = SoftlinxMarkSettings.from_env(world.environment)
    api = settings.api
    log = logger("mark-fax")
    mark = MarkFaxes(
        SoftlinxMarking(api.account, _api_of(api, world.clock, log)),
        ledger=DynamoFaxLedger(table_of(api.ledger), world.clock),
        count=count,
        log=log,
        lanes=settings.lanes,
    )
    return MarkBatches(mark, count, log)


def retrieve_content(world: World) -> RetrieveBatches:
    from faxledger.adapters.aws import documents_client
    from faxledger.adapters.received_documents import S3Documents
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.providers.softlinx.marking import SoftlinxMarking
    from faxledger.providers.softlinx.marking_settings import SoftlinxRetrieveSettings
    from faxledger.triggers.retrieve_queue import RetrieveBatches
    from faxledger.usecases.retrieve import RetrieveContents

    settings = SoftlinxRetrieveSettings.from_env(world.environment)
    log = logger("retrieve-content")
    retrieve = RetrieveContents(
        SoftlinxMarking(
            settings.api.account,
            _api_of(settings.api, world.clock, log),
            document_type=settings.document_type,
        ),
        documents=S3Documents(documents_client(), settings.documents),
        ledger=DynamoFaxLedger(table_of(settings.api.ledger), world.clock),
        clock=world.clock,
        count=count,
        log=log,
    )
    return RetrieveBatches(retrieve, settings.most_received, count, log)


def send_fax(world: World) -> OrderBatches:
    from faxledger.bootstrap.sending import order_batches_of
    from faxledger.providers.softlinx.sending import SoftlinxSending
    from faxledger.providers.softlinx.sending_settings import SoftlinxSendSettings

    settings = SoftlinxSendSettings.from_env(world.environment)
    log = logger("send-fax")
    api = _api_of(settings.api, world.clock, log)
    provider = SoftlinxSending(settings.api.account, api, settings.code_field)
    return order_batches_of(world, settings.orders, provider, log)


def watched(environment: Environment, account: str) -> WatchedProvider:
    from faxledger.providers.softlinx import watching

    return watching.watched(environment, account)


def look_back_cursors() -> Sequence[str]:
    from faxledger.providers.softlinx.marking import LOOK_BACKS, SoftlinxMarking
    from faxledger.usecases.poll import claim_of

    return [claim_of(SoftlinxMarking.name, offer) for offer in LOOK_BACKS]


def sending_rules(environment: Environment, queue: OrderQueue) -> SendingRules:
    from functools import partial

    from faxledger.providers.softlinx.fax_ids import given_id
    from faxledger.providers.softlinx.sending import check_order
    from faxledger.providers.softlinx.sending_settings import code_field_of
    from faxledger.usecases.submit import SendingRules

    check = partial(check_order, code_field=code_field_of(environment))
    return SendingRules(check, queue, known_as=given_id)


def _api_of(
    settings: SoftlinxApiSettings, clock: Clock, log: Log, login: CurrentLogin | None = None
) -> SoftlinxApi:
    """The one way to Softlinx for everything that asks it: all of it shares one login."""
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.providers.softlinx.refused_logins import RestrainedApi

    login = login or _login_of(settings, clock)
    api = _asked_by(settings, login)
    table = table_of(settings.ledger)
    return RestrainedApi(
        api, login, DynamoClaims(table), heard=DynamoHeard(table), clock=clock, count=count, log=log
    )


def _login_of(settings: SoftlinxApiSettings, clock: Clock) -> CurrentLogin:
    from faxledger.adapters.credentials import Credentials
    from faxledger.adapters.secrets import SecretsManager
    from faxledger.providers.softlinx.refused_logins import CurrentLogin

    secrets = SecretsManager(client("secretsmanager"))
    credentials = Credentials(secrets, settings.credentials_secret, "login", "password")
    return CurrentLogin(credentials.read_versioned, clock)


def _asked_by(settings: SoftlinxApiSettings, credentials: Callable[[], tuple[str, str]]) -> SoftlinxApi:
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
