"""When to try again what failed for the moment, and when to stop."""

import math
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Final, TypeVar

from faxledger.errors import AnswerLost, ProviderUnavailable

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 20.0

Answer = TypeVar("Answer")


class Patience:
    """Tries until `seconds` from now have passed, with growing waits of which chance takes up to a half.

    May be used by several threads at once, who share the time and not the waits.
    """

    def __init__(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._until = time.monotonic() + seconds
        self._sleep = sleep
        self._random = SystemRandom()

    def trying(self, ask: Callable[[float], Answer]) -> Answer:
        """What `ask` returns, which is given how many seconds it may take.

        The first time it may take its own; raises its `ProviderUnavailable` when no time is left for another.
        """
        within, wait = math.inf, _FIRST_WAIT
        while True:
            try:
                return ask(within)
            except AnswerLost:
                raise
            except ProviderUnavailable as failure:
                pause = max(failure.retry_after_seconds, wait * self._random.uniform(0.5, 1.0))
                if time.monotonic() + pause >= self._until:
                    raise
            self._sleep(pause)
            within, wait = max(self._until - time.monotonic(), 0.0), min(wait * 2, _LONGEST_WAIT)
