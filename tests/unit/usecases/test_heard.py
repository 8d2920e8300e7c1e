"""When each provider has pushed something last, out of what changed of its faxes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import Conflict, Fax, Sighting
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.announce import Change
from faxledger.usecases.heard import NotePushes
from tests.fakes.clock import NOON
from tests.fakes.heard import InMemoryHeard
from tests.fakes.observe import LogLines

LATER = NOON + timedelta(minutes=5)
SOFTLINX = FaxId.parse("softlinx.outbound.acme.33")
GREENFAX = FaxId.parse("greenfax.outbound.12345.33")


def sighting(source: Source, at: datetime) -> Sighting:
    return Sighting(source, "sent", at, {})


def fax(*sightings: Sighting, fax_id: FaxId = SOFTLINX) -> Fax:
    return Fax(fax_id, first_status=Status.SENT, sightings=sightings)


class Flaky(InMemoryHeard):
    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.is_down = False

    def note(self, provider: str, what: str, at: datetime) -> None:
        self.writes += 1
        if self.is_down:
            raise LedgerUnavailable("down")
        super().note(provider, what, at)


@pytest.fixture
def heard() -> Flaky:
    return Flaky()


@pytest.fixture
def note(heard: Flaky) -> NotePushes:
    return NotePushes(heard, log=LogLines())


def test_each_source_of_each_provider_is_noted_by_when_it_spoke(heard: Flaky, note: NotePushes) -> None:
    note(
        [
            Change("1", None, fax(sighting(Source.CALLBACK, LATER))),
            Change("2", None, fax(sighting(Source.CALLBACK, NOON))),
            Change("3", None, fax(sighting(Source.NOTIFY, NOON), fax_id=GREENFAX)),
            Change("4", None, fax(sighting(Source.EMAIL, LATER), fax_id=GREENFAX)),
        ]
    )

    assert heard.of("softlinx") == {"callback": LATER}
    assert heard.of("greenfax") == {"notify": NOON, "email": LATER}


def test_what_was_asked_for_was_not_pushed(heard: Flaky, note: NotePushes) -> None:
    note([Change("1", None, fax(sighting(Source.POLL, NOON))), Change("2", None, fax())])
    assert heard.writes == 0


def test_a_push_after_the_poll_is_heard_and_what_stood_before_is_not(heard: Flaky, note: NotePushes) -> None:
    polled, called = sighting(Source.POLL, NOON), sighting(Source.CALLBACK, LATER)
    note([Change("1", fax(polled), fax(polled, called))])
    assert heard.of("softlinx") == {"callback": LATER}

    note([Change("2", fax(polled, called), replace(fax(polled, called), is_history=True))])
    assert heard.writes == 1


def test_hints_and_conflicts_are_heard_too(heard: Flaky, note: NotePushes) -> None:
    hinted = Fax(SOFTLINX, unsettling=(sighting(Source.CALLBACK, NOON),))
    note([Change("1", None, hinted)])
    assert heard.of("softlinx") == {"callback": NOON}

    conflict = Conflict(Status.FAILED, Source.NOTIFY, LATER, {})
    note([Change("2", fax(fax_id=GREENFAX), replace(fax(fax_id=GREENFAX), conflict=conflict))])
    assert heard.of("greenfax") == {"notify": LATER}


def test_a_busy_morning_costs_one_write_a_minute(heard: Flaky, note: NotePushes) -> None:
    for second in range(180):
        note([Change("1", None, fax(sighting(Source.CALLBACK, NOON + timedelta(seconds=second))))])

    assert heard.writes == 3
    assert heard.of("softlinx") == {"callback": NOON + timedelta(minutes=2)}


def test_what_could_not_be_noted_is_noted_with_the_next(heard: Flaky, note: NotePushes) -> None:
    heard.is_down = True
    note([Change("1", None, fax(sighting(Source.CALLBACK, NOON)))])
    heard.is_down = False
    note([Change("2", None, fax(sighting(Source.CALLBACK, NOON + timedelta(seconds=1))))])

    assert heard.of("softlinx") == {"callback": NOON + timedelta(seconds=1)}
