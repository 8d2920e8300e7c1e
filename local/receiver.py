"""Somebody who wants to be told: a receiver of webhooks on this machine, as a customer would write one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Self

from standardwebhooks import Webhook

from faxledger.usecases.ports import Clock
from local.simulators.web import HangUp, Request, Response, WebServer

# As the Standard Webhooks libraries have it: older or newer timestamps are refused.
_TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request as it came, and what was answered; None where nothing was."""

    at: datetime
    path: str
    id: str
    timestamp: str
    signatures: Sequence[str]
    body: bytes
    answered: int | None

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


Behaviour = Callable[[Request], Response]


class Receiver:
    """Answers 204 to what is signed by one of `keys`, once for each id; `behaviour` may answer otherwise.

    An id that was taken before is taken again and not acted upon, as receivers should. None as the answer of
    `behaviour` is no answer of its own; `HangUp` is none at all.
    """

    def __init__(self, clock: Clock, keys: Callable[[], Sequence[str]], port: int = 0) -> None:
        self._clock = clock
        self._keys = keys
        self._lock = Lock()
        self._deliveries: list[Delivery] = []
        self._acted_upon: dict[str, dict[str, Any]] = {}
        self._server = WebServer(self._answer, port)
        self.behaviour: Callable[[Request, datetime], Response | None] = lambda _request, _now: None

    @property
    def url(self) -> str:
        return self._server.url

    def deliveries(self) -> tuple[Delivery, ...]:
        with self._lock:
            return tuple(self._deliveries)

    def told(self) -> Mapping[str, dict[str, Any]]:
        """What it acted upon, by id: each once, however often it came."""
        with self._lock:
            return dict(self._acted_upon)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _answer(self, request: Request) -> Response:
        now = self._clock.now()
        try:
            response = self.behaviour(request, now) or self._taken(request, now)
        except HangUp:
            self._note(request, now, None)
            raise
        self._note(request, now, response.status)
        if 200 <= response.status < 300:
            with self._lock:
                self._acted_upon.setdefault(request.headers["webhook-id"], json.loads(request.body))
        return response

    def _taken(self, request: Request, now: datetime) -> Response:
        return Response(204, b"") if self._is_genuine(request, now) else Response(401, b"not signed by us\n")

    def _is_genuine(self, request: Request, now: datetime) -> bool:
        """By hand, since the library's `verify` knows only the wall's time."""
        seconds, id_ = request.headers.get("webhook-timestamp", ""), request.headers.get("webhook-id", "")
        if not seconds.isdecimal() or abs(int(seconds) - now.timestamp()) > _TOLERANCE_SECONDS:
            return False
        signed_at = datetime.fromtimestamp(int(seconds), tz=now.tzinfo)
        given = request.headers.get("webhook-signature", "").split(" ")
        body = request.body.decode()
        return any(Webhook(key).sign(id_, signed_at, body) in given for key in self._keys())

    def _note(self, request: Request, now: datetime, answered: int | None) -> None:
        headers = request.headers
        delivery = Delivery(
            at=now,
            path=request.path,
            id=headers.get("webhook-id", ""),
            timestamp=headers.get("webhook-timestamp", ""),
            signatures=headers.get("webhook-signature", "").split(" "),
            body=request.body,
            answered=answered,
        )
        with self._lock:
            self._deliveries.append(delivery)
