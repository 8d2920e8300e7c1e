"""The two providers, simulated beside the bundle, and the day that happens to them."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self, TypeVar
from urllib.parse import urlsplit

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.errors import CannotRun
from local.runtime.our_accounts import OurAccounts
from local.runtime.provider_urls import greenfax_at, softlinx_at
from local.show.simulators.day import simulate_day
from local.show.simulators.faults import NO_FAULTS, Faults
from local.show.simulators.greenfax import FeedRequest, GreenFaxJob, GreenFaxShelves, GreenFaxSimulator
from local.show.simulators.greenfax.options import GreenFaxCustomer
from local.show.simulators.jobs import CallbackAttempt, Job
from local.show.simulators.softlinx import SoftlinxFax, SoftlinxShelves, SoftlinxSimulator
from local.show.simulators.softlinx.options import SOFTLINX_OPTIONS, SoftlinxCustomer, SoftlinxOptions
from local.state.facts import StateFacts
from local.state.journal import Journal
from local.state.shelves import JournalShelf

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
    """`realm` or `account_id` may be empty: then that provider is not there.

    What the providers know, and where they listen, is kept in `journal`, if there is one; callbacks that are
    still to be sent are not. Raises `CannotRun` where a port of before is somebody else's by now.
    """

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
        journal: Journal | None = None,
    ) -> None:
        self._clock = clock
        self._seed = seed
        self._accounts = accounts
        self._is_over = False
        self._open = ExitStack()
        self.softlinx: SoftlinxSimulator | None = None
        self.greenfax: GreenFaxSimulator | None = None
        facts = StateFacts(journal) if journal else None
        if realm:
            self.softlinx = at_port_of_before(
                facts,
                "Softlinx",
                lambda port: SoftlinxSimulator(
                    clock,
                    clock,
                    customer=SoftlinxCustomer(realm, accounts.softlinx_login, accounts.softlinx_password),
                    options=softlinx_options,
                    seed=seed,
                    faults=faults,
                    port=port,
                    shelves=_softlinx_shelves(journal) if journal else SoftlinxShelves(),
                ),
            )
        if account_id:
            self.greenfax = at_port_of_before(
                facts,
                "GreenFax",
                lambda port: GreenFaxSimulator(
                    clock,
                    clock,
                    customer=GreenFaxCustomer(account_id, accounts.greenfax_password),
                    seed=seed,
                    faults=faults,
                    port=port,
                    shelves=_greenfax_shelves(journal) if journal else GreenFaxShelves(),
                ),
            )

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

    def plan_day(self, jobs: int, *, began_at: datetime | None = None) -> datetime:
        """Put a day of so many faxes on the schedule; the moment at which it is accounted for.

        It begins now, or began before and goes on behind the last fax that there is.
        """
        start = began_at or self._clock.now()
        since = max((job.created_at for job in self.jobs()), default=None) if began_at else None
        schedule = _Unless(self._clock, lambda: self._is_over)
        simulate_day(
            self.softlinx, self.greenfax, schedule, start=start, jobs=jobs, seed=self._seed, since=since
        )
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


class _Server(Protocol):
    @property
    def url(self) -> str: ...


Server = TypeVar("Server", bound=_Server)


def at_port_of_before(facts: StateFacts | None, name: str, make: Callable[[int], Server]) -> Server:
    """A server of ours at the port that it had, since URLs of it lie in the ledger. Raises `CannotRun`."""
    fact = f"port of {name}"
    before = (facts.get(fact) if facts else None) or 0
    try:
        server = make(before)
    except OSError as error:
        raise CannotRun(
            f"127.0.0.1:{before}, where the simulated {name} listened, can't be had: {error.strerror}."
        ) from None
    if facts:
        facts.set(**{fact: urlsplit(server.url).port})
    return server


def _softlinx_shelves(journal: Journal) -> SoftlinxShelves:
    return SoftlinxShelves(
        JournalShelf(journal, "faxes at Softlinx", SoftlinxFax),
        JournalShelf(journal, "callbacks of Softlinx", CallbackAttempt),
    )


def _greenfax_shelves(journal: Journal) -> GreenFaxShelves:
    return GreenFaxShelves(
        JournalShelf(journal, "faxes at GreenFax", GreenFaxJob),
        JournalShelf(journal, "callbacks of GreenFax", CallbackAttempt),
        JournalShelf(journal, "feed requests", FeedRequest),
    )
