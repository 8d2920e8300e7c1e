"""The two providers' callback URLs: the leanest functions, whose every import a cold start pays for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger
from faxledger.bootstrap import World
from faxledger.bootstrap.components import recorder_of, table_of

if TYPE_CHECKING:
    from faxledger.domain.report import Report
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.web.callback_endpoint import CallbackEndpoint
    from faxledger.web.request import Request


def softlinx_callback(world: World) -> CallbackEndpoint:
    from faxledger.providers.softlinx.callback import read_callback
    from faxledger.providers.softlinx.callback_settings import SoftlinxCallbackSettings
    from faxledger.web.forms import form_reader

    settings = SoftlinxCallbackSettings.from_env(world.environment)
    allowed = settings.addresses

    def read(request: Request) -> Report:
        read_form = form_reader(request.headers.get("content-type", ""))
        return read_callback(settings.account, read_form(request.body()), settings.send_queue)

    return _callback_endpoint(
        "softlinx-callback",
        world,
        settings.ledger,
        settings.token_secret,
        read,
        only_hints=settings.only_hints,
        is_allowed=lambda address: allowed is None or address in allowed,
    )


def greenfax_notify(world: World) -> CallbackEndpoint:
    from faxledger.providers.greenfax.notify import read_inbound_notify, read_outbound_notify
    from faxledger.providers.greenfax.notify_settings import GreenFaxNotifySettings
    from faxledger.web.forms import urlencoded_fields

    settings = GreenFaxNotifySettings.from_env(world.environment)

    def read(request: Request) -> Report:
        read_query = read_inbound_notify if request.route.endswith("/inbound") else read_outbound_notify
        return read_query(settings.account, request.query, urlencoded_fields)

    return _callback_endpoint(
        "greenfax-notify",
        world,
        settings.ledger,
        settings.token_secret,
        read,
        only_hints=settings.only_hints,
    )


def _callback_endpoint(
    origin: str,
    world: World,
    ledger: LedgerSettings,
    token_secret: str,
    read: Callable[[Request], Report],
    *,
    only_hints: bool,
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
        recorder=recorder_of(table_of(ledger), world.clock, log, only_hints=only_hints),
        count=count,
        log=log,
    )
