"""`faxledger credentials`: written for the functions to read, tried once, taken out again where refused."""

import base64
import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cli.api import Refused
from cli.credentials import write_and_try
from cli.installation import Counted, FunctionRun, Installation, run_in
from cli.main import main
from cli.secret_versions import add_version, current_version, make_current
from local.runtime.errors import CannotRun
from tests.support.small_stack import REGION, STACK, make_small_stack, secret_of

OLD = {"login": "faxledger", "password": "old-canary"}
NEW = {"login": "faxledger", "password": "new-canary"}
ACCEPTED = FunctionRun({"stated": 0, "unknown": ["softlinx.outbound.acme.0"], "left": []}, None, "")
REFUSED = FunctionRun(None, "LoginRefused", "")


def line(message: str, level: str = "ERROR", **more: str) -> str:
    return json.dumps({"level": level, "message": message, **more})


class World:
    """A stack whose functions answer as they are told; what they were asked is kept."""

    def __init__(self) -> None:
        self.client = boto3.client("secretsmanager", REGION)
        self.answers = ACCEPTED
        self.asked: list[tuple[str, Any]] = []
        self.tried: list[str] = []
        self.fails: Exception | None = None
        self.ids = {
            name: self.client.create_secret(Name=name, SecretString="{}")["ARN"]
            for name in ("SoftlinxCredentials", "GreenFaxCredentials")
        }

    def write(self, fields: dict[str, str], provider: str = "softlinx", *, keeps: bool = False) -> str:
        installation = Installation(
            options="",
            accounts={"softlinx": "Acme", "greenfax": "12345"},
            callback_urls={},
            secret_ids=self.ids,
            secrets=self.client,
            invoke=self._invoke,
            counted=lambda *_: Counted(0, datetime.now(UTC)),
        )
        return write_and_try(installation, provider, fields, keeps=keeps)

    def current(self, provider: str = "SoftlinxCredentials") -> Any:
        return json.loads(current_version(self.client, self.ids[provider]).text)

    def version(self) -> str:
        return current_version(self.client, self.ids["SoftlinxCredentials"]).id

    def _invoke(self, function: str, event: object) -> FunctionRun:
        self.asked.append((function, event))
        self.tried.append(self.version())
        if self.fails is not None:
            raise self.fails
        return self.answers


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World()


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the command itself needs, to come as far as it does here."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("FAXLEDGER_STACK", STACK)
    with mock_aws():
        make_small_stack()
        yield


def test_a_login_is_tried_by_a_look_up_that_changes_nothing(world: World) -> None:
    assert "accepts" in world.write(NEW)
    assert world.current() == NEW
    assert world.asked == [("SoftlinxPoll", {"look_up": ["softlinx.outbound.acme.0"]})]


def test_a_refused_login_leaves_what_was_there_before(world: World) -> None:
    world.write(OLD)
    world.answers = REFUSED
    with pytest.raises(Refused, match="in force again"):
        world.write(NEW)
    assert world.current() == OLD
    with pytest.raises(Refused, match="It stays"):
        world.write(NEW, keeps=True)
    assert world.current() == NEW


def test_the_same_wrong_login_again_is_the_same_version_so_that_it_is_known_as_refused(world: World) -> None:
    world.write(OLD)
    world.answers = FunctionRun(None, "LoginRefused", line("login not tried", "WARNING"))
    for _ in range(2):
        with pytest.raises(Refused, match="within the last hour"):
            world.write(NEW)
    first, once, again = world.tried
    assert once == again != first
    assert world.current() == OLD


def test_what_is_there_already_is_tried_and_not_written_again(world: World) -> None:
    world.write(NEW)
    before = world.version()
    world.write(dict(reversed(NEW.items())))
    assert world.version() == before
    world.answers = REFUSED
    with pytest.raises(Refused, match="It stays"):
        world.write(NEW)
    assert world.version() == before


