"""A day at a clinic: faxes sent and received, most of them in office hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from local.show.simulators.faults import Faults
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.ports import Schedule
from local.show.simulators.softlinx import SoftlinxSimulator

_CLINIC = ZoneInfo("America/New_York")

# How busy each hour is, by the clinic's clock: a morning peak, a dip at noon, a few faxes at night.
_BUSYNESS = (1, 1, 1, 1, 1, 2, 6, 20, 60, 90, 100, 85, 45, 70, 85, 80, 55, 25, 8, 4, 3, 2, 1, 1)
_OUTBOUND_SHARE = 0.8
_SOFTLINX_SHARE = 0.6
_BROKEN_OFF_SHARE = 0.15
_UNTIL_THE_CALLER_TRIES_AGAIN = timedelta(minutes=3)

_USERS = ("frontdesk", "referrals", "records", "billing", "pharmacy")
_RECIPIENTS = (
    "Lakeside Imaging",
    "Harbor Pharmacy",
    "Pine Street Clinic",
    "County Hospital",
    "Atlas Insurance",
)
_AREA_CODES = ("202", "215", "312", "404", "503", "617")


@dataclass(frozen=True, slots=True)
class _Event:
    when: datetime
    happen: Callable[[], object]


def simulate_day(
    softlinx: SoftlinxSimulator | None,
    greenfax: GreenFaxSimulator | None,
    schedule: Schedule,
    *,
    start: datetime,
    jobs: int,
    seed: int,
    faults: Faults | None = None,
    since: datetime | None = None,
) -> None:
    """Put exactly `jobs` faxes on the schedule of the 24 hours from `start`.

    Either provider may be missing, but not both (ValueError). `faults` replaces the simulators' own. Of a day
    that was broken off the faxes behind `since` are left.
    """
    if softlinx is None and greenfax is None:
        raise ValueError("a day needs at least one provider")
    for simulator in (softlinx, greenfax):
        if simulator is not None and faults is not None:
            simulator.faults = faults
    dice = Random(f"{seed}/day")
    events: list[_Event] = []
    while len(events) < jobs:
        when = _moment(start, dice)
        goes_by_softlinx = dice.random() < _SOFTLINX_SHARE
        if softlinx is not None and (goes_by_softlinx or greenfax is None):
            events += _softlinx_events(softlinx, when, dice, room=jobs - len(events))
        elif greenfax is not None:
            events.append(_greenfax_event(greenfax, when, dice))
    for event in sorted(events, key=lambda event: event.when):
        if since is not None and event.when <= since:
            continue
        schedule.at(event.when, partial(_do, event))


def _do(event: _Event) -> None:
    event.happen()


def _moment(start: datetime, dice: Random) -> datetime:
    hours = [start + timedelta(hours=hour) for hour in range(24)]
    busyness = [_BUSYNESS[hour.astimezone(_CLINIC).hour] for hour in hours]
    (hour,) = dice.choices(hours, busyness)
    return hour + timedelta(seconds=dice.randrange(3600))


def _softlinx_events(
    softlinx: SoftlinxSimulator, when: datetime, dice: Random, room: int
) -> Sequence[_Event]:
    number, user = _number(dice), dice.choice(_USERS)
    if dice.random() < _OUTBOUND_SHARE:
        recipient, project_code = dice.choice(_RECIPIENTS), f"CHART-{dice.randrange(10_000, 99_999)}"
        send = partial(softlinx.send, number, user=user, recipient=recipient, project_code=project_code)
        return [_Event(when, send)]
    receive = partial(softlinx.receive, number, user=user)
    if dice.random() < _BROKEN_OFF_SHARE and room > 1:
        again = when + _UNTIL_THE_CALLER_TRIES_AGAIN
        return [
            _Event(when, partial(receive, breaks_off=True)),
            _Event(again, partial(receive, breaks_off=False)),
        ]
    return [_Event(when, partial(receive, breaks_off=False))]


def _greenfax_event(greenfax: GreenFaxSimulator, when: datetime, dice: Random) -> _Event:
    number = _number(dice)
    if dice.random() < _OUTBOUND_SHARE:
        job_code = f"Order:{dice.randrange(1000, 9999)}"
        return _Event(when, partial(greenfax.send, number, job_code=job_code))
    return _Event(when, partial(greenfax.receive, number))


def _number(dice: Random) -> str:
    """A number that nobody has (555-01xx) and that is not magic."""
    return f"1{dice.choice(_AREA_CODES)}5550{dice.randrange(120, 200)}"
