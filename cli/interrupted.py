"""Waiting for Ctrl-C, and ending in one's own time when it comes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

_LOOK_EVERY_SECONDS: Final = 0.1


@contextmanager
def interrupted() -> Iterator[Event]:
    """Set by the first Ctrl-C or SIGTERM; the second ends the process at once."""
    stop = Event()
    before: dict[signal.Signals, Any] = {}

    def on_signal(number: int, _: Any) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_any(*events: Event) -> None:
    # Looking instead of waiting without end: a signal may reach another thread, but Python handles it in the
    # main one, which a lock without a timeout would keep asleep.
    while not any(event.is_set() for event in events):
        events[0].wait(_LOOK_EVERY_SECONDS)
