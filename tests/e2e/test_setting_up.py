"""Credentials, URLs and tokens are set up at the running bundle as at a deployed stack."""

import io
import json
import sys
from collections.abc import Callable, Iterator

import pytest

from cli.main import main
from tests.e2e.conftest import Town, open_towns
from tests.support import plain_http

Said = Callable[..., str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all: each test leaves the right credentials there."""
    with open_towns(tmp_path_factory.mktemp("town")) as open_town:
        yield open_town()


@pytest.fixture
def faxledger(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """The command at this bundle: what it says, with the exit status that it has to have."""
    monkeypatch.delenv("FAXLEDGER_STACK", raising=False)

    def run(*words: str, typed: object = None, status: int = 0) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(typed)))
        port = town.bundle.admin_url.rpartition(":")[2]
        assert main([*words, "--api-url", town.bundle.url, "--admin-port", port]) == status
        printed = capsys.readouterr()
        return printed.out + printed.err

    return run


RIGHT = {"login": "faxledger", "password": "not-a-secret"}


def test_a_softlinx_login_is_tried_at_once_and_a_wrong_one_taken_out(town: Town, faxledger: Said) -> None:
    assert "accepts this login" in faxledger("credentials", "softlinx", "--stdin", typed=RIGHT)
    wrong = {**RIGHT, "password": "canary"}
    assert "refuses this login" in faxledger("credentials", "softlinx", "--stdin", typed=wrong, status=1)
    said = faxledger("credentials", "softlinx", "--stdin", typed=wrong, status=1)
    assert "within the last hour" in said
    assert "canary" not in said
    assert "accepts this login" in faxledger("credentials", "softlinx", "--stdin", typed=RIGHT)
    assert town.faxes() == {}


def test_a_greenfax_password_is_tried_once_in_20_minutes(town: Town, faxledger: Said) -> None:
    # As in a new stack: without a password the feed asks nobody.
    secret = town.bundle.cloud.ref("GreenFaxCredentials")
    town.bundle.aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="{}")
    town.wait(minutes=30)
    wrong = {"password": "canary"}
    assert "GreenFax refuses" in faxledger("credentials", "greenfax", "--stdin", typed=wrong, status=1)
    right = {"password": "not-a-secret"}
    assert "within 23 minutes" in faxledger("credentials", "greenfax", "--stdin", typed=right)


def test_the_urls_are_those_that_the_bundle_answers(town: Town, faxledger: Said) -> None:
    said = faxledger("urls", "--with-token")
    assert f"{town.bundle.url}/callbacks/softlinx/local-softlinx-token-not-a-secret\n" in said
    assert f"{town.bundle.url}/callbacks/greenfax/local-greenfax-token-not-a-secret/inbound\n" in said
    assert "there is\nnothing to send" in said


def test_a_token_is_rotated_without_losing_a_callback(town: Town, faxledger: Said) -> None:
    old = f"{town.bundle.url}/callbacks/greenfax/local-greenfax-token-not-a-secret"
    faxledger("rotate-token", "greenfax")
    said = faxledger("rotate-token", "greenfax", "--with-token")
    new = next(line.strip() for line in said.splitlines() if "/callbacks/greenfax/" in line)
    town.wait(minutes=2)
    assert called(old, "71") == 200
    assert "nothing has come under the new token" in faxledger(
        "rotate-token", "greenfax", "--finish", status=1
    )
    assert called(new, "72") == 200
    assert "The old token is out" in faxledger("rotate-token", "greenfax", "--finish")
    town.wait(minutes=6)
    assert (called(old, "73"), called(new, "74")) == (404, 200)
    assert {fax_id.rpartition(".")[2] for fax_id in town.faxes()} == {"71", "72", "74"}


def called(url: str, fax: str) -> int:
    return plain_http.get(f"{url}?result=success&greenfaxreferenceid={fax}").status_code
