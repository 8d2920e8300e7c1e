"""The API's throttle on one machine, as API Gateway has it."""

from local.runtime.throttle import Throttle
from tests.fakes.clock import StoppedClock


def test_a_burst_is_let_in_at_once_and_then_the_rate() -> None:
    clock = StoppedClock()
    throttle = Throttle(rate=10, burst=20, clock=clock)
    assert [throttle.admits() for _ in range(21)] == [True] * 20 + [False]
    clock.advance(seconds=0.5)
    assert [throttle.admits() for _ in range(6)] == [True] * 5 + [False]
    clock.advance(hours=1)
    assert [throttle.admits() for _ in range(21)] == [True] * 20 + [False]
