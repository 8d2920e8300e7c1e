"""Ends a function between any two of its steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import local
from typing import Any, Final

import httpcore
import pytest
from botocore.model import OperationModel

from local.runtime.functions import Killed
from local.runtime.shared_clients import listening

# What leaves AWS as it was.
_READING: Final = ("BatchGet", "Describe", "Get", "Head", "List", "Query")


class Reaper:
    """Ends a process at one of its calls to AWS or a provider.

    Either before the call is made, or when it is done and its answer has not been looked at. What would tidy
    up afterwards gets no further call through either. Of calls in a row that only read, one counts: whoever
    dies between two of them leaves what the first would have left.
    """

    def __init__(self) -> None:
        # Of each thread its own: what runs beside it goes on.
        self._here = local()

    @contextmanager
    def at(self, call: int, *, is_late: bool) -> Iterator[None]:
        """End whatever runs in this thread at its `call`-th call."""
        self._here.left, self._here.is_late, self._here.has_read = call, is_late, False
        try:
            yield
        finally:
            del self._here.left

    def before_call(self, model: OperationModel | None = None, **_: object) -> None:
        """Without a `model` it is a provider that is called."""
        had_read = getattr(self._here, "has_read", False)
        self._here.has_read = _only_reads(model)
        self._pass(is_late=False, is_step=not had_read)

    def after_call(self, model: OperationModel | None = None, **_: object) -> None:
        self._pass(is_late=True, is_step=not _only_reads(model))

    def _pass(self, *, is_late: bool, is_step: bool) -> None:
        left = getattr(self._here, "left", None)
        if left is None or self._here.is_late is not is_late or not (is_step or left < 1):
            return
        self._here.left = left - 1
        if left <= 1:
            raise Killed

    @contextmanager
    def at_work(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        handle = httpcore.ConnectionPool.handle_request

        def handled(pool: httpcore.ConnectionPool, request: httpcore.Request) -> Any:
            self.before_call()
            answer = handle(pool, request)
            try:
                self.after_call()
            except Killed:
                # The system hangs up for the dead.
                answer.close()
                raise
            return answer

        patch.setattr(httpcore.ConnectionPool, "handle_request", handled)
        with listening("before-call", self.before_call), listening("after-call", self.after_call):
            yield


def _only_reads(model: OperationModel | None) -> bool:
    return model is not None and model.name.startswith(_READING)
