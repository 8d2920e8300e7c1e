"""What the template says of each function: its code, its limits, its environment and what triggers it."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.runtime.errors import UnknownConstruct
from local.runtime.intrinsics import Resolver
from local.runtime.template import Resource, Section, Template, reading

# They say who may do what, on which machine and how it is started: nothing that would differ here.
_OF_NO_MEANING = (
    "Description",
    "Role",
    "Runtime",
    "Architectures",
    "Layers",
    "LoggingConfig",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "VersionDescription",
    "SnapStart",
    "ReservedConcurrentExecutions",
)


# What a build puts beside a function's code, and where it lies in a checkout.
_BUILT_BESIDE_CODE = {"/var/task/page": "console/built"}


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """`path` as in the template: `/faxes/{id}`. `is_open` is False where AWS asks for a signature.

    Where there are `scopes`, it asks for a token that has one of them instead.
    """

    method: str
    path: str
    is_open: bool
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule; its first run is at once, as EventBridge Scheduler does it."""

    period: timedelta

    def first(self, now: datetime) -> datetime:
        return now

    def after(self, when: datetime) -> datetime:
        return when + self.period


@dataclass(frozen=True, slots=True)
class Daily:
    """A schedule by the clocks of a time zone, at each of these times, the earliest first.

    Its first run waits for one of them.
    """

    at: tuple[time, ...]
    zone: ZoneInfo

    def first(self, now: datetime) -> datetime:
        return self.after(now)

    def after(self, when: datetime) -> datetime:
        """The next such moment, in UTC."""
        day = when.astimezone(self.zone).date()
        moments = (
            datetime.combine(day + timedelta(days=days), at, self.zone).astimezone(UTC)
            for days in range(3)
            for at in self.at
        )
        return next(moment for moment in moments if moment > when)


@dataclass(frozen=True, slots=True)
class FromStream:
    """`filters` are event patterns of which one has to match; `failures_to` is a bucket's ARN."""

    stream_arn: str
    batch_size: int
    window: timedelta
    reports_item_failures: bool
    bisects: bool
    most_retries: int
    failures_to: str | None
    filters: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FromQueue:
    queue_arn: str
    batch_size: int
    window: timedelta
    reports_item_failures: bool
    most_at_once: int


Schedule = Every | Daily
Trigger = HttpRoute | Schedule | FromStream | FromQueue


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """`name` is the logical id; `retries` are those of asynchronous invocations.

    `failures_to` is the ARN of the bucket for events that failed after them, if there is one.
    """

    name: str
    code: Path
    handler: str
    timeout: timedelta
    memory_megabytes: int
    retries: int
    failures_to: str | None
    environment: Mapping[str, str]
    triggers: Sequence[Trigger]


