"""The whole bundle, running: everything that the template has, joined as the template joins it."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Self
from wsgiref.types import WSGIApplication

from faxledger.adapters.aws import client as client_of_handlers
from faxledger.adapters.clock import SystemClock
from faxledger.usecases.ports.world import Clock
from local.runtime.admin import Admin
from local.runtime.api import HttpApi
from local.runtime.api_definition import read_definition
from local.runtime.aws import ACCOUNT, ENVIRONMENT, REGION, Aws, AwsRequestHandler, link_at
from local.runtime.clock import VirtualClock
from local.runtime.cloud import API, FUNCTION, RECEIPT_RULE, Cloud
from local.runtime.errors import CannotRun
from local.runtime.failed_events import keep_failed_event
from local.runtime.function_plans import (
    Daily,
    Every,
    FromQueue,
    FromStream,
    FunctionPlan,
    HttpRoute,
    read_plan,
)
from local.runtime.functions import Function, Invocation
from local.runtime.intrinsics import Resolver
from local.runtime.logs import FunctionLog, captured, redirect_loggers
from local.runtime.mailbox import Mailbox
from local.runtime.neighbours import neighbours_in
from local.runtime.outbox import Outbox
from local.runtime.parameters import values_of
from local.runtime.queues import QueueReader
from local.runtime.schedules import Timetable
from local.runtime.stack_name import STACK
from local.runtime.stream import Record, StreamReader
from local.runtime.template import read_template
from local.runtime.throttle import read_throttle
from local.runtime.tokens import TokenCheck
from local.runtime.web import LOOPBACK, KnownByName, QuietRequestHandler, WsgiServer
from local.state.facts import StateFacts
from local.state.journal import Journal

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
# A fact of the state: the secrets' values as they were last given from outside.
_FILLED_IN = "filled in"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0 takes any free port. Only AWS may be elsewhere than on 127.0.0.1, for containers.

    `names` are those by which the API may be called beside this machine's own, as a tunnel's.
    """

    api: int = 0
    admin: int = 0
    aws: int = 0
    aws_address: str = LOOPBACK
    names: Sequence[str] = ()


