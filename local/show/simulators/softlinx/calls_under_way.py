"""What every call of either API passes through: the count of those under way, latency and refusal."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Lock

from local.show.simulators.faults import Faults, RequestDice
from local.show.simulators.softlinx.api_faults import ApiFaultState


class CallKind(StrEnum):
    QUERY = "query"
    MARK = "mark"
    OTHER = "other"


class CallsUnderWay:
    """`latency_seconds` are the wall's, and each call spends its own: calls at one moment wait together."""

    def __init__(
        self,
        *,
        faults: Callable[[], Faults],
        dice: RequestDice,
        fault_state: ApiFaultState,
        latency_seconds: float,
        sleep: Callable[[float], None],
    ) -> None:
        self._faults = faults
        self._dice = dice
        self._fault_state = fault_state
        self._latency_seconds = latency_seconds
        self._sleep = sleep
        self._lock = Lock()
        self._under_way: Counter[CallKind] = Counter()
        self._most_at_once: Counter[CallKind] = Counter()

    def most_at_once(self, kind: CallKind) -> int:
        with self._lock:
            return self._most_at_once[kind]

    @contextmanager
    def admit(self, kind: CallKind) -> Iterator[None]:
        """Count a call of this kind for as long as the block runs; raises `Overloaded`."""
        with self._lock:
            self._under_way[kind] += 1
            self._most_at_once[kind] = max(self._most_at_once[kind], self._under_way[kind])
        try:
            self._wait()
            self._fault_state.meet_call()
            yield
        finally:
            with self._lock:
                self._under_way[kind] -= 1

    def _wait(self) -> None:
        seconds = self._latency_seconds
        if self._dice.strike(self._faults().slow):
            seconds += self._faults().slow_seconds
        if seconds:
            self._sleep(seconds)
