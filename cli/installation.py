"""What a stack, or the bundle on this machine, has of each provider, and how its functions are asked."""

import base64
import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
import httpx
from botocore.config import Config

from cli.arguments import add_admin_port
from cli.which_stack import ON_THIS_MACHINE, StackName, add_which_api, stack_or_bundle_of
from local.runtime.errors import CannotRun

# The longest that a function may run, and a little.
_PATIENCE_SECONDS: Final = 910
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_USUAL_ADMIN_PORT: Final = 3001


@dataclass(frozen=True, slots=True)
class ProviderParts:
    """What a provider's parts are called in the template, and what a person calls it."""

    title: str
    account: str
    callback_url: str
    tokens: str
    credentials: str
    callback: str
    origin: str
    asking: str


PROVIDERS: Final[Mapping[str, ProviderParts]] = {
    "softlinx": ProviderParts(
        title="Softlinx",
        account="SoftlinxRealm",
        callback_url="SoftlinxCallbackUrl",
        tokens="SoftlinxCallbackTokens",
        credentials="SoftlinxCredentials",
        callback="SoftlinxCallback",
        origin="softlinx-callback",
        asking="SoftlinxPoll",
    ),
    "greenfax": ProviderParts(
        title="GreenFax",
        account="GreenFaxAccountId",
        callback_url="GreenFaxNotifyUrl",
        tokens="GreenFaxCallbackTokens",
        credentials="GreenFaxCredentials",
        callback="GreenFaxNotify",
        origin="greenfax-notify",
        asking="GreenFaxFeed",
    ),
}


@dataclass(frozen=True, slots=True)
class FunctionRun:
    """What an invocation gave: its result, or in `error` the type of what went wrong; and the log's end."""

    result: Any
    error: str | None
    log: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was counted until `asked_at`, and when first and last; None where nobody knows."""

    total: int
    asked_at: datetime
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """One stack or bundle: by provider its account, and by the template's names the ids of its secrets.

    A provider that takes no callbacks has no URL. `options` name this stack to another command.
    """

    options: str
    accounts: Mapping[str, str]
    callback_urls: Mapping[str, str]
    secret_ids: Mapping[str, str]
    secrets: Any
    invoke: Callable[[str, object], FunctionRun]
    counted: Callable[[str, Mapping[str, str], datetime], Counted]
    is_on_this_machine: bool = False

    def secret_id(self, name: str, provider: str) -> str:
        """Raises `CannotRun` where this stack has none of this name."""
        if provider not in self.accounts:
            parts = PROVIDERS[provider]
            raise CannotRun(f"this stack is without {parts.title}: `faxledger init` adds it")
        if name not in self.secret_ids:
            raise CannotRun(f"this stack has no {name}: it takes no callbacks of {PROVIDERS[provider].title}")
        return self.secret_ids[name]


def add_which_installation(command: ArgumentParser) -> None:
    """The options by which `installation_of` finds it."""
    add_which_api(command)
    add_admin_port(command)


def installation_of(given: Namespace) -> Installation:
    """The stack that the options name, else the environment, else the bundle on this machine.

    Raises `CannotRun`; what AWS refuses is told by the guard.
    """
    asked = stack_or_bundle_of(given)
    if isinstance(asked, StackName):
        return _deployed(asked, given)
    return _on_this_machine(asked.url, given.admin_port)


def _deployed(stack: StackName, given: Namespace) -> Installation:
    session = stack.session()
    (found,) = session.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", ())}
    if "ApiUrl" not in outputs:
        raise CannotRun(
            f"the stack {stack.name} has no output ApiUrl: it is not Faxledger's, or not made yet"
        )
    accounts = {
        name: account for name, parts in PROVIDERS.items() if (account := parameters.get(parts.account))
    }
    given_options = (("--stack", given.stack), ("--region", given.region), ("--profile", given.profile))
    return Installation(
        options="".join(f" {option} {value}" for option, value in given_options if value),
        accounts=accounts,
        callback_urls={
            name: outputs[PROVIDERS[name].callback_url]
            for name in accounts
            if PROVIDERS[name].callback_url in outputs
        },
        secret_ids=outputs,
        secrets=session.client("secretsmanager"),
        invoke=lambda function, event: _invoke(session, stack.name, function, event),
        counted=lambda name, labels, since: _counted(session, stack.name, name, labels, since),
    )


def _invoke(session: boto3.Session, stack: str, function: str, event: object) -> FunctionRun:
    resource = session.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId=function
    )["StackResourceDetail"]
    # A second request would be a second run.
    config = Config(read_timeout=_PATIENCE_SECONDS, retries={"total_max_attempts": 1})
    answer = session.client("lambda", config=config).invoke(
        FunctionName=resource["PhysicalResourceId"], LogType="Tail", Payload=json.dumps(event).encode()
    )
    return run_in(answer)


def run_in(answer: Mapping[str, Any]) -> FunctionRun:
    """What Lambda answers to an invocation whose log's tail was asked for."""
    result = json.loads(answer["Payload"].read() or b"null")
    log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
    if "FunctionError" in answer:
        return FunctionRun(None, str(result.get("errorType", "Unknown")), log)
    return FunctionRun(result, None, log)


