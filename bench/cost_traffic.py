"""Faxes of one kind, as many a minute as a million a month are, through the whole bundle of this machine."""

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.cost_meter import Meter
from bench.cost_prices import Item
from local.dynamodb.in_moto import table_called
from local.dynamodb.tables import Keys
from local.dynamodb.values import size_of
from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import DEFAULT_ACCOUNT_ID, DEFAULT_REALM, OurAccounts
from local.show.simulation import Simulation
from local.show.simulators.webhook_receiver import WebhookReceiver

HOURS_A_MONTH: Final = 730
FAXES_A_MONTH: Final = 1_000_000
_APART: Final = timedelta(hours=HOURS_A_MONTH) / FAXES_A_MONTH
# After the last fax: until it is final, and its provider was asked for everything there is.
_AFTERWARDS: Final = timedelta(hours=2, minutes=30)
_START: Final = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
_ACCOUNTS: Final = OurAccounts.from_env({})
# What DynamoDB keeps of an item, and of an entry of an index, beside what it holds (its developer guide).
_BYTES_BESIDE: Final = 100


class Kind(StrEnum):
    SOFTLINX_OUT = "Softlinx outbound"
    SOFTLINX_IN = "Softlinx inbound"
    GREENFAX_OUT = "GreenFax outbound"
    GREENFAX_IN = "GreenFax inbound"

    @property
    def is_softlinx(self) -> bool:
        return self in {Kind.SOFTLINX_OUT, Kind.SOFTLINX_IN}


@dataclass(frozen=True, slots=True)
class Used:
    """What was used, by what runs and calls of functions; `kept_bytes` stay in the table and its backup."""

    counted: Mapping[Item, float]
    runs: Mapping[str, float]
    calls: Mapping[str, float]
    kept_bytes: float

    def less(self, other: "Used", share: float) -> "Used":
        """A share of what this is more than another, such as one fax's of that of many beside none."""
        return Used(
            _less(self.counted, other.counted, share),
            _less(self.runs, other.runs, share),
            _less(self.calls, other.calls, share),
            (self.kept_bytes - other.kept_bytes) * share,
        )


NOTHING: Final = Used(Counter(), Counter(), Counter(), 0)


def span_of(faxes: int) -> timedelta:
    return _APART * faxes + _AFTERWARDS


def used(kind: Kind, faxes: int, span: timedelta, *, is_told: bool = False) -> Used:
    """What so many faxes, one after the other, and all schedules take in this span.

    `is_told`: a webhook is told of each fax, by the route of all.
    """
    clock, meter = VirtualClock(_START, speed=math.inf), Meter()
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        receiver = opened.enter_context(WebhookReceiver(clock, lambda: [_ACCOUNTS.signing_key]))
        simulation = opened.enter_context(
            Simulation(
                clock,
                realm=DEFAULT_REALM if kind.is_softlinx else "",
                account_id="" if kind.is_softlinx else DEFAULT_ACCOUNT_ID,
                accounts=_ACCOUNTS,
            )
        )
        bundle = opened.enter_context(
            Bundle(
                clock,
                parameters={
                    "SoftlinxRealm": DEFAULT_REALM if kind.is_softlinx else "",
                    "GreenFaxAccountId": "" if kind.is_softlinx else DEFAULT_ACCOUNT_ID,
                    "TellFrom": _START.date().isoformat(),
                    **simulation.parameters(),
                },
                secrets=_ACCOUNTS.secrets(),
                log=Path(folder, "functions.log"),
                receivers=frozenset({receiver.url}),
            )
        )
        simulation.register(bundle)
        if is_told:
            bundle.tell(receiver.url)
        with meter.of(bundle), clock.activity():
            clock.start()
            for number in range(faxes):
                clock.at(_START + _APART * (number + 1), _happening(simulation, kind, number))
            clock.sleep(span.total_seconds())
        table = table_called(bundle.cloud.ref("Table"))
        kept = sum(_kept_bytes(item, table.indexes) for item in table.items())
    return Used(meter.counted, meter.runs, meter.calls, kept)


def _happening(simulation: Simulation, kind: Kind, number: int) -> Callable[[], Any]:
    # Numbers that nobody has and that force nothing.
    other = f"1202555{120 + number % 80:04}"
    user = ("frontdesk", "referrals", "records")[number % 3]
    softlinx, greenfax = simulation.softlinx, simulation.greenfax
    if softlinx is not None:
        if kind is Kind.SOFTLINX_IN:
            return partial(softlinx.receive, other, user=user, breaks_off=False)
        code = f"CHART-{10_000 + number}"
        return partial(softlinx.send, other, user=user, recipient="Lakeside Imaging", project_code=code)
    if greenfax is None:
        raise ValueError("neither provider is simulated: there is nobody to carry a fax")
    if kind is Kind.GREENFAX_IN:
        return partial(greenfax.receive, other)
    return partial(greenfax.send, other, job_code=f"Order:{1000 + number}")


def _kept_bytes(item: Mapping[str, Any], indexes: list[Keys]) -> int:
    own = size_of(item) + _BYTES_BESIDE
    for index in indexes:
        entry = {name: item[name] for name in ("pk", "sk", *index.names) if name in item}
        if set(index.names) <= set(entry):
            own += size_of(entry) + _BYTES_BESIDE
    return own


def _less(one: Mapping[Any, float], other: Mapping[Any, float], share: float) -> dict[Any, float]:
    return {name: (number - other.get(name, 0)) * share for name, number in one.items()}
