"""Whichever step a function dies at, nothing is left unmarked, unstored, untold or marked too early.

Each function dies at its first call to the outside, then, with another fax, at its second, and so on, until
it comes to its end: once before each call, and once right after it. What Lambda, the queues and the schedules
do next is done then, at worst the sweep alone; and the fax has to be where it would have been.
"""

import json
from collections.abc import Iterator
from itertools import count

import pytest

from local.runtime.functions import Killed
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.functions.deaths.cases import CASES, STEPLESS
from tests.functions.deaths.ward import Ward
from tests.support import canaries
from tests.support.bundle_on_moto import TOKEN, Stack, event_file
from tests.support.reaper import Reaper
from tests.support.template import Template

SECRETS = (TOKEN, "not-a-secret")


@pytest.fixture
def ward(stack: Stack) -> Iterator[Ward]:
    stack.parameters |= {"TellFrom": "2020-01-01", "NotifySender": "faxes@example.org"}
    stack.verify_sender("faxes@example.org")
    with (
        SoftlinxSimulator(stack.clock, stack.clock, seed=7) as softlinx,
        GreenFaxSimulator(stack.clock, stack.clock, seed=7) as greenfax,
    ):
        stack.parameters |= {
            "SoftlinxUrl": softlinx.wsapi_url,
            "GreenFaxOutboundUrl": f"{greenfax.url}/api/xml/outbound.php",
            "GreenFaxInboundUrl": f"{greenfax.url}/api/xml/inbound.php",
        }
        # Or every third run would ask for the inbound faxes alone.
        stack.parameters["GreenFaxAllowance"] = "separate"
        stack.neighbours = frozenset({greenfax.url})
        route = event_file("edit_routes") | {"routeKey": "PUT /routes/default"}
        route["body"] = json.dumps({"targets": [{"email": "desk@example.org"}]})
        assert stack.http("EditRoutes", route).status == 200
        yield Ward(stack, softlinx, greenfax, count(1))


def test_every_function_dies_or_has_no_steps_to_die_between() -> None:
    assert sorted([*CASES, *STEPLESS]) == sorted(Template({}).functions())


@pytest.mark.parametrize("is_late", [False, True], ids=["before-a-call", "after-a-call"])
@pytest.mark.parametrize("name", CASES)
def test_a_death_between_any_two_steps_loses_nothing_and_marks_nothing_early(
    ward: Ward,
    name: str,
    *,
    is_late: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    reaper = Reaper()
    with reaper.at_work(monkeypatch):
        for call in count(1):
            case = CASES[name](ward)
            try:
                with reaper.at(call, is_late=is_late):
                    case.run()
                is_dead = False
            except Killed:
                is_dead = True
            assert case.check(), f"{name}: too early, after a death at call {call}"
            if is_dead:
                case.go_on()
            assert case.check(), f"{name}: too early, at the end after a death at call {call}"
            assert case.end(), f"{name}: something is left undone after a death at call {call}"
            if not is_dead:
                break
        assert call > 1, "it never died"
    # Whatever it died at, it said nothing of a person and no secret: no log, metric, event or message.
    assert canaries.found_in("".join(capfd.readouterr()) + json.dumps(ward.seen), *SECRETS) == []
