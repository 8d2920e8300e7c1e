"""API Gateway's throttle: as many requests at once as its burst, and then its rate."""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any

from faxledger.usecases.ports.world import Clock
from local.runtime.template import reading


class Throttle:
    """A token bucket by the bundle's clock: `burst` requests at once, refilled at `rate` a second."""

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._filled_at = clock.now()
        self._lock = Lock()

    def admits(self) -> bool:
        """Whether one more request is let in now."""
        with self._lock:
            now = self._clock.now()
            seconds = (now - self._filled_at).total_seconds()
            self._left = min(self._burst, self._left + seconds * self._rate)
            self._filled_at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


def read_throttle(
    where: str, properties: Mapping[str, Any], resolve: Callable[[str, Any], Any], clock: Clock
) -> Throttle:
    """The throttle of all routes of an API; raises `CannotRun` where it has none, `UnknownConstruct`."""
    where = f"{where}.DefaultRouteSettings"
    with reading(where, properties.get("DefaultRouteSettings", {}), partial(resolve, where)) as settings:
        rate, burst = settings.take("ThrottlingRateLimit"), settings.take("ThrottlingBurstLimit")
    return Throttle(float(rate), float(burst), clock)
