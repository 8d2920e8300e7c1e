"""Runs the handlers as Lambda does: fresh execution environments, one invocation at a time in each."""

import importlib.util
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import Any
from uuid import uuid4

from faxledger import bootstrap
from faxledger.usecases.ports.world import Clock
from local.runtime.clock import VirtualClock
from local.runtime.errors import CannotRun
from local.runtime.function_plans import FunctionPlan
from local.runtime.logs import FunctionLog, printing_into

Event = Mapping[str, Any]
Handler = Callable[[Any, "Context"], Any]

# Between the attempts of an asynchronous invocation (Lambda's developer guide).
_UNTIL_RETRY = (timedelta(minutes=1), timedelta(minutes=2))
# What Lambda says of a process that ended by itself.
_KILLED = "Runtime exited"
_serials = count()


class Killed(BaseException):
    """Raised in the middle of an invocation: its process is gone, and its environment with it."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation gave: `result` as JSON has it, or in `error` why there is none."""

    function: str
    request_id: str
    result: Any
    error: str | None
    log: str


class Context:
    """The handler's second argument, by the bundle's clock."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, plan: FunctionPlan, function_name: str, clock: VirtualClock) -> None:
        self.function_name = function_name
        self.invoked_function_arn = f"arn:aws:lambda:local:123456789012:function:{function_name}"
        self.memory_limit_in_mb = str(plan.memory_megabytes)
        self.aws_request_id = str(uuid4())
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self._clock = clock
        self._deadline = clock.now() + plan.timeout

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - self._clock.now()) / timedelta(milliseconds=1)))

    @property
    def is_overdue(self) -> bool:
        return self._clock.now() > self._deadline


class Function:
    """One function of the bundle; `after_each` is called when an invocation is over.

    `neighbours` are the servers of this machine that stand for a provider's own, `receivers_clock` is what
    those go by that are told. `give_up` is called with an asynchronous event that failed for good and its
    last invocation. `around` may be set at any time to what each invocation runs within, such as something
    that breaks it.
    """

    def __init__(
        self,
        plan: FunctionPlan,
        clock: VirtualClock,
        log: FunctionLog,
        *,
        stack: str,
        neighbours: frozenset[str] = frozenset(),
        receivers_clock: Clock | None = None,
        after_each: Callable[[], None],
        give_up: Callable[[FunctionPlan, Event, Invocation], None] = lambda *_: None,
    ) -> None:
        self.plan = plan
        self._clock = clock
        self._log = log
        self._function_name = f"{stack}-{plan.name}"
        self.around: Callable[[Event], AbstractContextManager[object]] = lambda _: nullcontext()
        self._after_each = after_each
        self._give_up = give_up
        self._world = bootstrap.World(plan.environment, clock, neighbours, receivers_clock)
        self._idle: list[Handler] = []
        self._lock = Lock()

    def invoke(self, event: Event) -> Invocation:
        """One invocation, to its end; a handler's exception is in the answer and not raised."""
        with self._clock.activity():
            with self._lock:
                idle = self._idle
                handler = idle.pop() if idle else None
            handler = handler or self._start_environment()
            try:
                invocation = self._run(handler, event)
                if invocation.error != _KILLED:
                    idle.append(handler)
                return invocation
            finally:
                self._after_each()

    def redeploy(self) -> None:
        """Have every environment begin anew; what runs goes on to its end."""
        with self._lock:
            self._idle = []

    def invoke_later(self, when: datetime, event: Event, attempt: int = 0) -> None:
        """An asynchronous invocation, with the retries that the template gives it."""

        def attempt_it() -> None:
            invocation = self.invoke(event)
            if invocation.error is None:
                return
            if attempt >= self.plan.retries:
                self._give_up(self.plan, event, invocation)
            else:
                pause = _UNTIL_RETRY[min(attempt, len(_UNTIL_RETRY) - 1)]
                self.invoke_later(self._clock.now() + pause, event, attempt + 1)

        self._clock.at(when, attempt_it)

    def _start_environment(self) -> Handler:
        """A fresh import, so that nothing at a module's level is shared with another environment."""
        module_name, _, handler_name = self.plan.handler.rpartition(".")
        path = self.plan.code / f"{module_name}.py"
        name = f"faxledger_local_{self.plan.name}_{next(_serials)}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise CannotRun(f"{self.plan.name}: there is no {path}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses and pickles look their module up there
        with bootstrap.within(self._world):
            spec.loader.exec_module(module)
        handler: Handler = getattr(module, handler_name)
        return handler

    def _run(self, handler: Handler, event: Event) -> Invocation:
        context = Context(self.plan, self._function_name, self._clock)
        printed: list[str] = []
        result, error = None, None
        with printing_into(printed), bootstrap.within(self._world):
            try:
                with self.around(event):
                    result = json.loads(json.dumps(handler(json.loads(json.dumps(event)), context)))
            except Killed:
                error = _KILLED
                print(error)
            except Exception as raised:  # noqa: BLE001 - whatever it is, it ends this invocation and no other
                error = f"{type(raised).__name__}: {raised}"
                print(traceback.format_exc())
        if error is None and context.is_overdue:
            result, error = None, f"Task timed out after {self.plan.timeout.total_seconds():.2f} seconds"
            printed.append(f"{error}\n")
        log = "".join(printed)
        self._log.keep(self.plan.name, log)
        return Invocation(self.plan.name, context.aws_request_id, result, error, log)
