"""A town in which faxes are sent and received for some hours, and then everything comes to rest."""

import gc
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from faxledger.domain.fax import Direction
from tests.simulation.aws import Wire
from tests.simulation.bundle import RECEIVER, Bundle
from tests.simulation.faults import PROFILES, Event, Faults, Profile
from tests.simulation.greenfax import GreenFax
from tests.simulation.intruder import Intruder
from tests.simulation.invariants import Invariants, Violation
from tests.simulation.mail import Ses
from tests.simulation.months import Months
from tests.simulation.outside import outside
from tests.simulation.poison import poison
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.softlinx import Softlinx, SoftlinxFax

SAME_HISTORY: Final = "the same seed gives the same history"
_HOUR = 3600.0
# Every retry of a delivery, and a poll behind it, fit into this.
_REST = 40 * _HOUR
# A fax that somebody insists on: resent twice at most, and looked after for some hours.
_MOST_RESENDS, _MOST_LOOKS = 2, 12
_LOOK_AGAIN = 2.5 * _HOUR
_DOCUMENT = {"type": "application/pdf", "content": b64encode(b"%PDF-1.4 a letter").decode()}


@dataclass(slots=True)
class History:
    """What came of one seed; `steps` are turns of actors, `calls` those that left a process."""

    profile: str
    seed: int
    steps: int
    calls: int
    violation: Violation | None
    faults: Faults
    covered: frozenset[str]
    changes: Sequence[Mapping[str, Any]]

    @property
    def trace(self) -> tuple[str, ...]:
        """Every change of the table, with its moment: by it two histories are compared."""
        return tuple(
            f"{change['dynamodb']['ApproximateCreationDateTime']:%H:%M:%S.%f} "
            f"{change['dynamodb']['Keys']} {change['dynamodb'].get('NewImage')}"
            for change in self.changes
        )

    @property
    def broken(self) -> str | None:
        """The name of the invariant that did not hold."""
        return None if self.violation is None else self.violation.name


# How often each kind of thing happens.
_TRAFFIC: Mapping[str, Mapping[str, int]] = {
    "everything": {
        "sent": 1,
        "received": 1,
        "sent by GreenFax": 1,
        "received by GreenFax": 1,
        "submitted": 1,
        "mailed": 1,
        "resent": 2,
        "insisted on": 1,
        "amended": 1,
        "asked about": 2,
    },
    "sending": {"sent": 1, "submitted": 1, "resent": 2, "insisted on": 1},
    "receiving": {"received": 3, "received by GreenFax": 1},
    "mailing": {"mailed": 3, "sent by GreenFax": 1},
}


@dataclass(frozen=True, slots=True)
class Setting:
    """How a stack is deployed and what its providers are like: decided by the seed."""

    parameters: Mapping[str, str]
    keeps_identifier: bool
    brings_codes: bool
    softlinx_ahead: float
    greenfax_ahead: float
    hours: float
    faxes: int
    traffic: Mapping[str, int]
    failing: float
    # Whether somebody looks on when everything has come to rest.
    is_watched: bool
    lives_on: bool


def setting_of(scheduler: Scheduler, profile: Profile) -> Setting:
    dice = scheduler.random
    traffic = dice.choice(list(_TRAFFIC))
    return Setting(
        {
            "CallbackTrust": dice.choice(["settle", "settle", "confirm"]),
            "GreenFaxAllowance": dice.choice(["shared", "separate"]),
            "SoftlinxMode": dice.choice(["push", "push", "poll-only"]),
            "MarkFaxes": dice.choice(["true", "true", "true", "false"]),
            "RetentionDays": "120",
            "StatusEmailRuleSet": dice.choice(["", "incoming", "incoming"]),
        },
        keeps_identifier=dice.random() < 0.7,
        brings_codes=dice.random() < 0.5,
        softlinx_ahead=dice.uniform(-60, 60),
        greenfax_ahead=dice.uniform(-60, 60),
        hours=dice.uniform(1, 6),
        faxes=dice.randrange(5, 80),
        traffic=_TRAFFIC[profile.traffic or traffic],
        failing=dice.choice([0.3, 0.3, 0.7]),
        is_watched=dice.random() < 0.25,
        lives_on=dice.random() < 0.1 or profile.lives_on,
    )


