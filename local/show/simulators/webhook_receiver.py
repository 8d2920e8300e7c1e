"""Somebody who wants to be told: a receiver of webhooks on this machine, as a customer would write one."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Self

from standardwebhooks import Webhook

from local.show.simulators.ports import SimulatorClock
from local.show.simulators.web import HangUp, WebRequest, WebResponse, WebServer

# As the Standard Webhooks libraries have it: older or newer timestamps are refused.
_TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ReceivedAttempt:
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


Behaviour = Callable[[WebRequest, datetime], WebResponse | None]


class WebhookReceiver:
    """Takes what is signed by one of `keys`, and acts upon each id once, as receivers should.

    `behaviour` may answer otherwise, or raise `HangUp`; it leaves what it answers with None.
    """

    def __init__(self, clock: SimulatorClock, keys: Callable[[], Sequence[str]], port: int = 0) -> None:
        self._clock = clock
        self._keys = keys
        self._lock = Lock()
        self._attempts: list[ReceivedAttempt] = []
        self._acted_upon: Counter[tuple[str, str]] = Counter()
        self._server = WebServer(self._answer, port)
        self.behaviour: Behaviour = lambda _request, _now: None

    @property
    def url(self) -> str:
        return self._server.url

    def attempts(self) -> tuple[ReceivedAttempt, ...]:
        with self._lock:
            return tuple(self._attempts)

    def acted_upon(self, path: str = "/") -> set[str]:
        """The ids that came to this path and were taken, each once, however often it came."""
        with self._lock:
            return {id_ for id_, where in self._acted_upon if where == path}

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _answer(self, request: WebRequest) -> WebResponse:
        now = self._clock.now()
        try:
            response = self.behaviour(request, now) or self._taken(request, now)
        except HangUp:
            self._note(request, now, None)
            raise
        self._note(request, now, response.status)
        return response

    def _taken(self, request: WebRequest, now: datetime) -> WebResponse:
        if not self._is_genuine(request, now):
            return WebResponse(401, b"not signed by us\n")
        self.act_upon(request)
        return WebResponse(204, b"")

    def act_upon(self, request: WebRequest) -> None:
        with self._lock:
            self._acted_upon[request.headers["webhook-id"], request.path] += 1

    def _is_genuine(self, request: WebRequest, now: datetime) -> bool:
        """By hand, since the library's `verify` knows only the wall's time."""
        seconds, id_ = request.headers.get("webhook-timestamp", ""), request.headers.get("webhook-id", "")
        if not seconds.isdecimal() or abs(int(seconds) - now.timestamp()) > _TOLERANCE_SECONDS:
            return False
        signed_at = datetime.fromtimestamp(int(seconds), tz=now.tzinfo)
        given = request.headers.get("webhook-signature", "").split(" ")
        body = request.body.decode()
        return any(Webhook(key).sign(id_, signed_at, body) in given for key in self._keys())

    def _note(self, request: WebRequest, now: datetime, answered: int | None) -> None:
        headers = request.headers
        attempt = ReceivedAttempt(
            at=now,
            path=request.path,
            id=headers.get("webhook-id", ""),
            timestamp=headers.get("webhook-timestamp", ""),
            signatures=headers.get("webhook-signature", "").split(" "),
            body=request.body,
            answered=answered,
        )
        with self._lock:
            self._attempts.append(attempt)
