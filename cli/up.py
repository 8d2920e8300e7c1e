"""`faxledger up`: from the options to a running bundle, and to its account at the end."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from rich.console import Console

from cli.api import Api
from cli.console_calls import ConsoleCalls
from cli.console_server import ConsoleServer, why_no_page
from cli.interrupted import interrupted, wait_for_any
from cli.up_day import Stage, day_as_before, now, planned_day
from cli.up_state import Counterparts, counterparts_as_before, environment_as_before, keep_told, opened
from faxledger.adapters.clock import SystemClock
from local.runtime.bundle import Bundle, Ports
from local.runtime.clock import VirtualClock
from local.runtime.errors import CannotRun
from local.runtime.neighbours import is_anybody_at, is_of_this_machine, origin_of
from local.runtime.our_accounts import DEFAULT_ACCOUNT_ID, DEFAULT_REALM, DEFAULT_SENDER, OurAccounts
from local.runtime.provider_urls import greenfax_at, softlinx_at
from local.runtime.stack_name import STACK
from local.runtime.web import WsgiServer
from local.show.day_account import day_account_of, faxes_in
from local.show.day_account_text import day_account_text
from local.show.screen import screen_for
from local.show.simulation import Simulation, at_port_of_before
from local.show.simulators.faults import Faults
from local.show.simulators.webhook_receiver import WebhookReceiver
from local.show.welcome_text import welcome_text
from local.state.facts import StateFacts
from local.state.journal import Journal

# The options that say where somebody is.
_URLS = ("softlinx_url", "greenfax_url", "receiver")


@dataclass(frozen=True, slots=True)
class UpOptions:
    """`speed`, `start`, `log` and `state` are None where nothing was asked for; so is `simulate`, which then
    goes by the URLs."""

    ports: Ports
    simulate: bool | None
    softlinx_url: str | None
    greenfax_url: str | None
    jobs: int
    seed: int
    speed: float | None
    start: datetime | None
    is_once: bool
    faults: Mapping[str, Any]
    log: Path | None
    receiver: str | None
    has_parameters: bool
    state: Path | None

    @property
    def is_simulated(self) -> bool:
        return not self.has_url if self.simulate is None else self.simulate

    @property
    def has_url(self) -> bool:
        return bool(self.softlinx_url or self.greenfax_url)

    @property
    def counterparts(self) -> Counterparts:
        urls = {name: url for name in _URLS if (url := getattr(self, name))}
        return Counterparts(self.is_simulated, urls)

    @classmethod
    def from_arguments(cls, given: Any, faults: Mapping[str, Any]) -> "UpOptions":
        return cls(
            ports=Ports(given.port, given.admin_port, given.aws_port, given.aws_address, given.host),
            simulate=given.simulate,
            softlinx_url=given.softlinx_url,
            greenfax_url=given.greenfax_url,
            jobs=given.jobs,
            seed=given.seed,
            speed=given.speed,
            start=given.start,
            is_once=given.once,
            faults=faults,
            log=given.log,
            receiver=given.receiver,
            has_parameters=given.parameters,
            state=given.state,
        )


def up(options: UpOptions) -> int:
    """Runs until it is interrupted; the exit status. Raises `CannotRun`."""
    environment = dict(os.environ)
    with interrupted() as stop, ExitStack() as running:
        journal = running.enter_context(opened(options.state)) if options.state else None
        if journal:
            facts = StateFacts(journal)
            options = _as_before(options, facts)
            environment = environment_as_before(facts, environment)
        _refuse_contradictions(options)
        return _run(options, environment, journal, stop)


def _as_before(options: UpOptions, facts: StateFacts) -> UpOptions:
    """With the servers and the receiver of the bundle before, where no others are named."""
    says_which = options.simulate is not None or options.has_url
    found = counterparts_as_before(facts, options.counterparts, says_which=says_which)
    return replace(
        options,
        simulate=found.is_simulated,
        softlinx_url=found.urls.get("softlinx_url"),
        greenfax_url=found.urls.get("greenfax_url"),
        receiver=found.urls.get("receiver"),
    )


def _refuse_contradictions(options: UpOptions) -> None:
    if options.is_simulated and options.has_url:
        raise CannotRun("--softlinx-url and --greenfax-url name other servers: they go with --no-simulate.")
    if not options.is_simulated and (options.is_once or options.start):
        raise CannotRun(
            "--once and --start belong to a simulated day; other servers live by the wall's clock."
        )


def _run(options: UpOptions, environment: Mapping[str, str], journal: Journal | None, stop: Event) -> int:
    accounts = OurAccounts.from_env(environment)
    parameters = parameters_of(options, environment)
    facts = StateFacts(journal) if journal else None
    day = planned_day(options.start, options.jobs, options.seed)
    if facts and options.is_simulated:
        day = day_as_before(facts, day)
    clock = (
        day.clock(options.speed)
        if options.is_simulated
        else VirtualClock(now(), speed=options.speed or 1.0, stands_still=False)
    )
    screen = screen_for(Console(), clock.now)
    with ExitStack() as running:
        simulation = None
        if options.is_simulated:
            simulation = running.enter_context(
                Simulation(
                    clock,
                    realm=parameters["SoftlinxRealm"],
                    account_id=parameters["GreenFaxAccountId"],
                    accounts=accounts,
                    seed=day.seed,
                    faults=_faults(options),
                    journal=journal,
                )
            )
            parameters |= simulation.parameters()
        receiver = options.receiver
        if receiver is None and simulation is not None:
            ours = at_port_of_before(
                facts, "receiver", partial(WebhookReceiver, clock, lambda: [accounts.signing_key])
            )
            receiver = running.enter_context(ours).url
        parameters.setdefault("TellFrom", clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        bundle = Bundle(
            clock,
            parameters=parameters,
            secrets=accounts.secrets(),
            log=options.log or (options.state / "functions.log" if options.state else _new_log()),
            ports=options.ports,
            journal=journal,
            receivers=frozenset({origin_of(receiver)} if receiver else ()),
            # Somebody's own receiver lives in real time, whatever day it is here.
            receivers_clock=SystemClock() if options.receiver else None,
            watch=screen.watch,
        )
        running.enter_context(bundle)
        if facts:
            keep_told(facts, options.counterparts, environment, TellFrom=parameters["TellFrom"])
        screen.begin_with(faxes_in(bundle).values() if facts else ())
        if receiver:
            bundle.tell(receiver)
        console = _console(bundle, running)
        screen.say(
            welcome_text(
                bundle,
                accounts,
                is_simulated=options.is_simulated,
                console=console,
                state=options.state,
                receiver=options.receiver,
                has_parameters=options.has_parameters,
            )
        )
        if forgets_marks(options, parameters):
            screen.say(_forgetful_text(parameters["MarkFaxes"] == "true"))
        if options.receiver and not is_anybody_at(options.receiver):
            screen.say(
                f"Nobody answers at {origin_of(options.receiver)} yet. What your receiver is not told now "
                "it is told later, by the schedule of retries.\n"
            )
        running.enter_context(screen)
        if simulation is None:
            clock.start()
            wait_for_any(stop)
            screen.finish(day_account_text(day_account_of(bundle, None)))
            return 0
        simulation.register(bundle)
        stage = Stage(bundle, simulation, screen, stop, console, facts, options.state)
        return stage.play(day, is_once=options.is_once)


def forgets_marks(options: UpOptions, parameters: Mapping[str, str]) -> bool:
    """Whether nothing is kept, and there is a Softlinx that is not on this machine."""
    urls = (parameters.get(name, "") for name in ("SoftlinxUrl", "SoftlinxRestUrl"))
    is_elsewhere = any(url and not is_of_this_machine(url) for url in urls)
    return options.state is None and bool(parameters["SoftlinxRealm"]) and is_elsewhere


def _forgetful_text(marks: bool) -> str:  # noqa: FBT001 - private, and its one fact
    text = (
        "Nothing is kept: at its end, and in a crash, this bundle forgets what it knows,\n"
        "and when it asked. Started again, it asks GreenFax within the 20 minutes.\n"
    )
    if marks:
        return text + "It marks faxes at Softlinx, as MarkFaxes=true says. --state DIR keeps all.\n"
    return text + "So it marks nothing at Softlinx. With --state DIR all is kept, and marked.\n"


def _console(bundle: Bundle, running: ExitStack) -> str:
    """The console's link, or why there is none: the bundle does without."""
    if problem := why_no_page():
        return problem
    console = ConsoleServer(ConsoleCalls(Api(bundle.url)), stack=STACK)
    server = WsgiServer(console, 0, what="the console")
    running.callback(server.close)
    server.start()
    return console.link_at(server.url)


