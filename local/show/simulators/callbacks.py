"""Brings callbacks to the listener, with the provider's retries and the mishaps that were drawn."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from threading import Lock

import httpx

from local.show.simulators.faults import Arrival, Mishap
from local.show.simulators.jobs import CallbackAttempt, JobDirection
from local.show.simulators.ports import NO_SHELF, Schedule, Shelf, SimulatorClock

_BETWEEN_COPIES = timedelta(seconds=90)
_BETWEEN_STATEMENTS = timedelta(minutes=7)
_LONGEST_HOLD = timedelta(minutes=30)
_TIMEOUT_SECONDS = 30


@cache
def _trusted() -> ssl.SSLContext:
    # Loading the certificates takes longer than a simulator's other beginnings together.
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` counts the first one too."""

    attempts: int
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Callback:
    """One statement about one fax; `said` is its status word, `request` what is sent."""

    job_id: str
    direction: JobDirection
    said: str
    request: httpx.Request


@dataclass(frozen=True, slots=True, eq=False)  # two copies of one callback are two dispatches
class _Dispatch:
    callback: Callback
    mishap: Mishap


class CallbackSender:
    """Every attempt and its answer stays in `attempts()`. What is still to be sent is on no shelf: a provider
    that stops forgets it."""

    def __init__(
        self,
        clock: SimulatorClock,
        schedule: Schedule,
        retries: Retries,
        shelf: Shelf[CallbackAttempt] = NO_SHELF,
    ) -> None:
        self._clock = clock
        self._schedule = schedule
        self._retries = retries
        # A new connection for each call, so that none is lost to one the listener has closed meanwhile.
        # Proxies in the environment are not asked.
        self._client = httpx.Client(
            verify=_trusted(),
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._lock = Lock()
        self._held: list[_Dispatch] = []
        self._shelf = shelf
        self._attempts = list(shelf.all())

    def send(self, callbacks: Sequence[Callback], mishap: Mishap) -> None:
        """Set out with what a provider says about one fax, in this order, and as the mishap will have it."""
        departure = self._clock.now() + mishap.late
        for callback in callbacks:
            for copy in range(mishap.arrival.copies):
                dispatch = _Dispatch(callback, mishap)
                self._schedule.at(departure + copy * _BETWEEN_COPIES, partial(self._depart, dispatch))
            departure += _BETWEEN_STATEMENTS

    def attempts(self) -> tuple[CallbackAttempt, ...]:
        with self._lock:
            return tuple(self._attempts)

    def attempts_by_fax(self) -> Mapping[tuple[JobDirection, str], tuple[CallbackAttempt, ...]]:
        found: dict[tuple[JobDirection, str], tuple[CallbackAttempt, ...]] = {}
        for attempt in self.attempts():
            fax = attempt.direction, attempt.job_id
            found[fax] = (*found.get(fax, ()), attempt)
        return found

    def close(self) -> None:
        self._client.close()

    def _depart(self, dispatch: _Dispatch) -> None:
        if dispatch.mishap.is_overtaken:
            with self._lock:
                self._held.append(dispatch)
            # When no other fax comes by, it goes by itself.
            self._schedule.at(self._clock.now() + _LONGEST_HOLD, partial(self._release, dispatch))
            return
        self._attempt(dispatch, 1)
        with self._lock:
            overtaken = tuple(self._held)
        for held in overtaken:
            self._release(held, is_overtaken=True)

    def _release(self, dispatch: _Dispatch, *, is_overtaken: bool = False) -> None:
        with self._lock:
            if dispatch not in self._held:
                return
            self._held.remove(dispatch)
        self._attempt(dispatch, 1, is_overtaken=is_overtaken)

    def _attempt(self, dispatch: _Dispatch, number: int, *, is_overtaken: bool = False) -> None:
        callback = dispatch.callback
        at = self._clock.now()
        answer = None if dispatch.mishap.arrival is Arrival.UNREACHABLE else self._call(callback.request)
        attempt = CallbackAttempt(
            callback.job_id, callback.direction, at, number, callback.said, answer, is_overtaken
        )
        with self._lock:
            self._attempts.append(attempt)
            self._shelf.put(str(len(self._attempts)), attempt)
        if not attempt.is_acknowledged and number < self._retries.attempts:
            self._schedule.at(at + self._retries.wait, partial(self._attempt, dispatch, number + 1))

    def _call(self, request: httpx.Request) -> int | None:
        try:
            return self._client.send(request).status_code
        except httpx.TransportError:
            return None
