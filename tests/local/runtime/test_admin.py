"""The doors of the local bundle: open to this machine's commands, and not to pages in its browser."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from local.runtime.bundle import Bundle, Ports
from local.runtime.clock import VirtualClock
from tests.e2e.conftest import ACCOUNTS, START
from tests.support import plain_http


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_page_can_send_without_asking_runs_nothing(tmp_path: Path, content_type: str) -> None:
    clock = VirtualClock(START)
    given = {"SoftlinxRealm": "Acme"}
    with Bundle(clock, parameters=given, secrets=ACCOUNTS.secrets(), log=tmp_path / "log") as bundle:
        url = f"{bundle.admin_url}/functions/query_faxes/invocations"
        headers = {"content-type": content_type} if content_type else {}
        answer = plain_http.post(url, content="{}", headers=headers)
        assert answer.status_code == 400
        assert (tmp_path / "log").read_text() == ""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    log, ports = tmp_path_factory.mktemp("log") / "log", Ports(names=["Faxes.tunnel.example"])
    with Bundle(
        VirtualClock(START),
        parameters={"SoftlinxRealm": "Acme"},
        secrets=ACCOUNTS.secrets(),
        log=log,
        ports=ports,
    ) as bundle:
        yield bundle


def asked_by(url: str, host: str) -> int:
    return plain_http.get(url, headers={"host": host}).status_code


@pytest.mark.parametrize("host", ["rebound.example:3000", "localhost.example", "127.0.0.1.example", "[", ""])
def test_whoever_calls_this_machine_by_another_name_is_refused_at_every_door(
    bundle: Bundle, host: str
) -> None:
    for url in (f"{bundle.url}/faxes", f"{bundle.admin_url}/environments", f"{bundle.aws_url}/"):
        assert asked_by(url, host) == 403, url


@pytest.mark.parametrize(
    "host", ["localhost:3000", "LOCALHOST", "bucket.localhost", "127.0.0.1", "[::1]:3000"]
)
def test_this_machine_s_own_names_are_let_in(bundle: Bundle, host: str) -> None:
    assert asked_by(f"{bundle.url}/faxes", host) == 200
    assert asked_by(f"{bundle.admin_url}/environments", host) == 200


def test_a_container_s_name_for_this_machine_is_let_in(bundle: Bundle) -> None:
    assert asked_by(f"{bundle.aws_url}/moto-api/data.json", "host.docker.internal:3002") == 200


def test_a_tunnel_s_name_is_let_in_where_it_was_given_and_only_by_the_api(bundle: Bundle) -> None:
    assert asked_by(f"{bundle.url}/faxes", "faxes.tunnel.example") == 200
    assert asked_by(f"{bundle.admin_url}/environments", "faxes.tunnel.example") == 403


def test_the_bundle_says_its_version_its_time_and_its_parameters(bundle: Bundle) -> None:
    about = plain_http.get(f"{bundle.admin_url}/about").json()
    assert about["version"] == version("faxledger")
    assert about["now"] == START.isoformat()
    assert about["parameters"]["SoftlinxRealm"] == "Acme"
