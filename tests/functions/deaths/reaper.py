"""Ends a function between any two of its steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import pytest

from faxledger.adapters import aws


class Died(BaseException):
    """The process is gone: nobody catches this, and nothing is tidied up by it."""


class Reaper:
    """Ends a process at one of its calls to AWS or a provider.

    Either before the call is made, or when it is done and its answer has not been looked at.
    """

    def __init__(self, *, is_late: bool) -> None:
        self._is_late = is_late
        self._left = 0

    @contextmanager
    def at(self, call: int) -> Iterator[None]:
        """End whatever runs here at its `call`-th call."""
        self._left = call
        try:
            yield
        finally:
            self._left = 0

    def before_call(self, **_: object) -> None:
        if not self._is_late:
            self._count()

    def after_call(self, **_: object) -> None:
        if self._is_late:
            self._count()

    def _count(self) -> None:
        if self._left:
            self._left -= 1
            if not self._left:
                raise Died

    @contextmanager
    def at_work(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        emitter = aws._session().get_component("event_emitter")
        emitter.register_first("before-send", self.before_call)
        emitter.register("after-call", self.after_call)
        handle = httpcore.ConnectionPool.handle_request

        def handled(pool: httpcore.ConnectionPool, request: httpcore.Request) -> Any:
            self.before_call()
            answer = handle(pool, request)
            self.after_call()
            return answer

        patch.setattr(httpcore.ConnectionPool, "handle_request", handled)
        try:
            yield
        finally:
            emitter.unregister("before-send", self.before_call)
            emitter.unregister("after-call", self.after_call)