@dataclass(slots=True)
class Town:
    """Everything of one history."""

    scheduler: Scheduler
    faults: Faults
    setting: Setting
    bundle: Bundle
    softlinx: Softlinx
    greenfax: GreenFax
    ses: Ses
    intruder: Intruder
    months: Months = field(init=False)
    # What the API answered to each request to send or resend, by its idempotency key.
    requested: dict[str, tuple[int, Any] | None] = field(default_factory=dict)
    # From how many events on the bus on somebody wants to know of them.
    routed_from: int | None = None

    def live(self, after_each: Callable[[], None] = lambda: None) -> None:
        """The hours of traffic, in which things go wrong, and none after them."""
        self.bundle.start()
        self._busy()
        self.scheduler.run(self.setting.hours * _HOUR, after_each)
        if not self.bundle.deployments.wants_marks and self.setting.lives_on:
            self.bundle.redeploy(MarkFaxes="true")
        self.faults.is_over = True

    def _busy(self) -> None:
        """Put everything on the clock that happens in the hours of traffic."""
        dice = self.scheduler.random
        kinds: Mapping[str, Callable[[], Any]] = {
            "sent": lambda: self.softlinx.transmit(Direction.OUTBOUND, self._number()),
            "received": lambda: self.softlinx.transmit(Direction.INBOUND, self._number()),
            "sent by GreenFax": lambda: self.greenfax.transmit(Direction.OUTBOUND, self._number()),
            "received by GreenFax": lambda: self.greenfax.transmit(Direction.INBOUND, self._number()),
            "submitted": lambda: self._beside(self._submit, "softlinx"),
            "mailed": lambda: self._beside(self._submit, "greenfax"),
            "resent": lambda: self._beside(self._resend),
            "insisted on": lambda: self._beside(self._insist),
            "amended": lambda: self._beside(self._amend),
            "asked about": lambda: self._beside(self._ask_about),
        }
        ways = [kinds[kind] for kind, share in self.setting.traffic.items() for _ in range(share)]
        self._beside(self._route)
        for _ in range(self.setting.faxes):
            self.scheduler.after(dice.uniform(60, self.setting.hours * _HOUR), dice.choice(ways))
        for _ in range(6):
            at = dice.uniform(60, self.setting.hours * _HOUR)
            self.scheduler.after(at, self.intruder.look_around)
        for _ in range(4):
            self.scheduler.after(dice.uniform(600, self.setting.hours * _HOUR), self._deploy)
            self.scheduler.after(dice.uniform(600, self.setting.hours * _HOUR), lambda: poison(self.bundle))

    def _deploy(self) -> None:
        event = self.faults.at(Event.REDEPLOYED, Event.ROLLED_BACK)
        if event is Event.REDEPLOYED:
            dice = self.scheduler.random
            changes = {"GreenFaxAllowance": ["shared", "separate"], "MarkFaxes": ["true", "false"]}
            name = dice.choice(["", *changes])
            self.bundle.redeploy(**{name: dice.choice(changes[name])} if name else {})
        if event is Event.ROLLED_BACK:
            self.bundle.roll_back()

    def _beside(self, work: Callable[..., None], *given: Any) -> None:
        self.scheduler.begin(Process("a person"), lambda: work(*given))

    def _number(self) -> str:
        return f"1202555{self.scheduler.random.randrange(100, 110):04d}"

    def _route(self) -> None:
        body = {"targets": [{"webhook": RECEIVER}]}
        for _ in range(20):
            answer = self.bundle.ask("EditRoutes", "PUT /routes/default", body)
            if answer is not None and answer[0] == 200:
                self.routed_from = len(self.bundle.aws.published)
                return
            self.scheduler.pause(30)

    def _submit(self, provider: str) -> None:
        body = {
            "provider": provider,
            "recipients": [{"number": self._number()}],
            "documents": [_DOCUMENT],
            "reference": "case-7",
        }
        self._persist(f"submit-{len(self.requested)}", "POST /faxes", body)

    def _resend(self) -> None:
        failed = self._failed()
        if failed:
            self._send_again(self.scheduler.random.choice(failed))

    def _insist(self) -> None:
        """Resend a fax that has failed until it is through, or has failed for the third time."""
        failed = self._failed()
        if not failed:
            return
        fax, resends = self.scheduler.random.choice(failed), 0
        for _ in range(_MOST_LOOKS):
            while fax.resent_as is not None:
                fax = fax.resent_as
            if fax.word == "sent" or resends == _MOST_RESENDS:
                return
            if fax.word == "sendFailed":
                answer = self._send_again(fax)
                resends += answer is not None and answer[0] == HTTPStatus.ACCEPTED
            self.scheduler.pause(self.scheduler.random.uniform(300, 1200))

    def _failed(self) -> list[SoftlinxFax]:
        return [fax for fax in self.softlinx.faxes.values() if fax.word == "sendFailed"]

    def _send_again(self, fax: SoftlinxFax) -> tuple[int, Any] | None:
        path = {"id": f"softlinx.outbound.acme.{fax.job_id}"}
        return self._persist(f"resend-{len(self.requested)}", "POST /faxes/{id}/resend", {}, path)

    def _persist(
        self, key: str, route: str, body: object, path: Mapping[str, str] = {}
    ) -> tuple[int, Any] | None:
        """Ask until there is an answer, as whoever sends does: under the same key."""
        self.requested[key] = None
        for _ in range(20):
            answer = self.bundle.ask("SubmitFax", route, body, key, path)
            if answer is not None and answer[0] < 500:
                self.requested[key] = answer
                return answer
            self.scheduler.pause(self.scheduler.random.uniform(1, 60))
        return None

    def _ask_about(self) -> None:
        """Look at a fax and through the listings: whatever they hold breaks nobody who answers."""
        known = [item["pk"]["S"] for item in self.bundle.aws.table.items() if item["sk"]["S"] == "STATUS"]
        if known:
            fax_id = self.scheduler.random.choice(known).removeprefix("FAX#").replace("#", ".")
            route = self.scheduler.random.choice(["GET /faxes/{id}", "GET /faxes/{id}/receipt"])
            self.bundle.ask("QueryFaxes", route, None, path={"id": fax_id})
        for route in ("GET /faxes", "GET /deliveries", "GET /unreadable", "GET /feeds", "GET /providers"):
            self.bundle.ask("QueryFaxes", route, None)

    def _amend(self) -> None:
        ended = sorted(
            f"softlinx.outbound.acme.{fax.job_id}"
            for fax in self.softlinx.faxes.values()
            if fax.direction is Direction.OUTBOUND and fax.ends
        )
        if ended:
            path = {"id": self.scheduler.random.choice(ended)}
            body = {"status": "sent", "because": "The clinic has it."}
            key = f"amendment-{self.scheduler.now:.0f}"
            self.bundle.ask("AmendFax", "POST /faxes/{id}/amendments", body, key, path)


