"""A bound on what a computation costs, which a busy machine does not break."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest


@contextmanager
def bounded_computation(seconds: float) -> Iterator[None]:
    """Fails a block that takes more of this process's own processor time; what others take is not counted.

    A regular expression that tries for ever is stopped too. For the main thread, where tests run.
    """

    def stop(*_: object) -> NoReturn:
        pytest.fail(f"this took more than {seconds} s of the processor's time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
