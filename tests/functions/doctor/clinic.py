"""A clinic whose stack is well, until a test plants something that is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from importlib.metadata import version
from threading import RLock
from typing import Any

import boto3
import httpx
from botocore.exceptions import ClientError

from cli.api import Api
from cli.checkup.aws import Boto3Calls, NotPermitted
from cli.checkup.examined import Examined, deployed
from cli.checkup.findings import Finding
from cli.doctor import CHECKS, look
from faxledger.domain.coverage import Coverage, Days, FeedProgress, LastReading
from faxledger.ledger.claims import DynamoClaims
from faxledger.ledger.feed_progress import DynamoFeedProgresses
from faxledger.ledger.heard import DynamoHeard
from faxledger.ledger.table import Table
from faxledger.providers.softlinx.marking import Mode, offers_of
from faxledger.usecases.ports.heard import query as query_of
from tests.support.bundle_on_moto import TOKEN, Event, Stack, greenfax_get, query, softlinx_post
from tests.support.template import raw_template

NAME = "clinic"
QUERIES = [offer.name for offer in offers_of(Mode.PUSH) if not offer.looks_back]
ALARM = "clinic-Monitoring-1A-LoginIsRefused-2B"
LOGS = "clinic-Logs-3C"
PARAMETERS = {"RetentionDays": "400", "LogDays": "90", "QueueConcurrency": "2"}


@cache
def _aws() -> Boto3Calls:
    # Kept over all tests: making a client takes longer than all that a check asks.
    return Boto3Calls(boto3.Session())


# A resource's type, its logical id and what it is called.
Resource = tuple[str, str, str]


class Clinic:
    """A deployed stack, as CloudFormation, moto and the stack's own functions have it.

    `answers` are given in the place of moto's, by service and operation: what moto lacks, and the times that
    it takes from this machine.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        # Checks are made side by side; what a function asks of AWS is held against its role alone.
        self._one_at_a_time = RLock()
        self.answers: dict[tuple[str, str], Any] = {
            ("cloudformation", "describe_stacks"): lambda _: self._said_at(self.now()),
            ("lambda", "get_account_settings"): lambda _: limits(1000),
            ("secretsmanager", "get_secret_value"): self._secret,
        }
        self._stacks: Mapping[str, Sequence[Resource]] = {}
        self.token_age = timedelta(days=30)
        self.callbacks: list[httpx.Request] = []
        self._names: dict[str, dict[str, str]] = {}
        for name, resource in raw_template()["Resources"].items():
            if made := stack._attributes.get(name):
                self._names.setdefault(resource["Type"], {})[name] = made
        self._names["AWS::Logs::LogGroup"] = {"Logs": LOGS}
        self._names["AWS::Scheduler::Schedule"] = {}
        self.table = Table(self.client("dynamodb"), stack.table.name, 400, 24, lambda _: None)

    def now(self) -> datetime:
        return self.stack.clock.now()

    def ask(self, service: str, operation: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Implements `AwsCalls`."""
        with self._one_at_a_time:
            if answer := self.answers.get((service, operation)):
                given: Mapping[str, Any] = answer(parameters)
                return given
            return _aws().ask(service, operation, **parameters)

    def pages(self, service: str, operation: str, /, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """What CloudFormation lists of a stack, a resource a page."""
        assert (service, operation) == ("cloudformation", "list_stack_resources")
        names = ("ResourceType", "LogicalResourceId", "PhysicalResourceId")
        for one in self._stacks[parameters["StackName"]]:
            listed = {**dict(zip(names, one, strict=True)), "ResourceStatus": "CREATE_COMPLETE"}
            yield {"StackResourceSummaries": [listed]}

    def client(self, service: str) -> Any:
        """moto's, for whoever plants something."""
        return _aws()._client(service)

    def examined(self, **changed: Any) -> Examined:
        whole = Examined(
            name=NAME,
            aws=self,
            api=Api("http://127.0.0.1:3000"),
            http=httpx.Client(transport=httpx.MockTransport(self.call)),
            now=self.now,
            resources=self._names,
            watching={"AWS::CloudWatch::Alarm": {"LoginIsRefused": ALARM}},
            parameters=PARAMETERS,
            outputs={
                "Version": version("faxledger"),
                "Alarms": self._names["topic"]["Alarms"],
                "SoftlinxCallbackUrl": "https://faxes.clinic.example/callbacks/softlinx/TOKEN",
                "GreenFaxNotifyUrl": "https://faxes.clinic.example/callbacks/greenfax/TOKEN",
            },
            status="UPDATE_COMPLETE",
        )
        return replace(whole, **changed)

    def look(self, *names: str, **changed: Any) -> Mapping[str, Finding]:
        """What each check says, or each of those that are named."""
        checks = [(name, check) for name, check in CHECKS if name in names or not names]
        assert checks
        return {finding.check: finding for finding in look(self.examined(**changed), checks)}

    def forbid(self, service: str, operation: str, action: str) -> None:
        def refuse(_: object) -> None:
            raise NotPermitted(action)

        self.answers[service, operation] = refuse

    def hide(self, secret: str) -> None:
        """Whoever looks may read every secret but this."""

        def refuse(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
            if parameters["SecretId"] == self._names["AWS::SecretsManager::Secret"][secret]:
                raise NotPermitted("secretsmanager:GetSecretValue")
            return self._secret(parameters)

        self.answers["secretsmanager", "get_secret_value"] = refuse

    def is_well(self) -> None:
        """Make and note whatever a stack has that is well."""
        for token in ("SoftlinxCallbackTokens", "GreenFaxCallbackTokens"):
            self.stack.put_secret(token, TOKEN)
        self._make_schedules()
        self._make_alarm()
        self.client("logs").create_log_group(logGroupName=LOGS)
        self.client("logs").put_retention_policy(logGroupName=LOGS, retentionInDays=90)
        self._expire(is_wanted=True)
        self.heard("softlinx", "callback", *(query_of(name) for name in QUERIES))
        self.heard("greenfax", "notify")
        for direction in ("outbound", "inbound"):
            self.read_feed(direction)

    def heard(self, provider: str, *what: str) -> None:
        for one in what:
            DynamoHeard(self.table).note(provider, one, self.now())

    def forget(self, provider: str, what: str) -> None:
        """As if it had never been heard."""
        self.stack.table.update_item(
            Key={"pk": f"HEARD#{provider}", "sk": "HEARD"},
            UpdateExpression="REMOVE #what",
            ExpressionAttributeNames={"#what": what},
        )

    def claim(self, what: str, lasting: timedelta) -> None:
        DynamoClaims(self.table).claim(what, now=self.now(), until=self.now() + lasting)

    def read_feed(
        self, direction: str, *, days_missing: int = 0, unread_for: timedelta = timedelta()
    ) -> None:
        """Read up to today, but for so many days after a first one; asked now, and read so long ago."""
        today = self.now().date()
        since = today - timedelta(days=7)
        covered = [Days(since, since), Days(since + timedelta(days=1 + days_missing), today)]
        progress = FeedProgress(
            since=since,
            covered=Coverage(tuple(covered)) if days_missing else Coverage((Days(since, today),)),
            revision=1 + days_missing + int(unread_for > timedelta()),
            asked_at=self.now(),
            last_readings=(LastReading(Days(today, today), self.now() - unread_for),),
            most_current=90,
            most_older=90,
        )
        DynamoFeedProgresses(self.table).write(f"greenfax-{direction}", progress)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the API's functions answer."""
        path = request.url.path
        return self._http("QueryFaxes", query(f"{request.method} {path}"))

    def call(self, request: httpx.Request) -> httpx.Response:
        """What the callback functions answer."""
        *_, provider, token = request.url.path.split("/")
        function, event = {
            "softlinx": ("SoftlinxCallback", softlinx_post("", token=token)),
            "greenfax": ("GreenFaxNotify", greenfax_get("", token=token)),
        }[provider]
        event["headers"] |= dict(request.headers)
        return self._http(function, event)

    def _http(self, function: str, event: Event) -> httpx.Response:
        with self._one_at_a_time:
            answer = self.stack.http(function, event)
        return httpx.Response(answer.status, headers=dict(answer.headers), text=answer.body)

    def called(self, kind: str) -> dict[str, str]:
        return self._names[kind]

    def switch_off(self, name: str) -> None:
        schedule = self.client("scheduler").get_schedule(Name=f"{NAME}-{name}")
        kept = {key: schedule[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
        self.client("scheduler").update_schedule(**kept, State="DISABLED")

    def count(self, metric: str, value: float, **labels: str) -> None:
        """As the functions do."""
        self._put_metric(f"Faxledger/{NAME}", metric, value, labels)

    def say_age_of(self, queue: str, age: timedelta) -> None:
        """As SQS does of a queue's oldest message."""
        labels = {"QueueName": queue}
        self._put_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", age.total_seconds(), labels)

    def keep_for_ever(self) -> None:
        self._expire(is_wanted=False)

    def _expire(self, *, is_wanted: bool) -> None:
        expiry = {"Enabled": is_wanted, "AttributeName": "expires_at"}
        self.client("dynamodb").update_time_to_live(
            TableName=self.stack.table.name, TimeToLiveSpecification=expiry
        )

    def _put_metric(self, namespace: str, name: str, value: float, labels: Mapping[str, str]) -> None:
        told = {
            "MetricName": name,
            "Value": value,
            "Timestamp": self.now() - timedelta(minutes=5),
            "Dimensions": [{"Name": label, "Value": text} for label, text in labels.items()],
        }
        self.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[told])

    def deploy(self, stacks: Mapping[str, Sequence[Resource]], **stack: Any) -> None:
        """What CloudFormation says of the stack, and of the resources of each stack that is named."""
        self.answers["cloudformation", "describe_stacks"] = lambda _: {"Stacks": [stack]}
        self._stacks = stacks

    def find_deployed(self, *, now: datetime) -> Examined:
        return deployed(NAME, self, Api, http=httpx.Client(), now=lambda: now)

    def refuse_signatures(self) -> None:
        """As AWS does where it is another time."""

        def refuse(_: object) -> None:
            answer: Any = {"Error": {"Code": "SignatureDoesNotMatch"}, **self._said_at(self.now())}
            raise ClientError(answer, "DescribeStacks")

        self.answers["cloudformation", "describe_stacks"] = refuse

    def _make_schedules(self) -> None:
        for name in ("SoftlinxPollScheduled", "GreenFaxFeedScheduled"):
            self.client("scheduler").create_schedule(
                Name=f"{NAME}-{name}",
                ScheduleExpression="rate(1 hour)",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": f"arn:aws:lambda:::function:{name}", "RoleArn": "arn:aws:iam::1:role/a"},
            )
            self._names["AWS::Scheduler::Schedule"][name] = f"{NAME}-{name}"

    def _make_alarm(self) -> None:
        sns = self.client("sns")
        topic = sns.create_topic(Name="clinic-alarms")["TopicArn"]
        self._names["topic"] = {"Alarms": topic}
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=ALARM,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Threshold=0,
            MetricName="LoginRefused",
            Namespace="Faxledger/clinic",
            Period=300,
            Statistic="Sum",
            AlarmActions=[topic],
        )
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="it@clinic.example")

    def _secret(self, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = _aws().ask("secretsmanager", "get_secret_value", **parameters)
        return {**answer, "CreatedDate": self.now() - self.token_age}

    @staticmethod
    def _said_at(moment: datetime) -> Mapping[str, Any]:
        return {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(moment, usegmt=True)}}}


def limits(most: int) -> Mapping[str, Any]:
    return {"AccountLimit": {"ConcurrentExecutions": most, "UnreservedConcurrentExecutions": most}}
