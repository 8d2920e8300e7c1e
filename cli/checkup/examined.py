"""The stack that is looked at: what it consists of, and how it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import boto3
import httpx
from botocore.exceptions import ClientError

from cli.api import Api
from cli.checkup.aws import AwsCalls, Boto3Calls
from cli.installation import PROVIDERS
from cli.stack import LIST, resources_by_kind
from local.runtime.errors import CannotRun
from local.runtime.stack_name import STACK

# AWS refuses what is signed five minutes off (IAM's user guide); times that are compared go wrong before.
MOST_OFF: Final = timedelta(seconds=60)
_MONITORING: Final = "Monitoring"
Resources = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """`parameters` and `outputs` are the stack's; `status` is CloudFormation's, and empty on this machine.

    `resources` are the stack's, and `watching` those of the stack within that watches it: what each is
    called, by kind and logical id. `now` is the time of whoever looks, `http` calls as a provider does.
    """

    name: str
    aws: AwsCalls
    api: Api
    http: httpx.Client
    now: Callable[[], datetime]
    resources: Resources
    watching: Resources = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    is_on_this_machine: bool = False

    def called(self, kind: str) -> Mapping[str, str]:
        """What the stack's resources of this kind are called, by their logical ids."""
        return self.resources.get(kind, {})


def deployed(
    name: str,
    aws: AwsCalls,
    api_at: Callable[[str], Api],
    *,
    http: httpx.Client,
    now: Callable[[], datetime],
) -> Examined:
    """The stack of this name in CloudFormation. Raises `CannotRun`, and what AWS refuses."""
    try:
        (found,) = aws.ask("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except ClientError as error:
        # The one trouble that keeps everything else from being looked at, and would look like a wrong key.
        ahead = ahead_of_aws(error.response, now())
        if abs(ahead) > MOST_OFF:
            raise CannotRun(
                f"this machine's clock is {round(abs(ahead).total_seconds())} s off AWS's: set it by NTP"
            ) from None
        raise
    outputs = _by_name(found.get("Outputs", ()), "Output")
    if "ApiUrl" not in outputs:
        raise CannotRun(f"the stack {name} has no output ApiUrl: it is not Faxledger's, or not made yet")
    resources = resources_by_kind(aws.pages("cloudformation", LIST, StackName=name))
    monitoring = resources.get("AWS::CloudFormation::Stack", {}).get(_MONITORING)
    return Examined(
        name=name,
        aws=aws,
        api=api_at(outputs["ApiUrl"]),
        http=http,
        now=now,
        resources=resources,
        watching=resources_by_kind(aws.pages("cloudformation", LIST, StackName=monitoring))
        if monitoring
        else {},
        parameters=_by_name(found.get("Parameters", ()), "Parameter"),
        outputs=outputs,
        status=found["StackStatus"],
    )


def on_this_machine(api: Api, admin_port: int, *, http: httpx.Client) -> Examined:
    """The bundle that runs here, which is no stack and names each resource by its logical id.

    Raises `CannotRun` where none answers.
    """
    admin = f"http://127.0.0.1:{admin_port}"

    def ask(path: str) -> Any:
        try:
            return http.get(f"{admin}{path}").raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise CannotRun(
                f"no bundle answers at port {admin_port} of this machine: start one with `faxledger up`, or "
                "name a deployed stack with --stack"
            ) from None

    environments, about = ask("/environments"), ask("/about")
    aws = Boto3Calls(
        # A bundle on this machine looks at no credentials, and none that are real go there.
        boto3.Session("local", "local", region_name="us-east-1"),
        environments["QueryFaxes"]["AWS_ENDPOINT_URL"],
    )
    secrets = aws.pages("secretsmanager", "list_secrets")
    urls = [url for page in aws.pages("sqs", "list_queues") for url in page.get("QueueUrls", ())]
    return Examined(
        name=STACK,
        aws=aws,
        api=api,
        http=http,
        # It lives faster than this machine, or on another day.
        now=lambda: datetime.fromisoformat(ask("/about")["now"]),
        resources={
            "AWS::DynamoDB::Table": {"Table": environments["QueryFaxes"]["TABLE"]},
            "AWS::SecretsManager::Secret": {
                one["Name"].removeprefix(f"{STACK}-"): one["ARN"]
                for page in secrets
                for one in page["SecretList"]
            },
            "AWS::SQS::Queue": {url.rpartition(f"/{STACK}-")[2]: url for url in urls},
        },
        parameters={name: str(value) for name, value in about["parameters"].items()},
        outputs={
            "Version": about["version"],
            **{
                parts.callback_url: f"{api.url}/callbacks/{provider}/TOKEN"
                for provider, parts in PROVIDERS.items()
                if parts.callback in environments
            },
        },
        is_on_this_machine=True,
    )


def ahead_of_aws(answer: Mapping[str, Any], now: datetime) -> timedelta:
    """By how much `now` is ahead of AWS's time, which stands in each answer, a refusal too."""
    said = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return now - parsedate_to_datetime(said) if said else timedelta()


def _by_name(listed: Any, what: str) -> Mapping[str, str]:
    return {one[f"{what}Key"]: one[f"{what}Value"] for one in listed}
