"""A refused login is tried once an hour by all that share it, and at once when the secret was mended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from faxledger.errors import LoginRefused, ProviderUnavailable
from faxledger.providers.softlinx.refused_logins import CurrentLogin, RestrainedApi
from tests.fakes.claims import InMemoryClaims
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.heard import InMemoryHeard
from tests.fakes.observe import Counts, LogLines

REFUSED = LoginRefused("Login", "2")


class Api:
    """Takes one password; `asked` is what it was asked with. `fault` is raised of everybody who gets in."""

    def __init__(self, login: CurrentLogin) -> None:
        self.login = login
        self.right = "right"
        self.fault: Exception | None = None
        self.asked: list[str] = []

    @contextmanager
    def session(self, **_: float) -> Iterator[Any]:
        password = self.login()[1]
        yield self
        self.asked.append(password)
        if password != self.right:
            raise REFUSED
        if self.fault is not None:
            raise self.fault


class Office:
    """`functions` are two that share a login."""

    def __init__(self) -> None:
        self.clock, self.claims, self.count = StoppedClock(), InMemoryClaims(), Counts()
        self.heard = InMemoryHeard()
        self.secret = ("faxledger", "wrong"), "version-1"
        self.login = CurrentLogin(self.read, self.clock)
        self.reads = 0
        self.api = Api(self.login)
        self.functions = [
            RestrainedApi(
                self.api,
                self.login,
                self.claims,
                heard=self.heard,
                clock=self.clock,
                count=self.count,
                log=LogLines(),
            )
            for _ in range(2)
        ]

    def read(self) -> tuple[tuple[str, ...], str]:
        self.reads += 1
        return self.secret

    def turn(self, function: int = 0) -> bool:
        """Whether it got in."""
        try:
            with self.functions[function].session(patience=1):
                pass
        except LoginRefused:
            return False
        return True


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_wrong_password_is_tried_once_an_hour_whoever_wants_in(office: Office) -> None:
    for _ in range(12):
        assert not any(office.turn(function) for function in (0, 1))
        office.clock.advance(minutes=15)
    assert len(office.api.asked) == 3
    assert office.count["LoginNotTried"] == 21


def test_a_refusal_is_noted_with_when_it_was(office: Office) -> None:
    assert not office.turn()
    office.clock.advance(minutes=15)
    assert not office.turn()
    assert office.heard.of("softlinx") == {"login refused": NOON}


def test_another_version_of_the_secret_is_tried_at_once(office: Office) -> None:
    assert not office.turn()
    office.secret = ("faxledger", "right"), "version-2"
    assert office.turn()
    assert office.turn(1)


def test_the_secret_is_read_once_for_all_sessions_of_five_minutes(office: Office) -> None:
    office.api.right = "wrong"
    for _ in range(10):
        assert office.turn()
        office.clock.advance(minutes=1)
    assert office.reads == 2


def test_a_changed_secret_is_used_within_five_minutes_without_a_refusal(office: Office) -> None:
    office.api.right = "wrong"
    assert office.turn()
    office.secret = ("faxledger", "right"), "version-2"
    office.clock.advance(minutes=5)
    office.turn()
    assert office.api.asked == ["wrong", "right"]


def test_a_password_that_does_not_work_any_more_is_tried_once_and_then_the_new_one(office: Office) -> None:
    office.api.right = "wrong"
    assert office.turn()
    office.api.right, office.secret = "right", (("faxledger", "right"), "version-2")
    assert not office.turn()
    assert office.turn(1)
    assert office.api.asked == ["wrong", "wrong", "right"]


def test_who_was_let_in_after_an_hour_lets_the_others_in_at_once(office: Office) -> None:
    assert not office.turn()
    office.api.right = "wrong"
    assert not office.turn()
    office.clock.advance(hours=1)
    assert office.turn()
    assert office.turn(1)
    assert office.claims.held == {}


def test_when_the_hour_is_over_one_tries_and_nobody_beside_it(office: Office) -> None:
    assert not office.turn()
    office.api.right = "wrong"
    office.clock.advance(hours=1)
    with office.functions[0].session():
        assert not office.turn(1)
    assert office.turn(1)


def test_silence_when_the_hour_is_over_does_not_cost_another_one(office: Office) -> None:
    assert not office.turn()
    office.api.right, office.api.fault = "wrong", ProviderUnavailable("HTTP 503")
    office.clock.advance(hours=1)
    with pytest.raises(ProviderUnavailable):
        office.turn()
    office.api.fault = None
    assert office.turn(1)


@pytest.mark.parametrize(
    "fault", [ProviderUnavailable("HTTP 503"), LoginRefused("PUT inboundfaxes", "HTTP-403")]
)
def test_what_is_no_refused_password_keeps_nobody_out(office: Office, fault: Exception) -> None:
    office.api.right, office.api.fault = "wrong", fault
    with pytest.raises(type(fault)), office.functions[0].session():
        pass
    office.api.fault = None
    assert office.turn(1)
    assert office.claims.held == {}


def test_a_password_refused_in_the_middle_keeps_everybody_out_as_well(office: Office) -> None:
    office.api.right, office.api.fault = "wrong", LoginRefused("GET outboundfaxes", "HTTP-401")
    assert not office.turn()
    office.api.fault = None
    assert not office.turn(1)