def _counted(
    session: boto3.Session, stack: str, name: str, labels: Mapping[str, str], since: datetime
) -> Counted:
    now = datetime.now(UTC)
    # At most 1,440 at once: a day by the minute, which is also as long as somebody looks so closely.
    period = _MINUTE if now - since < timedelta(days=1) else _HOUR
    points = session.client("cloudwatch").get_metric_statistics(
        Namespace=f"Faxledger/{stack}",
        MetricName=name,
        Dimensions=[{"Name": label, "Value": value} for label, value in labels.items()],
        StartTime=max(since, now - 1440 * period).replace(second=0, microsecond=0),
        EndTime=now + period,  # with the one under way
        Period=int(period.total_seconds()),
        Statistics=["Sum"],
    )["Datapoints"]
    times = sorted(point["Timestamp"] for point in points if point["Sum"])
    first, last = (times[0], times[-1]) if times else (None, None)
    return Counted(int(sum(point["Sum"] for point in points)), now, first, last)


def _on_this_machine(api_url: str, admin_port: int) -> Installation:
    admin = f"http://127.0.0.1:{admin_port}"
    try:
        answer = httpx.get(f"{admin}/environments", trust_env=False)
        environments = answer.raise_for_status().json()
        endpoint = environments["QueryFaxes"]["AWS_ENDPOINT_URL"]
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        raise CannotRun(
            f"no bundle answers at port {admin_port} of this machine: start one with `faxledger up`, or name "
            "a deployed stack with --stack"
        ) from None
    account_names = {"softlinx": "SOFTLINX_ACCOUNT", "greenfax": "GREENFAX_ACCOUNT"}
    accounts = {
        name: account
        for name, variable in account_names.items()
        if (account := environments["QueryFaxes"].get(variable))
    }
    secret_ids, callback_urls = {}, {}
    for name in accounts:
        parts = PROVIDERS[name]
        secret_ids[parts.credentials] = environments[parts.asking]["CREDENTIALS_SECRET"]
        if parts.callback in environments:
            secret_ids[parts.tokens] = environments[parts.callback]["TOKEN_SECRET"]
            callback_urls[name] = f"{api_url.rstrip('/')}/callbacks/{name}/TOKEN"
    # A bundle on this machine looks at no credentials, and none that are real go there.
    session = boto3.Session("local", "local", region_name="us-east-1")
    return Installation(
        options="".join(
            (
                "" if api_url == ON_THIS_MACHINE else f" --api-url {api_url}",
                "" if admin_port == _USUAL_ADMIN_PORT else f" --admin-port {admin_port}",
            )
        ),
        accounts=accounts,
        callback_urls=callback_urls,
        secret_ids=secret_ids,
        secrets=session.client("secretsmanager", endpoint_url=endpoint),
        invoke=lambda function, event: _invoke_here(admin, function, event),
        counted=lambda name, labels, _: _counted_here(admin, name, labels),
        is_on_this_machine=True,
    )


def _counted_here(admin: str, name: str, labels: Mapping[str, str]) -> Counted:
    """Since the bundle was started: it forgets when."""
    answer = httpx.get(f"{admin}/metrics/{name}", params=dict(labels), trust_env=False)
    return Counted(answer.raise_for_status().json()["total"], datetime.now(UTC))


def _invoke_here(admin: str, function: str, event: object) -> FunctionRun:
    answer = httpx.post(
        f"{admin}/functions/{function}/invocations",
        json=event,
        # A feed that comes early waits for its moment.
        timeout=_PATIENCE_SECONDS,
        trust_env=False,
    ).json()
    if "problem" in answer:
        raise CannotRun(answer["problem"])
    error = answer["error"]
    return FunctionRun(answer["result"], None if error is None else error.partition(":")[0], answer["log"])