def _come_to_rest(town: Town, invariants: Invariants, *, months_later: bool = False) -> None:
    """Wait no longer than it takes: what holds hours before has no reason to be broken later."""
    since = until = town.scheduler.now
    while True:
        until = min(until + _LOOK_AGAIN, since + _REST)
        town.scheduler.run(until, invariants.at_each_step)
        try:
            invariants.at_rest(months_later=months_later)
        except Violation:
            if until >= since + _REST:
                raise
        else:
            break
    if town.setting.is_watched and not town.setting.lives_on:
        invariants.look_on()
        town.scheduler.run(until + _LOOK_AGAIN, invariants.at_each_step)
        invariants.at_rest()


def live(
    profile: str, seed: int, planned: Mapping[int, str] | None = None, *, only: str | None = None
) -> History:
    """One history from its seed, held to the invariants at each step and at rest; to one, if `only` that."""
    # A town is garbage as a whole when it is over, and hardly anything in it before.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _live(profile, seed, planned, only)
    finally:
        gc.collect()
        if was_enabled:
            gc.enable()


def _live(profile: str, seed: int, planned: Mapping[int, str] | None, only: str | None) -> History:
    with open_town(profile, seed, planned) as town:
        invariants = Invariants(town, only)
        violation = None
        try:
            town.live(invariants.at_each_step)
            _come_to_rest(town, invariants)
            if town.setting.lives_on:
                town.months.pass_by(invariants.at_each_step)
                _come_to_rest(town, invariants, months_later=True)
        except Violation as found:
            violation = found
    return History(
        profile,
        seed,
        town.scheduler.steps,
        town.bundle.wire.calls,
        violation,
        town.faults,
        invariants.covered(),
        town.bundle.aws.table.changes,
    )


def live_twice(profile: str, seed: int) -> History:
    """The same history once more, held to what became of it before."""
    first, second = live(profile, seed), live(profile, seed)
    if first.trace != second.trace:
        pairs = zip(first.trace, second.trace, strict=False)
        differing = next((f"{one}; {other}" for one, other in pairs if one != other), "one of them is longer")
        second.violation = Violation(SAME_HISTORY, differing)
    return second


@contextmanager
def open_town(profile: str, seed: int, planned: Mapping[int, str] | None = None) -> Iterator[Town]:
    """A town as its seed decides it; what it is deployed as, and what will go wrong."""
    scheduler = Scheduler(seed)
    faults = Faults(PROFILES[profile], seed, planned)
    wire = Wire(scheduler, faults)
    setting = setting_of(scheduler, faults.profile)
    bundle = Bundle(scheduler, wire, setting.parameters)
    softlinx = Softlinx(
        wire,
        keeps_identifier=setting.keeps_identifier,
        clock_ahead=setting.softlinx_ahead,
        failing=setting.failing,
    )
    greenfax = GreenFax(
        wire,
        brings_codes=setting.brings_codes,
        clock_ahead=setting.greenfax_ahead,
        failing=setting.failing,
    )
    ses = Ses(bundle, greenfax)
    intruder = Intruder(bundle, softlinx, greenfax)
    softlinx.post, greenfax.get, bundle.aws.take_mail = bundle.post, bundle.get, ses.send
    if bundle.template.exists("GreenFaxEmail"):
        greenfax.answer = ses.answer
    if setting.parameters["SoftlinxMode"] == "poll-only":
        softlinx.post = lambda _: None
    with outside(bundle, softlinx, greenfax):
        town = Town(scheduler, faults, setting, bundle, softlinx, greenfax, ses, intruder)
        town.months = Months(town)
        try:
            yield town
        finally:
            faults.is_over = True
            scheduler.end()
