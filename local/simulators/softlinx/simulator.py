"""Softlinx ReplixFax on this machine: one realm, its SOAP service and its URL callbacks."""

from typing import Self

from local.simulators.faults import NO_FAULTS, Faults, RequestDice
from local.simulators.jobs import CallbackAttempt, Job
from local.simulators.ports import Clock, Schedule
from local.simulators.softlinx.operations import Operations
from local.simulators.softlinx.options import (
    SOFTLINX_ACCOUNT,
    SOFTLINX_OPTIONS,
    SoftlinxAccount,
    SoftlinxOptions,
)
from local.simulators.softlinx.realm import Realm
from local.simulators.softlinx.service import PATH, SoapRequest, SoapService
from local.simulators.softlinx.sessions import Sessions
from local.simulators.web import WebServer


class SoftlinxSimulator:
    """Has its port from the start and answers from `start()` to `close()`.

    `faults` may be changed at any time and holds for the faxes and requests that come after.
    """

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        *,
        account: SoftlinxAccount = SOFTLINX_ACCOUNT,
        options: SoftlinxOptions = SOFTLINX_OPTIONS,
        faults: Faults = NO_FAULTS,
        seed: int = 0,
        port: int = 0,
        callback_url: str | None = None,
    ) -> None:
        self.account = account
        self.faults = faults
        self._realm = Realm(
            clock, schedule, account=account, options=options, faults=lambda: self.faults, seed=seed
        )
        self._realm.callback_url = callback_url
        self._service = SoapService(
            clock,
            sessions=Sessions(account, f"{seed}/softlinx/sessions"),
            operations=Operations(self._realm.faxes, self._realm.send, options.row_times, options.most_rows),
            faults=lambda: self.faults,
            dice=RequestDice(f"{seed}/softlinx/requests"),
            wsdl=options.wsdl,
        )
        self._server = WebServer(self._service.answer, port)

    @property
    def url(self) -> str:
        """The host part, as each customer is given one."""
        return self._server.url

    @property
    def wsapi_url(self) -> str:
        return self.url + PATH

    @property
    def callback_url(self) -> str | None:
        """Where new events are posted; None for nowhere."""
        return self._realm.callback_url

    @callback_url.setter
    def callback_url(self, url: str | None) -> None:
        self._realm.callback_url = url

    def start(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.close()
        self._realm.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(
        self,
        number: str,
        *,
        user: str = "",
        tsi: str = "",
        recipient: str = "",
        project_code: str = "",
        project_code_2: str = "",
    ) -> str:
        """Somebody in the realm sends a fax; its identifier. It is final 1 to 10 minutes later."""
        return self._realm.send(
            number,
            user=user,
            tsi=tsi,
            recipient=recipient,
            project_code=project_code,
            project_code_2=project_code_2,
        )

    def receive(
        self,
        caller: str,
        *,
        number: str = "12025550190",
        user: str = "",
        tsi: str = "",
        breaks_off: bool | None = None,
    ) -> str:
        """A fax arrives on `number`; its identifier. `breaks_off` None leaves to chance whether it is whole.

        A caller's machine that tries again shows as several broken-off faxes and a whole one with the same
        `tsi`, each with its own identifier (seen): call this once for each.
        """
        return self._realm.receive(caller, number=number, user=user, tsi=tsi, breaks_off=breaks_off)

    def jobs(self) -> tuple[Job, ...]:
        """The truth about every fax so far."""
        return self._realm.jobs()

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        """Every attempt so far, in order."""
        return self._realm.callbacks()

    def requests(self) -> tuple[SoapRequest, ...]:
        """Every SOAP call so far, in the order of the answers."""
        return self._service.requests()

    @property
    def most_queries_at_once(self) -> int:
        """The most queries that were ever under way together; the provider wants one at a time."""
        return self._service.most_queries_at_once
