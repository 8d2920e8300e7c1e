"""The SOAP service: WSDL, sessions and operations behind one address."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from local.simulators.faults import Faults, RequestDice
from local.simulators.ports import Clock
from local.simulators.softlinx.operations import Operations
from local.simulators.softlinx.refusals import Refusal
from local.simulators.softlinx.sessions import Sessions
from local.simulators.softlinx.soap import Call, Fault, Fields, answer_of, fault_of, read_call
from local.simulators.web import Request, Response

# The WSDL is at the address of the calls (doc).
PATH = "/softlinx/replixfax/wsapi"

_ADDRESS = re.compile(r'(<(?:\w+:)?address\b[^>]*?\blocation=)"[^"]*"')


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """One call and the StatusCode it was answered with; both are None for what was no call at all."""

    at: datetime
    operation: str | None
    status_code: str | None


class SoapService:
    def __init__(
        self,
        clock: Clock,
        *,
        sessions: Sessions,
        operations: Operations,
        faults: Callable[[], Faults],
        dice: RequestDice,
        wsdl: Path,
    ) -> None:
        self._clock = clock
        self._sessions = sessions
        self._operations = operations
        self._faults = faults
        self._dice = dice
        self._wsdl = wsdl
        self._lock = Lock()
        self._requests: list[SoapRequest] = []
        self._queries_under_way = 0
        self._most_queries_at_once = 0

    def answer(self, request: Request) -> Response:
        if request.path != PATH:
            return Response(404, b"not found\n")
        if request.method == "GET":
            return self._describe(request)
        if request.method != "POST":
            return Response(405, b"method not allowed\n")
        try:
            call = read_call(request)
            with self._counted(call):
                if self._dice.strike(self._faults().slow):
                    time.sleep(self._faults().slow_seconds)
                return self._perform(call)
        except Fault as fault:
            self._note(None, None)
            return fault_of(str(fault))

    def requests(self) -> tuple[SoapRequest, ...]:
        with self._lock:
            return tuple(self._requests)

    @property
    def most_queries_at_once(self) -> int:
        with self._lock:
            return self._most_queries_at_once

    def _describe(self, request: Request) -> Response:
        url = f"http://{request.headers.get('host', 'localhost')}{PATH}"
        text = _ADDRESS.sub(rf'\g<1>"{url}"', self._wsdl.read_text("utf-8"))
        return Response(200, text.encode(), "text/xml; charset=utf-8")

    def _perform(self, call: Call) -> Response:
        code, text = "0", "Success"
        output: Fields = ()
        try:
            output = self._output_of(call)
        except Refusal as refusal:
            code, text = refusal.code, refusal.text
        self._note(call.operation, code)
        status = ("RequestStatus", (("StatusCode", code), ("StatusText", text)))
        return answer_of(call.operation, [status, *output])

    def _output_of(self, call: Call) -> Fields:
        refusals = self._faults().refuse_logins
        if call.operation == "Login":
            return [("AuthToken", self._sessions.login(call, refusals))]
        if call.operation == "Logout":
            self._sessions.logout(call)
            return []
        self._sessions.check(call, refusals)
        return self._operations.perform(call)

    @contextmanager
    def _counted(self, call: Call) -> Iterator[None]:
        weight = int(call.operation in ("QuerySendFax", "QueryReceiveFax"))
        with self._lock:
            self._queries_under_way += weight
            self._most_queries_at_once = max(self._most_queries_at_once, self._queries_under_way)
        try:
            yield
        finally:
            with self._lock:
                self._queries_under_way -= weight

    def _note(self, operation: str | None, status_code: str | None) -> None:
        with self._lock:
            self._requests.append(SoapRequest(self._clock.now(), operation, status_code))