def parameters_of(options: UpOptions, environment: Mapping[str, str]) -> dict[str, str]:
    """What the environment says of the template's parameters, and where the servers are.

    A provider for which neither says anything is left out, rather than asked under a made-up name.
    """
    parameters = {
        **environment,
        **(softlinx_at(options.softlinx_url) if options.softlinx_url else {}),
        **(greenfax_at(options.greenfax_url) if options.greenfax_url else {}),
    }
    has_softlinx = options.is_simulated or "SoftlinxUrl" in parameters
    has_greenfax = options.is_simulated or "GreenFaxOutboundUrl" in parameters
    parameters.setdefault("SoftlinxRealm", DEFAULT_REALM if has_softlinx else "")
    parameters.setdefault("GreenFaxAccountId", DEFAULT_ACCOUNT_ID if has_greenfax else "")
    if options.is_simulated:
        parameters.setdefault("GreenFaxSender", DEFAULT_SENDER)
    if forgets_marks(options, parameters):
        # Softlinx offers nobody what is marked, and here it would soon be forgotten.
        parameters.setdefault("MarkFaxes", "false")
    return parameters


def _faults(options: UpOptions) -> Faults:
    try:
        return Faults(**options.faults)
    except ValueError as error:
        raise CannotRun(str(error)) from None


def _new_log() -> Path:
    handle, name = tempfile.mkstemp(prefix="faxledger-", suffix=".log")
    os.close(handle)
    return Path(name)
