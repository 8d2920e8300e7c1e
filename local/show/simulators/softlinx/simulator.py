"""Softlinx ReplixFax on this machine: one realm, its SOAP and REST services and its URL callbacks."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from local.show.simulators.documents import DocumentFormat
from local.show.simulators.faults import NO_FAULTS, Faults, RequestDice
from local.show.simulators.jobs import CallbackAttempt, Job, JobDirection
from local.show.simulators.ports import Schedule, SimulatorClock
from local.show.simulators.softlinx.api_faults import NO_API_FAULTS, ApiFaults, ApiFaultState
from local.show.simulators.softlinx.calls_under_way import CallKind, CallsUnderWay
from local.show.simulators.softlinx.fax_operations import FaxOperations
from local.show.simulators.softlinx.options import (
    SOFTLINX_CUSTOMER,
    SOFTLINX_OPTIONS,
    SoftlinxCustomer,
    SoftlinxOptions,
)
from local.show.simulators.softlinx.realm import NO_SOFTLINX_SHELVES, Realm, SoftlinxShelves
from local.show.simulators.softlinx.rest_service import BASE, RestRequest, RestService
from local.show.simulators.softlinx.sends import AcceptedSend
from local.show.simulators.softlinx.sessions import Sessions
from local.show.simulators.softlinx.soap_operations import SoapOperations
from local.show.simulators.softlinx.soap_service import PATH, SoapRequest, SoapService
from local.show.simulators.web import WebRequest, WebResponse, WebServer


class SoftlinxSimulator:
    """Has its port from the start and answers from `start()` to `close()`.

    `faults` may be changed at any time and holds for the faxes and requests that come after; so may
    `api_faults`, which begins to count anew.
    """

    def __init__(
        self,
        clock: SimulatorClock,
        schedule: Schedule,
        *,
        customer: SoftlinxCustomer = SOFTLINX_CUSTOMER,
        options: SoftlinxOptions = SOFTLINX_OPTIONS,
        faults: Faults = NO_FAULTS,
        api_faults: ApiFaults = NO_API_FAULTS,
        seed: int = 0,
        port: int = 0,
        callback_url: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        shelves: SoftlinxShelves = NO_SOFTLINX_SHELVES,
    ) -> None:
        self.customer = customer
        self.faults = faults
        self._realm = Realm(
            clock,
            schedule,
            customer=customer,
            options=options,
            faults=lambda: self.faults,
            seed=seed,
            shelves=shelves,
        )
        self._realm.callback.url = callback_url
        self._fault_state = ApiFaultState(api_faults, RequestDice(f"{seed}/softlinx/trouble"))
        self._fax_operations = FaxOperations(
            clock, self._realm, options=options, fault_state=self._fault_state, seed=seed
        )
        self._calls = CallsUnderWay(
            faults=lambda: self.faults,
            dice=RequestDice(f"{seed}/softlinx/requests"),
            fault_state=self._fault_state,
            latency_seconds=options.latency_seconds,
            sleep=sleep,
        )
        sessions = Sessions(customer, f"{seed}/softlinx/sessions")
        self._soap = SoapService(
            clock,
            sessions=sessions,
            operations=SoapOperations(self._fax_operations, lists_refused=options.lists_refused_recipients),
            calls=self._calls,
            faults=lambda: self.faults,
            api_faults=lambda: self.api_faults,
            xop=options.xop,
            wsdl=options.wsdl,
        )
        self._rest = RestService(
            clock,
            sessions=sessions,
            fax_operations=self._fax_operations,
            calls=self._calls,
            faults=lambda: self.faults,
            options=options,
        )
        self._server = WebServer(self._answer, port)

    @property
    def url(self) -> str:
        """The host part, as each customer is given one."""
        return self._server.url

    @property
    def wsapi_url(self) -> str:
        return self.url + PATH

    @property
    def restapi_url(self) -> str:
        return self.url + BASE

    @property
    def api_faults(self) -> ApiFaults:
        """What goes wrong with calls to either API."""
        return self._fault_state.faults

    @api_faults.setter
    def api_faults(self, faults: ApiFaults) -> None:
        self._fault_state.faults = faults

    @property
    def callback_url(self) -> str | None:
        """Where new events are posted; None for nowhere."""
        return self._realm.callback.url

    @callback_url.setter
    def callback_url(self, url: str | None) -> None:
        self._realm.callback.url = url

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
        send_after: datetime | None = None,
    ) -> str:
        """Somebody in the realm sends a fax; its identifier. It is final 1 to 10 minutes later, or after
        `send_after`."""
        return self._realm.send(
            number,
            user=user,
            tsi=tsi,
            recipient=recipient,
            project_code=project_code,
            project_code_2=project_code_2,
            send_after=send_after,
        )

    def resend(self, fax_id: str, number: str = "") -> str:
        """Somebody in the realm resends a failed fax, to another `number` if one is given; its identifier."""
        return self._realm.resend(int(fax_id), number)

    def receive(
        self,
        caller: str,
        *,
        number: str = "",
        user: str = "",
        tsi: str = "",
        breaks_off: bool | None = None,
    ) -> str:
        """A fax arrives on `number`, or the realm's own; its identifier. `breaks_off` None leaves to chance
        whether it is whole."""
        return self._realm.receive(caller, number=number, user=user, tsi=tsi, breaks_off=breaks_off)

    def receive_retried(
        self,
        caller: str,
        *,
        number: str = "",
        user: str = "",
        tsi: str = "",
        broken_off: int = 2,
        apart: timedelta = timedelta(minutes=3),
    ) -> tuple[str, ...]:
        """One transmission that the caller's machine tries again until it is whole; all its identifiers.

        It shows as several broken-off faxes and a whole one with the same `tsi`, each with its own identifier
        (seen). The first arrives at once and the others on the schedule.
        """
        return self._realm.receive_retried(
            caller, number=number, user=user, tsi=tsi, broken_off=broken_off, apart=apart
        )

    def seed_finished(
        self,
        count: int,
        *,
        direction: str = JobDirection.OUTBOUND,
        user: str = "",
        age: timedelta = timedelta(hours=1),
    ) -> tuple[str, ...]:
        """So many final and unmarked faxes, handed in evenly over the time since `age` ago; nobody is called
        about them."""
        return tuple(self._realm.seed_finished(count, direction=JobDirection(direction), user=user, age=age))

    def document(self, direction: str, fax_id: str, kind: str = DocumentFormat.PDF) -> bytes:
        """What either API ought to hand out for a fax, byte for byte, even if it has been deleted.

        `direction` is `outbound` or `inbound` and `kind` is `pdf` or `tif`. Raises `LookupError` for a fax
        that never was.
        """
        fax = self._realm.faxes.ever(JobDirection(direction), int(fax_id))
        return self._fax_operations.document(fax, DocumentFormat(kind))

    def sends(self) -> tuple[AcceptedSend, ...]:
        """Every send that either API acted on, in that order, also where its answer was lost."""
        return self._fax_operations.sends()

    def jobs(self) -> tuple[Job, ...]:
        """The truth about every fax so far."""
        return self._realm.jobs()

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        """Every attempt so far, in order."""
        return self._realm.callbacks()

    def requests(self) -> tuple[SoapRequest, ...]:
        """Every SOAP call so far, in the order of the answers."""
        return self._soap.requests()

    def rest_requests(self) -> tuple[RestRequest, ...]:
        """Every REST call so far, in the order of the answers."""
        return self._rest.requests()

    @property
    def most_queries_at_once(self) -> int:
        """The most queries that were ever under way together; the provider wants one at a time."""
        return self._calls.most_at_once(CallKind.QUERY)

    @property
    def most_marks_at_once(self) -> int:
        """The most marks that were ever under way together."""
        return self._calls.most_at_once(CallKind.MARK)

    def _answer(self, request: WebRequest) -> WebResponse:
        service = self._rest if request.path.startswith(BASE + "/") else self._soap
        return service.answer(request)
