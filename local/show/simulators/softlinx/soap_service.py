"""The SOAP service: WSDL, sessions and operations behind one address."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from local.show.simulators.faults import Faults
from local.show.simulators.ports import SimulatorClock
from local.show.simulators.softlinx.api_faults import ApiFaults, Overloaded
from local.show.simulators.softlinx.calls_under_way import CallsUnderWay
from local.show.simulators.softlinx.options import XopStyle
from local.show.simulators.softlinx.refusals import Refusal
from local.show.simulators.softlinx.sessions import Sessions
from local.show.simulators.softlinx.soap_messages import Call, Fault, Fields, answer_of, fault_of, read_call
from local.show.simulators.softlinx.soap_operations import SoapOperations, kind_of
from local.show.simulators.web import HangUp, WebRequest, WebResponse

# The WSDL is at the address of the calls (doc).
PATH = "/softlinx/replixfax/wsapi"

_ADDRESS = re.compile(r'(<(?:\w+:)?address\b[^>]*?\blocation=)"[^"]*"')


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """One call and what it was answered with.

    `operation` and `status_code` are None for what was no call at all, and `status_code` alone for one that
    was turned away unread. `http_status` is None where the answer was lost.
    """

    at: datetime
    operation: str | None
    status_code: str | None
    http_status: int | None = 200


class SoapService:
    def __init__(
        self,
        clock: SimulatorClock,
        *,
        sessions: Sessions,
        operations: SoapOperations,
        calls: CallsUnderWay,
        faults: Callable[[], Faults],
        api_faults: Callable[[], ApiFaults],
        xop: XopStyle | None,
        wsdl: Path,
    ) -> None:
        self._clock = clock
        self._sessions = sessions
        self._operations = operations
        self._faults = faults
        self._api_faults = api_faults
        self._calls = calls
        self._xop = xop
        self._wsdl = wsdl
        self._lock = Lock()
        self._requests: list[SoapRequest] = []

    def answer(self, request: WebRequest) -> WebResponse:
        if request.path != PATH:
            return WebResponse(404, b"not found\n")
        if request.method == "GET":
            return self._describe(request)
        if request.method != "POST":
            return WebResponse(405, b"method not allowed\n")
        try:
            return self._pass(read_call(request))
        except Fault as fault:
            self._note(None, None, 500)
            return fault_of(str(fault))

    def requests(self) -> tuple[SoapRequest, ...]:
        with self._lock:
            return tuple(self._requests)

    def _describe(self, request: WebRequest) -> WebResponse:
        url = f"http://{request.headers.get('host', 'localhost')}{PATH}"
        text = _ADDRESS.sub(rf'\g<1>"{url}"', self._wsdl.read_text("utf-8"))
        return WebResponse(200, text.encode(), "text/xml; charset=utf-8")

    def _pass(self, call: Call) -> WebResponse:
        try:
            with self._calls.admit(kind_of(call.operation)):
                return self._perform(call)
        except Overloaded as overloaded:
            self._note(call.operation, None, overloaded.status)
            return overloaded.response()
        except HangUp:
            self._note(call.operation, "0", None)
            raise

    def _perform(self, call: Call) -> WebResponse:
        code, text = "0", "Success"
        output: Fields = ()
        try:
            output = self._output_of(call)
        except Refusal as refusal:
            code, text = refusal.code, refusal.text
        self._note(call.operation, code)
        status = ("RequestStatus", (("StatusCode", code), ("StatusText", text)))
        return answer_of(call.operation, [status, *output], self._xop)

    def _output_of(self, call: Call) -> Fields:
        refusals = self._faults().refuse_logins
        if call.operation == "Login":
            return [("AuthToken", self._sessions.login(call, refusals))]
        if call.operation == "Logout":
            self._sessions.logout(call)
            return []
        self._sessions.check(call, refusals, token_calls=self._api_faults().token_calls)
        return self._operations.perform(call)

    def _note(self, operation: str | None, status_code: str | None, http_status: int | None = 200) -> None:
        with self._lock:
            self._requests.append(SoapRequest(self._clock.now(), operation, status_code, http_status))
