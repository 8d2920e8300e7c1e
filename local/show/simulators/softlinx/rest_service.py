"""The REST API: the same faxes by plain HTTP and JSON."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from local.show.simulators.faults import Faults
from local.show.simulators.jobs import JobDirection
from local.show.simulators.ports import SimulatorClock
from local.show.simulators.softlinx.api_faults import Overloaded
from local.show.simulators.softlinx.calls_under_way import CallKind, CallsUnderWay
from local.show.simulators.softlinx.fax_operations import FaxOperations
from local.show.simulators.softlinx.faxes import SoftlinxFax
from local.show.simulators.softlinx.named_values import read_boolean
from local.show.simulators.softlinx.options import SoftlinxOptions
from local.show.simulators.softlinx.refusals import InvalidLogin, Refusal
from local.show.simulators.softlinx.rest_answers import answer_of, refusal_of
from local.show.simulators.softlinx.rest_arguments import RestArguments, read_arguments, read_json_object
from local.show.simulators.softlinx.sends import ApiKind, SendRecipient, read_options, recipient_of
from local.show.simulators.softlinx.sessions import Sessions
from local.show.simulators.softlinx.soap_messages import Fields
from local.show.simulators.softlinx.soap_operations import sent_rows
from local.show.simulators.web import HangUp, WebRequest, WebResponse

BASE = "/softlinx/replixfax/restapi/v1"

_PATH = re.compile(re.escape(BASE) + r"/(outbound|inbound)faxes(?:/(\d+)(?:/(image|resend))?)?")


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One call, by its path below the API's base; `http_status` is None where the answer was lost."""

    at: datetime
    method: str
    path: str
    http_status: int | None


@dataclass(frozen=True, slots=True)
class _Target:
    direction: JobDirection
    fax_id: int | None
    part: str | None


_Action: TypeAlias = Callable[[JobDirection, int, RestArguments], WebResponse]


class RestService:
    def __init__(
        self,
        clock: SimulatorClock,
        *,
        sessions: Sessions,
        fax_operations: FaxOperations,
        calls: CallsUnderWay,
        faults: Callable[[], Faults],
        options: SoftlinxOptions,
    ) -> None:
        self._clock = clock
        self._sessions = sessions
        self._fax_operations = fax_operations
        self._calls = calls
        self._faults = faults
        self._options = options
        self._lock = Lock()
        self._requests: list[RestRequest] = []
        self._actions: Mapping[tuple[str, str | None], _Action] = {
            ("GET", None): self._one,
            ("PUT", None): self._mark,
            ("DELETE", None): self._delete,
            ("GET", "image"): self._image,
            ("POST", "resend"): self._resend,
        }

    def answer(self, request: WebRequest) -> WebResponse:
        status: int | None = None
        try:
            response = self._pass(request)
            status = response.status
            return response
        finally:
            self._note(request, status)

    def requests(self) -> tuple[RestRequest, ...]:
        with self._lock:
            return tuple(self._requests)

    def _pass(self, request: WebRequest) -> WebResponse:
        target = _target_of(request.path)
        try:
            with self._calls.admit(_kind_of(request.method, target)):
                self._check_login(request)
                return self._perform(request, target)
        except Overloaded as overloaded:
            return overloaded.response()
        except InvalidLogin as refusal:
            challenge = ("WWW-Authenticate", 'Basic realm="ReplixFax"')
            return refusal_of(refusal.http_status, refusal.code, refusal.text, challenge)
        except Refusal as refusal:
            return refusal_of(refusal.http_status, refusal.code, refusal.text)

    def _perform(self, request: WebRequest, target: _Target | None) -> WebResponse:
        if target is None:
            return refusal_of(404, "7", "Not found")
        if target.fax_id is not None:
            action = self._actions.get((request.method, target.part))
            if action is not None and (target.part != "resend" or target.direction is JobDirection.OUTBOUND):
                return action(target.direction, target.fax_id, read_arguments(request))
        elif request.method == "GET":
            return self._query(target.direction, read_arguments(request))
        elif request.method == "POST" and target.direction is JobDirection.OUTBOUND:
            return self._send(read_arguments(request))
        return refusal_of(405, "8", "Method not allowed")

    def _send(self, arguments: RestArguments) -> WebResponse:
        recipients = [SendRecipient(number) for number in arguments.texts("FaxNumber") if number]
        recipients += [recipient_of(read_json_object(text)) for text in arguments.texts("FaxRecipient")]
        sent = self._fax_operations.send(ApiKind.REST, recipients, arguments.files, read_options(arguments))
        if self._fax_operations.loses_answer([recipient.number for recipient in recipients]):
            raise HangUp
        rows = sent_rows(sent, lists_refused=self._options.lists_refused_recipients)
        return self._answer(201, rows)

    def _query(self, direction: JobDirection, arguments: RestArguments) -> WebResponse:
        page = self._fax_operations.query(direction, arguments)
        if page.next_reference is None:
            return self._rows(page.faxes, [("HasMoreResults", "false")])
        paging = [("HasMoreResults", "true"), ("ResultsReference", page.next_reference)]
        return self._rows(page.faxes, paging)

    def _one(self, direction: JobDirection, fax_id: int, _: RestArguments) -> WebResponse:
        return self._rows([self._fax_operations.find(direction, fax_id)])

    def _mark(self, direction: JobDirection, fax_id: int, arguments: RestArguments) -> WebResponse:
        self._fax_operations.mark(direction, fax_id, is_marked=read_boolean(arguments, "Mark"))
        return answer_of(200)

    def _delete(self, direction: JobDirection, fax_id: int, _: RestArguments) -> WebResponse:
        self._fax_operations.delete(direction, [fax_id])
        return answer_of(200)

    def _image(self, direction: JobDirection, fax_id: int, arguments: RestArguments) -> WebResponse:
        kind, content = self._fax_operations.content(
            direction, fax_id, arguments.text(self._options.image_argument)
        )
        return WebResponse(200, content, kind.media_type)

    def _resend(self, _: JobDirection, fax_id: int, arguments: RestArguments) -> WebResponse:
        fax = self._fax_operations.resend(fax_id, arguments.text("FaxNumber"))
        if self._fax_operations.loses_answer([fax.number]):
            raise HangUp
        return self._answer(201, [(("FaxId", str(fax.fax_id)), ("FaxNumber", fax.number))])

    def _check_login(self, request: WebRequest) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise InvalidLogin from None
        if scheme.lower() != "basic":
            raise InvalidLogin
        self._sessions.check_basic(user, password, self._faults().refuse_logins)

    def _rows(self, faxes: Iterable[SoftlinxFax], paging: Fields = ()) -> WebResponse:
        return self._answer(200, [self._fax_operations.row_of(fax) for fax in faxes], paging)

    def _answer(self, status: int, rows: Iterable[Fields], paging: Fields = ()) -> WebResponse:
        return answer_of(status, rows, paging, has_types=self._options.has_json_types)

    def _note(self, request: WebRequest, status: int | None) -> None:
        path = request.path.removeprefix(BASE)
        with self._lock:
            self._requests.append(RestRequest(self._clock.now(), request.method, path, status))


def _target_of(path: str) -> _Target | None:
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    direction, fax_id, part = found.groups()
    return _Target(JobDirection(direction), int(fax_id) if fax_id else None, part)


def _kind_of(method: str, target: _Target | None) -> CallKind:
    if target is None or target.part is not None:
        return CallKind.OTHER
    if target.fax_id is None:
        return CallKind.QUERY if method == "GET" else CallKind.OTHER
    return CallKind.MARK if method == "PUT" else CallKind.OTHER
