"""`faxledger up`: from the options to a running bundle, and to its account at the end."""

import math
import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from rich.console import Console

from cli.api import Api
from cli.console_calls import ConsoleCalls
from cli.console_server import ConsoleServer, why_no_page
from cli.interrupted import interrupted, wait_for_any
from cli.up_state import (
    Counterparts,
    PlayedDay,
    counterparts_as_before,
    day_as_before,
    environment_as_before,
    keep_counterparts,
    keep_day_over,
    keep_given,
    opened,
)
from faxledger.adapters.clock import SystemClock
from local.runtime.bundle import Bundle, Ports
from local.runtime.clock import VirtualClock
from local.runtime.errors import CannotRun
from local.runtime.neighbours import is_anybody_at, is_of_this_machine, origin_of
from local.runtime.our_accounts import DEFAULT_ACCOUNT_ID, DEFAULT_REALM, DEFAULT_SENDER, OurAccounts
from local.runtime.provider_urls import greenfax_at, softlinx_at
from local.runtime.stack_name import STACK
from local.runtime.web import WsgiServer
from local.show.day_account import DayAccount, day_account_of, faxes_in
from local.show.day_account_text import day_account_text
from local.show.screen import Screen, screen_for
from local.show.simulation import AFTERWARDS, DAY, Simulation, at_port_of_before
from local.show.simulators.faults import Faults
from local.show.simulators.webhook_receiver import WebhookReceiver
from local.show.welcome_text import welcome_text
from local.state.facts import StateFacts
from local.state.journal import Journal

# A day in about half a minute.
_SPEED_OF_A_DAY = 4000.0
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
        else:
            _refuse_contradictions(options)
        return _run(options, environment, journal, stop)


def _as_before(options: UpOptions, facts: StateFacts) -> UpOptions:
    """With the servers and the receiver of the bundle before, where no others are named."""
    urls = {name: url for name in _URLS if (url := getattr(options, name))}
    says_which = options.simulate is not None or options.has_url
    found = counterparts_as_before(facts, Counterparts(options.is_simulated, urls), says_which=says_which)
    as_before = replace(
        options,
        simulate=found.is_simulated,
        softlinx_url=found.urls.get("softlinx_url"),
        greenfax_url=found.urls.get("greenfax_url"),
        receiver=found.urls.get("receiver"),
    )
    _refuse_contradictions(as_before)
    keep_counterparts(facts, found)
    return as_before


def _refuse_contradictions(options: UpOptions) -> None:
    if options.is_simulated and options.has_url:
        raise CannotRun("--softlinx-url and --greenfax-url name other servers: they go with --no-simulate.")
    if not options.is_simulated and (options.is_once or options.start):
        raise CannotRun(
            "--once and --start belong to a simulated day; other servers live by the wall's clock."
        )


def _run(options: UpOptions, environment: Mapping[str, str], journal: Journal | None, stop: Event) -> int:
    accounts = OurAccounts.from_env(environment)
    parameters = _parameters(options, environment)
    forgets = journal is None and marks_elsewhere(parameters)
    if forgets:
        # Softlinx offers nobody what is marked, and here it would soon be forgotten.
        parameters.setdefault("MarkFaxes", "false")
    facts = StateFacts(journal) if journal else None
    day = _day(options, facts)
    clock = _clock(options, day)
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
        if facts:
            keep_given(facts, TellFrom=parameters["TellFrom"])
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
        if forgets:
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
        if day.is_over:
            return _stay_up(options, bundle, simulation, screen, stop)
        return _play(options, day, facts, bundle, simulation, screen, console, stop)


def _day(options: UpOptions, facts: StateFacts | None) -> PlayedDay:
    # The day is over about now, so that what is tried afterwards has today's date.
    start = options.start or _now() - DAY - AFTERWARDS
    asked = PlayedDay(start, options.jobs, options.seed, is_of_now=options.start is None)
    return day_as_before(facts, asked) if facts and options.is_simulated else asked


def marks_elsewhere(parameters: Mapping[str, str]) -> bool:
    """Whether there is a Softlinx that is not on this machine."""
    urls = (parameters.get(name, "") for name in ("SoftlinxUrl", "SoftlinxRestUrl"))
    return bool(parameters["SoftlinxRealm"]) and any(url and not is_of_this_machine(url) for url in urls)


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


def _play(
    options: UpOptions,
    day: PlayedDay,
    facts: StateFacts | None,
    bundle: Bundle,
    simulation: Simulation,
    screen: Screen,
    console: str,
    stop: Event,
) -> int:
    """A day, its account, and then as long as the user likes."""
    clock = bundle.clock
    is_over = Event()
    accounts: list[DayAccount] = []

    def end() -> None:
        accounts.append(day_account_of(bundle, simulation))
        if facts:
            keep_day_over(facts)
        if day.is_of_now:
            # To play the day has taken a while, by which it is behind.
            clock.catch_up()
        else:
            clock.speed = 1.0
        is_over.set()

    clock.at(simulation.plan_day(day.jobs, began_at=day.start), end)
    clock.start()
    wait_for_any(stop, is_over)
    if accounts:
        (account,) = accounts
        if options.is_once:
            screen.finish(day_account_text(account))
            return _status_of(account)
        screen.say(day_account_text(account))
        screen.say("The bundle stays up, in real time now. Ctrl-C ends it.")
        screen.say(f"The console: {console}")
        wait_for_any(stop)
    if facts:
        return _leave(options, bundle, simulation, screen)
    simulation.end_day()
    clock.speed = math.inf
    clock.sleep(AFTERWARDS.total_seconds())
    last = day_account_of(bundle, simulation)
    screen.finish(day_account_text(last))
    # What was tried behind the day is no part of it.
    return _status_of(accounts[0] if accounts else last)


def _status_of(account: DayAccount) -> int:
    return 1 if account.lost or account.missing_documents else 0


def _stay_up(options: UpOptions, bundle: Bundle, simulation: Simulation, screen: Screen, stop: Event) -> int:
    """Behind a day that the bundle before has played."""
    bundle.clock.start()
    if options.is_once:
        account = day_account_of(bundle, simulation)
        screen.finish(day_account_text(account))
        return _status_of(account)
    screen.say("The simulated day is over. The bundle is up, in real time. Ctrl-C ends it.")
    wait_for_any(stop)
    return _leave(options, bundle, simulation, screen)


def _leave(options: UpOptions, bundle: Bundle, simulation: Simulation, screen: Screen) -> int:
    """Nothing is lost by what is still to come: the next bundle goes on with it."""
    account = day_account_text(day_account_of(bundle, simulation))
    screen.finish(f"{account}Everything is kept in {options.state}, and goes on from there.\n")
    return 0


def _parameters(options: UpOptions, environment: Mapping[str, str]) -> dict[str, str]:
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
    return parameters


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _clock(options: UpOptions, day: PlayedDay) -> VirtualClock:
    if not options.is_simulated:
        return VirtualClock(_now(), speed=options.speed or 1.0, stands_still=False)
    if day.is_over and day.reached:
        # Meanwhile nothing happened here, as when a machine is off.
        start = max(day.reached, _now()) if day.is_of_now else day.reached
        return VirtualClock(start, speed=options.speed or 1.0)
    return VirtualClock(day.reached or day.start, speed=options.speed or _SPEED_OF_A_DAY)


def _faults(options: UpOptions) -> Faults:
    try:
        return Faults(**options.faults)
    except ValueError as error:
        raise CannotRun(str(error)) from None


def _new_log() -> Path:
    handle, name = tempfile.mkstemp(prefix="faxledger-", suffix=".log")
    os.close(handle)
    return Path(name)
