"""The parts that several functions are made of."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from faxledger.adapters.aws import client
from faxledger.adapters.observe import count, logger, report_unreadable
from faxledger.bootstrap import World
from faxledger.ledger.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from faxledger.domain.report import Report
    from faxledger.settings.ledger import LedgerSettings
    from faxledger.usecases.cases import Cases
    from faxledger.usecases.ports.world import Clock, Log
    from faxledger.usecases.record import Recorder
    from faxledger.web.callback_endpoint import CallbackEndpoint
    from faxledger.web.request import Request


def table_of(settings: LedgerSettings) -> Table:
    return Table(
        client("dynamodb"), settings.table, settings.retention_days, settings.overdue_hours, report_unreadable
    )


def tell_from_of(table: Table, said: datetime | None) -> Callable[[], datetime]:
    """From when on what happened is news: as was said, or from the table's creation, asked for once."""
    from faxledger.ledger.table import ledger_errors

    @cache
    def tell_from() -> datetime:
        if said is not None:
            return said
        with ledger_errors():
            described = table.client.describe_table(TableName=table.name)
        created: datetime = described["Table"]["CreationDateTime"]
        return created

    return tell_from


def recorder_of(table: Table, clock: Clock, log: Log, *, only_hints: bool = False) -> Recorder:
    from faxledger.ledger.faxes import DynamoFaxLedger
    from faxledger.ledger.unreadable import DynamoUnreadables
    from faxledger.usecases.record import Recorder

    ledger, unreadables = DynamoFaxLedger(table, clock), DynamoUnreadables(table, clock)
    retention = timedelta(days=table.retention_days)
    return Recorder(ledger, unreadables, count, log, clock=clock, retention=retention, only_hints=only_hints)


def cases_of(table: Table, clock: Clock) -> Cases:
    from faxledger.bootstrap.providers import transmission_of
    from faxledger.ledger.transmissions import DynamoTransmissions
    from faxledger.usecases.cases import Cases

    return Cases(DynamoTransmissions(table, clock), transmission_of)


def callback_endpoint_of(
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
    table = table_of(ledger)

    def keep_test(test: str) -> None:
        # Of a test alone: no start pays for it.
        from faxledger.ledger import callback_tests

        callback_tests.keep_test(table, world.clock, origin, test)

    return CallbackEndpoint(
        origin=origin,
        accept=CallbackTokens(SecretsManager(client("secretsmanager")), token_secret, world.clock).accept,
        is_allowed=is_allowed,
        read=read,
        recorder=recorder_of(table, world.clock, log, only_hints=only_hints),
        keep_test=keep_test,
        count=count,
        log=log,
    )
