"""The two providers, simulated beside the bundle, and the day that happens to them."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import OurAccounts
from local.runtime.provider_urls import greenfax_at, softlinx_at
from local.show.simulators.day import simulate_day
from local.show.simulators.faults import NO_FAULTS, Faults
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.greenfax.options import GreenFaxCustomer
from local.show.simulators.jobs import Job
from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.softlinx.options import SOFTLINX_OPTIONS, SoftlinxCustomer, SoftlinxOptions

DAY = timedelta(hours=24)
# After the last fax was handed in: 10 minutes until it is final, then every poll and feed has had its turn.
# Each third feed request is for inbound faxes, and a run that would wait too long for its claim is skipped.
AFTERWARDS = timedelta(hours=2, minutes=30)


@dataclass(frozen=True, slots=True)
class _Unless:
    """A schedule whose actions don't happen any more once `is_over` says so."""

    clock: VirtualClock
    is_over: Callable[[], bool]

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        self.clock.at(when, lambda: None if self.is_over() else action())


class Simulation:
    """`realm` or `account_id` may be empty: then that provider is not there."""

    def __init__(
        self,
        clock: VirtualClock,
        *,
        realm: str,
        account_id: str,
        accounts: OurAccounts,
        seed: int = 0,
        faults: Faults = NO_FAULTS,
        softlinx_options: SoftlinxOptions = SOFTLINX_OPTIONS,
    ) -> None:
        self._clock = clock
        self._seed = seed
        self._accounts = accounts
        self._is_over = False
        self._open = ExitStack()
        self.softlinx: SoftlinxSimulator | None = None
        self.greenfax: GreenFaxSimulator | None = None
        if realm:
            customer = SoftlinxCustomer(realm, accounts.softlinx_login, accounts.softlinx_password)
            self.softlinx = SoftlinxSimulator(
                clock, clock, customer=customer, options=softlinx_options, seed=seed, faults=faults
            )
        if account_id:
            its_customer = GreenFaxCustomer(account_id, accounts.greenfax_password)
            self.greenfax = GreenFaxSimulator(clock, clock, customer=its_customer, seed=seed, faults=faults)

    def parameters(self) -> dict[str, str]:
        """Where the bundle finds the simulators."""
        return {
            **(softlinx_at(self.softlinx.url) if self.softlinx else {}),
            **(greenfax_at(self.greenfax.url) if self.greenfax else {}),
        }

    def register(self, bundle: Bundle) -> None:
        """Tell the providers where to call, as a customer does who has a listener."""
        if self.softlinx and bundle.listens_at("/callbacks/softlinx/{token}"):
            self.softlinx.callback_url = f"{bundle.url}/callbacks/softlinx/{self._accounts.softlinx_token}"
        if self.greenfax:
            self.greenfax.notify_url = f"{bundle.url}/callbacks/greenfax/{self._accounts.greenfax_token}"
            self.greenfax.inbound_notify_url = f"{self.greenfax.notify_url}/inbound"
            bundle.outbox.deliver = self.greenfax.take_email
            self.greenfax.mail_to = bundle.mailbox.receive if bundle.mailbox else None

    def plan_day(self, jobs: int) -> datetime:
        """Put a day of so many faxes on the schedule; the moment at which it is accounted for."""
        start = self._clock.now()
        schedule = _Unless(self._clock, lambda: self._is_over)
        simulate_day(self.softlinx, self.greenfax, schedule, start=start, jobs=jobs, seed=self._seed)
        return start + DAY + AFTERWARDS

    def end_day(self) -> None:
        """Nobody sends or receives anything more; what is on its way comes to its end."""
        self._is_over = True

    def jobs(self) -> tuple[Job, ...]:
        """The truth about every fax so far."""
        return (
            *(self.softlinx.jobs() if self.softlinx else ()),
            *(self.greenfax.jobs() if self.greenfax else ()),
        )

    def __enter__(self) -> Self:
        for simulator in (self.softlinx, self.greenfax):
            if simulator:
                self._open.enter_context(simulator)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