class Bundle:
    """Has its ports and its resources from the start; answers from `start()` to `close()`.

    `parameters` are the template's, by name, as text; what is not given has its default. `secrets` are the
    values that a person fills in after a deployment, by the logical id of the secret. What its services hold
    is kept in `journal`, where the bundle of before may have left something. `receivers` are origins of this
    machine that webhooks may be sent to; on AWS there can be none. `receivers_clock` is what they go by,
    where it is not `clock`. `watch` sees every change of the table. Raises `CannotRun`.
    """

    def __init__(
        self,
        clock: VirtualClock,
        *,
        parameters: Mapping[str, str],
        secrets: Mapping[str, str],
        log: Path,
        ports: Ports = Ports(),
        template: Path = TEMPLATE,
        journal: Journal | None = None,
        receivers: frozenset[str] = frozenset(),
        receivers_clock: Clock | None = None,
        watch: Callable[[Record], None] = lambda _: None,
    ) -> None:
        self.clock = clock
        self._open = ExitStack()
        with ExitStack() as undo:
            undo.callback(self._open.close)
            self._open.enter_context(captured())
            redirect_loggers()
            self.aws = self._open.enter_context(Aws(journal, clock.now))
            self.log = FunctionLog(log, goes_on=journal is not None)
            self._open.callback(self.log.close)
            self._template = read_template(template)
            self.parameters = values_of(self._template, parameters)
            resolver = Resolver(self._template, self.parameters, _pseudo_parameters())
            resolver.check_rules()
            self.cloud = Cloud(self.aws, self._template, resolver, STACK)
            self.cloud.make_all()
            self._fill_in(secrets, StateFacts(journal) if journal else None)
            self._verify_sender()
            self.functions = self._make_functions(
                resolver, neighbours_in(self.parameters) | receivers, receivers_clock
            )
            self._sources = self._make_sources(watch)
            self.mailbox = self._make_mailbox(resolver)
            self.outbox = Outbox(self.aws, clock)
            self._timetables = [Timetable(*one, clock) for one in self._triggered_by(Every, Daily)]
            self.routes = self._triggered_by(HttpRoute)
            self.api = self._make_api(resolver)
            self._servers = self._make_servers(ports)
            undo.pop_all()

    @property
    def url(self) -> str:
        return self._servers[0].url

    @property
    def admin_url(self) -> str:
        return self._servers[1].url

    @property
    def aws_url(self) -> str:
        return self._servers[2].url

    def listens_at(self, path: str) -> bool:
        """Whether there is a route of this path, as the template writes it."""
        return any(route.path == path for route, _ in self.routes)

    def start(self) -> None:
        """Take requests, and put the first runs on the clock's schedule."""
        for timetable in self._timetables:
            timetable.start()
        for server in self._servers:
            server.start()
        # There may be something that was left by the bundle before.
        self.look()

    def redeploy(self) -> None:
        """Stop and start again, as a deployment does: every environment and every schedule begins anew.

        What AWS keeps stays, and what is running goes on to its end.
        """
        for function in self.functions.values():
            function.redeploy()
        for timetable in self._timetables:
            timetable.start()

    def close(self) -> None:
        """After the clock was stopped: what runs by it needs what is closed here."""
        self._open.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.clock.stop()
        self.close()

    def tell(self, url: str) -> None:
        """Have every fax told to a webhook, as `PUT /routes/default` does."""
        body = json.dumps({"targets": [{"webhook": url}]})
        put = {"version": "2.0", "routeKey": "PUT /routes/default", "body": body}
        answer = self.functions["EditRoutes"].invoke(put).result
        if answer["statusCode"] != HTTPStatus.OK:
            raise CannotRun(f"{url} can't be told: {json.loads(answer['body'])['detail']}")

    def look(self) -> None:
        """Have stream and queues looked at, because somebody may have changed something in AWS."""
        self.outbox.look()
        for source in self._sources:
            source.look()

    def _fill_in(self, secrets: Mapping[str, str], facts: StateFacts | None) -> None:
        """What was filled in before is not filled in again: since then somebody may have changed it."""
        client = self.aws.client("secretsmanager")
        before = (facts.get(_FILLED_IN) if facts else None) or {}
        filled_in = {name: value for name, value in secrets.items() if self.cloud.has(name)}
        for name, value in filled_in.items():
            if before.get(name) != value:
                client.put_secret_value(SecretId=self.cloud.ref(name), SecretString=value)
        if facts and filled_in != before:
            facts.set(**{_FILLED_IN: {**before, **filled_in}})

    def _verify_sender(self) -> None:
        """As its owner does in SES, which sends nothing from an address that is not verified."""
        senders = {str(self.parameters.get(name) or "") for name in ("NotifySender", "GreenFaxSender")}
        for sender in sorted(senders - {""}):
            self.aws.client("sesv2").create_email_identity(EmailIdentity=sender)

    def _make_functions(
        self, resolver: Resolver, neighbours: frozenset[str], receivers_clock: Clock | None
    ) -> dict[str, Function]:
        # botocore's session makes its parts at their first use, and not safely from several threads.
        client_of_handlers("dynamodb")
        return {
            name: Function(
                read_plan(self._template, resource, resolver),
                self.clock,
                self.log,
                stack=STACK,
                neighbours=neighbours,
                receivers_clock=receivers_clock,
                after_each=self.look,
                give_up=self._leave,
            )
            for name, resource in self._template.resources.items()
            if resource.type == FUNCTION and self.cloud.exists(resource)
        }

    def _leave(self, plan: FunctionPlan, event: Mapping[str, Any], last: Invocation) -> None:
        """Keep an asynchronous event that failed for good, where the template says so, as Lambda does."""
        if plan.failures_to is None:
            return
        document = {
            "version": "1.0",
            "timestamp": self.clock.now().isoformat(),
            "requestContext": {
                "requestId": last.request_id,
                "functionArn": plan.name,
                "condition": "RetriesExhausted",
                "approximateInvokeCount": plan.retries + 1,
            },
            "requestPayload": event,
            "responsePayload": {"errorMessage": last.error},
        }
        folder = f"aws/lambda/async/{STACK}-{plan.name}"
        keep_failed_event(self.aws.client("s3"), plan.failures_to, folder, self.clock.now(), document)

    def _make_sources(self, watch: Callable[[Record], None]) -> Sequence[StreamReader | QueueReader]:
        streams = self._triggered_by(FromStream)
        # Each reads every change of the same table, of which the watcher is told once.
        watchers = chain([watch], repeat(lambda _: None))
        return [
            *(
                StreamReader(*one, self.aws, self.clock, watcher)
                for one, watcher in zip(streams, watchers, strict=False)
            ),
            *(QueueReader(*one, self.aws, self.clock) for one in self._triggered_by(FromQueue)),
        ]

    def _make_mailbox(self, resolver: Resolver) -> Mailbox | None:
        """Where emails arrive, if the template has any received."""
        rules = self.cloud.names_of(RECEIPT_RULE)
        if not rules:
            return None
        return Mailbox(self._template.resources[rules[0]], resolver, self.functions, self.aws, self.clock)

    def _make_api(self, resolver: Resolver) -> HttpApi:
        (api,) = (resource for resource in self._template.resources.values() if resource.type == API)
        throttle = read_throttle(api.name, api.properties, resolver.resolve, self.clock)
        definition = read_definition(api.name, api.properties, resolver.resolve)
        by_arn = {self.cloud.arn_of(name): function for name, function in self.functions.items()}
        self.routes += [(route, by_arn[arn]) for route, arn in definition.routes]
        rule = definition.tokens
        # The issuer's tokens are of today, whatever day it is here.
        tokens = TokenCheck(rule.issuer, rule.audience, SystemClock().now) if rule else None
        return HttpApi(self.routes, self.clock, throttle, lambda link: link_at(self.aws_url, link), tokens)

    def _make_servers(self, ports: Ports) -> Sequence[WsgiServer]:
        services = self.aws.application(self.clock, self.look)
        aws = self._server(
            services, ports.aws, "the AWS services (--aws-port)", ports.aws_address, handler=AwsRequestHandler
        )
        admin = Admin(self.functions, self._elsewhere, self._about, self.log.total)
        return (
            self._server(self.api, ports.api, "the API (--port)", names=ports.names),
            self._server(admin, ports.admin, "faxledger run (--admin-port)"),
            aws,
        )

    def _server(
        self,
        application: WSGIApplication,
        port: int,
        what: str,
        address: str = LOOPBACK,
        names: Sequence[str] = (),
        handler: type[QuietRequestHandler] = QuietRequestHandler,
    ) -> WsgiServer:
        server = WsgiServer(
            KnownByName(application, names), port, what=what, address=address, handler=handler
        )
        self._open.callback(server.close)
        return server

    def _about(self) -> Mapping[str, Any]:
        return {
            "version": version("faxledger"),
            "now": self.clock.now().isoformat(),
            "parameters": self.parameters,
        }

    def _elsewhere(self) -> Mapping[str, str]:
        """What a function in another process needs to find this bundle's AWS, and no other."""
        return {**ENVIRONMENT, "AWS_ENDPOINT_URL": self.aws_url}

    def _triggered_by(self, *kinds: type[Any]) -> list[tuple[Any, Function]]:
        return [
            (trigger, function)
            for function in self.functions.values()
            for trigger in function.plan.triggers
            if isinstance(trigger, kinds)
        ]


def _pseudo_parameters() -> dict[str, str]:
    return {
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/of-this-machine",
        "AWS::StackName": STACK,
        "AWS::URLSuffix": "amazonaws.com",
    }