def test_where_it_can_not_be_tried_it_is_kept_and_said_when_it_will_be(world: World) -> None:
    world.answers = FunctionRun({"stated": 0, "unknown": [], "left": ["softlinx.outbound.acme.0"]}, None, "")
    assert "another run is under way" in world.write(NEW)
    reason = "the feed's connection failed: ConnectError"
    world.answers = FunctionRun(world.answers.result, None, line("not looked up", reason=reason))
    assert reason in world.write(OLD)
    world.answers = FunctionRun(None, "SecretUnavailable", "")
    assert "SecretUnavailable" in world.write(NEW)
    assert world.current() == NEW
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "you"}}
    world.fails = ClientError(denied, "Invoke")  # type: ignore[arg-type]
    assert "could not be tried from here (AccessDeniedException)" in world.write(OLD)
    assert world.current() == OLD


def test_what_lambda_answers_is_the_result_or_the_type_of_what_went_wrong() -> None:
    log = base64.b64encode(b"START\n")
    fine = {"Payload": io.BytesIO(b'{"left": []}'), "LogResult": log.decode()}
    assert run_in(fine) == FunctionRun({"left": []}, None, "START\n")
    error = b'{"errorType": "LoginRefused", "errorMessage": "Login was refused"}'
    failed = {"Payload": io.BytesIO(error), "FunctionError": "Unhandled"}
    assert run_in(failed) == FunctionRun(None, "LoginRefused", "")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", "accepts this password"),
        (line("the feed may not be asked yet", "WARNING"), "within 23 minutes"),
        (
            line("the feed could not be read", error="AnswerLost", reason="no answer in time"),
            "no answer in time",
        ),
        (line("the feed's claim was abandoned", "WARNING"), "it was not asked"),
    ],
)
def test_the_feed_says_what_came_of_a_password(log: str, said: str, world: World) -> None:
    world.answers = FunctionRun(None, None, f"START\n{log}\nEND")
    assert said in world.write({"password": "new-canary"}, "greenfax")
    assert world.asked == [("GreenFaxFeed", {})]
    assert world.current("GreenFaxCredentials") == {"password": "new-canary"}


def test_a_password_that_the_feed_refuses_is_taken_out_again(world: World) -> None:
    reason = "the feed was refused with code 401"
    world.answers = FunctionRun(
        None, None, line("the feed could not be read", error="ProviderRefused", reason=reason)
    )
    with pytest.raises(Refused, match="GreenFax refuses"):
        world.write({"password": "new-canary"}, "greenfax")
    assert world.current("GreenFaxCredentials") == {}


def test_of_two_people_at_once_the_second_changes_nothing(world: World) -> None:
    secret = world.ids["SoftlinxCredentials"]
    read = current_version(world.client, secret)
    mine, theirs = (add_version(world.client, secret, json.dumps(one)) for one in (NEW, OLD))
    make_current(world.client, secret, theirs, instead_of=read.id)
    with pytest.raises(CannotRun, match="somebody else"):
        make_current(world.client, secret, mine, instead_of=read.id)
    assert world.current() == OLD


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "the login is missing"),
        ({"login": "faxledger"}, "the password is missing"),
        ({"login": "faxledger", "password": ""}, "the password is missing"),
        ({"login": "faxledger", "password": "canary\n"}, "spaces around it"),
        ({"login": " faxledger", "password": "canary"}, "spaces around it"),
        ({"login": "faxledger", "password": "canary" * 50}, "more than 256 characters"),
        ({"login": "a", "password": "canary", "realm": "acme"}, "takes login and password, and not realm"),
    ],
)
def test_what_can_be_no_login_is_refused_and_not_repeated(
    given: dict[str, str], said: str, world: World
) -> None:
    with pytest.raises(CannotRun, match=said) as refused:
        world.write(given)
    assert "canary" not in str(refused.value)
    assert (world.current(), world.asked) == ({}, [])


@pytest.mark.usefixtures("stack")
def test_what_is_no_json_is_not_repeated_and_without_a_terminal_a_script_is_told_how(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for given, options, said in (("canary", ["--stdin"], "is not JSON"), ("", [], "--stdin")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        assert main(["credentials", "softlinx", *options]) == 2
        printed = capsys.readouterr()
        assert said in printed.err
        assert "canary" not in printed.out + printed.err
    assert secret_of("SoftlinxCredentials") == '{"login": "", "password": ""}'
