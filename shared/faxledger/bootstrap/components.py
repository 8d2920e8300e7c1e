"""The parts that several functions are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count
from faxledger.ledger.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from faxledger.providers.softlinx.api import SoftlinxApi
    from faxledger.providers.softlinx.api_settings import SoftlinxApiSettings
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.usecases.cases import Cases
    from faxledger.usecases.ports.world import Clock, Log
    from faxledger.usecases.record import Recorder


def table_of(settings: LedgerSettings) -> Table:
    return Table(client("dynamodb"), settings.table, settings.retention_days, settings.overdue_hours)


def recorder_of(table: Table, clock: Clock, log: Log, *, only_hints: bool = False) -> Recorder:
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.unreadable import DynamoUnreadables
    from faxledger.usecases.record import Recorder

    ledger, unreadables = DynamoFaxLedger(table, clock), DynamoUnreadables(table, clock)
    return Recorder(ledger, unreadables, count, log, only_hints=only_hints)


def cases_of(table: Table, clock: Clock) -> Cases:
    from faxledger.ledger.transmissions import DynamoTransmissions
    from faxledger.providers.softlinx.transmissions import transmission_of
    from faxledger.usecases.cases import Cases

    return Cases(DynamoTransmissions(table, clock), transmission_of)


def softlinx_api_of(settings: SoftlinxApiSettings, clock: Clock, log: Log) -> SoftlinxApi:
    """The one way to Softlinx for everything that asks it: all of it shares one login."""
    from faxledger.adapters.credentials import Credentials
    from faxledger.adapters.secrets import SecretsManager
    from faxledger.ledger.claims import DynamoClaims
    from faxledger.ledger.heard import DynamoHeard
    from faxledger.providers.softlinx.refused_logins import CurrentLogin, RestrainedApi

    secrets = SecretsManager(client("secretsmanager"))
    login = CurrentLogin(
        Credentials(secrets, settings.credentials_secret, "login", "password").read_versioned
    )
    api = _asked_by(settings, login)
    table = table_of(settings.ledger)
    return RestrainedApi(
        api, login, DynamoClaims(table), heard=DynamoHeard(table), clock=clock, count=count, log=log
    )


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