def _with_globals(globals_: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """As SAM does: a function's own properties count, and its variables are added to those of all."""
    merged = {**globals_, **own}
    variables = [one["Environment"]["Variables"] for one in (globals_, own) if "Environment" in one]
    if variables:
        merged["Environment"] = {
            "Variables": {key: value for some in variables for key, value in some.items()}
        }
    return merged


def read_plan(template: Template, resource: Resource, resolver: Resolver) -> FunctionPlan:
    """Raises `UnknownConstruct` for a property or an event that the runner does not know."""
    name = resource.name
    merged = _with_globals(template.function_globals, resource.properties)
    with reading(name, merged, partial(resolver.resolve, name)) as function:
        function.pass_over(*_OF_NO_MEANING)
        environment = function.take("Environment", {"Variables": {}})
        with reading(f"{name}.EventInvokeConfig", function.take("EventInvokeConfig", {})) as invoke:
            retries = invoke.take("MaximumRetryAttempts", 2)
            # A retry comes within minutes, so no event here grows that old.
            invoke.pass_over("MaximumEventAgeInSeconds")
            failures_to = _failures_to(invoke, "S3Bucket")
        return FunctionPlan(
            name=name,
            code=template.folder / function.take("CodeUri"),
            handler=function.take("Handler"),
            timeout=timedelta(seconds=function.take("Timeout", 3)),
            memory_megabytes=function.take("MemorySize", 128),
            retries=retries,
            failures_to=failures_to,
            environment={
                key: _on_this_machine(template.folder, _text(value))
                for key, value in environment["Variables"].items()
            },
            triggers=[
                _trigger(f"{name}.{event}", entry) for event, entry in function.take("Events", {}).items()
            ],
        )


def _trigger(where: str, entry: Any) -> Trigger:
    with reading(where, entry) as event:
        kind = event.take("Type")
        if kind not in _TRIGGERS:
            raise UnknownConstruct(where, f"the event type {kind}")
        with reading(where, event.take("Properties")) as properties:
            return _TRIGGERS[kind](properties)


def _route(event: Section) -> HttpRoute:
    event.take("ApiId")  # there is one API
    with reading(f"{event.where}.Auth", event.take("Auth", {"Authorizer": "NONE"})) as auth:
        authorizer = auth.take("Authorizer")
    if authorizer not in {"NONE", "AWS_IAM"}:
        raise UnknownConstruct(event.where, f"the authorizer {authorizer}")
    return HttpRoute(event.take("Method").upper(), event.take("Path"), is_open=authorizer == "NONE")


def _schedule(event: Section) -> Schedule:
    # Nothing stands between the schedule and the function here, so there is nothing to try again.
    event.pass_over("Description", "RetryPolicy", "OmitName", "RoleArn")
    expression = event.take("ScheduleExpression")
    zone = event.take("ScheduleExpressionTimezone", "UTC")
    if match := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return Every(timedelta(**{f"{match[2]}s": int(match[1])}))
    # Minute and hour of every day, also every so many minutes from one on, and nothing else.
    if match := re.fullmatch(
        r"cron\(([0-5]?\d)(?:/([1-9]|[1-5]\d))? ([01]?\d|2[0-3]) \* \* \? \*\)", expression
    ):
        minutes = range(int(match[1]), 60, int(match[2] or 60))
        return Daily(tuple(time(int(match[3]), minute) for minute in minutes), _zone(event, zone))
    raise UnknownConstruct(event.where, f"the schedule {expression}")


def _zone(event: Section, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UnknownConstruct(event.where, f"the time zone {name}") from None


def _stream(event: Section) -> FromStream:
    if event.take("StartingPosition") != "TRIM_HORIZON":
        raise UnknownConstruct(event.where, "another StartingPosition than TRIM_HORIZON")
    with reading(f"{event.where}.FilterCriteria", event.take("FilterCriteria", {})) as criteria:
        filters = [json.loads(one["Pattern"]) for one in criteria.take("Filters", [])]
    return FromStream(
        stream_arn=event.take("Stream"),
        batch_size=event.take("BatchSize", 100),
        window=timedelta(seconds=event.take("MaximumBatchingWindowInSeconds", 0)),
        reports_item_failures=_reports_item_failures(event),
        bisects=event.take("BisectBatchOnFunctionError", "false") in (True, "true"),
        # Lambda's own default is to repeat until the record has left the stream.
        most_retries=event.take("MaximumRetryAttempts", 10_000),
        failures_to=_failures_to(event, "S3"),
        filters=filters,
    )


def _failures_to(section: Section, bucket: str) -> str | None:
    """The ARN of a bucket, which SAM calls `bucket` here; nothing else is known."""
    with reading(f"{section.where}.DestinationConfig", section.take("DestinationConfig", {})) as destinations:
        on_failure = destinations.take("OnFailure", None)
        if on_failure is None:
            return None
        with reading(f"{section.where}.OnFailure", on_failure) as target:
            if (kind := target.take("Type")) != bucket:
                raise UnknownConstruct(section.where, f"the failure destination {kind}")
            return str(target.take("Destination"))


def _queue(event: Section) -> FromQueue:
    with reading(f"{event.where}.ScalingConfig", event.take("ScalingConfig", {})) as scaling:
        most_at_once = scaling.take("MaximumConcurrency", 1000)
    return FromQueue(
        queue_arn=event.take("Queue"),
        batch_size=event.take("BatchSize", 10),
        window=timedelta(seconds=event.take("MaximumBatchingWindowInSeconds", 0)),
        reports_item_failures=_reports_item_failures(event),
        most_at_once=most_at_once,
    )


_TRIGGERS: Mapping[str, Callable[[Section], Trigger]] = {
    "HttpApi": _route,
    "ScheduleV2": _schedule,
    "DynamoDB": _stream,
    "SQS": _queue,
}


def _reports_item_failures(event: Section) -> bool:
    kinds = event.take("FunctionResponseTypes", [])
    if unknown := set(kinds) - {"ReportBatchItemFailures"}:
        raise UnknownConstruct(event.where, min(unknown))
    return bool(kinds)


def _on_this_machine(folder: Path, text: str) -> str:
    return str(folder / _BUILT_BESIDE_CODE[text]) if text in _BUILT_BESIDE_CODE else text


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
