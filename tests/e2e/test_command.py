"""The command against servers that it has not started; what it runs has a process of its own."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml
from standardwebhooks import Webhook

from cli.console_server import why_no_page
from cli.main import main
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import DEFAULTS
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.web import WebRequest, WebResponse, WebServer
from tests.support import plain_http
from tests.support.patience import PATIENCE_SECONDS

FAXLEDGER = Path(sys.executable).with_name("faxledger")
FREE_PORTS = ("--port", "0", "--admin-port", "0", "--aws-port", "0")
_LOOK_EVERY_SECONDS = 0.05
GOOD, BUSY = "12025550100", "12025550001"


@dataclass(frozen=True, slots=True)
class Servers:
    """Both providers as anybody could run them: apart from the bundle, with a clock of their own."""

    clock: VirtualClock
    softlinx: SoftlinxSimulator
    greenfax: GreenFaxSimulator


@pytest.fixture
def servers() -> Iterator[Servers]:
    clock = VirtualClock(datetime.now(UTC) - timedelta(minutes=30), speed=math.inf)
    with SoftlinxSimulator(clock, clock) as softlinx, GreenFaxSimulator(clock, clock) as greenfax:
        with clock.activity():
            clock.start()
            yield Servers(clock, softlinx, greenfax)
        clock.stop()


@dataclass(frozen=True, slots=True)
class Running:
    process: subprocess.Popen[str]
    output: Path

    def told(self, pattern: str) -> str:
        """What the command printed at the place of the pattern's group, as soon as it has."""
        found: re.Match[str] = wait_for(lambda: re.search(pattern, self.output.read_text("utf-8")))
        return found[1]

    @property
    def url(self) -> str:
        return self.told(r"API +(http://\S+)")

    @property
    def admin_port(self) -> str:
        return self.told(r"--admin-port (\d+)")

    def get(self, path: str) -> Any:
        return plain_http.get(self.url + path).json()

    def end(self) -> str:
        """Interrupts it as Ctrl-C does; what it printed in all."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=PATIENCE_SECONDS)
        return self.output.read_text("utf-8")


@contextmanager
def starting(folder: Path) -> Iterator[Callable[..., Running]]:
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, environment: Mapping[str, str] | None = None) -> Running:
        output = folder / f"output-{len(started)}"
        with output.open("w") as file:
            process = subprocess.Popen(
                [FAXLEDGER, "up", *FREE_PORTS, "--log", folder / "log", *options],
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **(environment or {})},
            )
        started.append(process)
        return Running(process, output)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    with starting(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One to which nothing happens, for all who only ask it."""
    with starting(tmp_path_factory.mktemp("idle")) as start:
        yield start("--jobs", "0", "--speed", "1")


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    output: str
    errors: str


def run(*arguments: str) -> Ran:
    """The command in this process: to start one takes longer than most commands."""
    output, errors = StringIO(), StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
    return Ran(status, output.getvalue(), errors.getvalue())


def run_by_itself(*arguments: str) -> Ran:
    ran = subprocess.run(
        [FAXLEDGER, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def wait_for(ask: Callable[[], Any]) -> Any:
    for _ in range(round(PATIENCE_SECONDS / _LOOK_EVERY_SECONDS)):
        try:
            if answer := ask():
                return answer
        except (httpx.HTTPError, OSError):
            pass  # not yet
        time.sleep(_LOOK_EVERY_SECONDS)
    pytest.fail(f"it did not happen within {PATIENCE_SECONDS} s")


def test_other_servers_are_polled_marked_and_read(servers: Servers, up: Callable[..., Running]) -> None:
    sent, failed = (servers.softlinx.send(number) for number in (GOOD, BUSY))
    notified = servers.greenfax.send(GOOD)
    servers.clock.sleep(20 * 60)
    running = up(
        "--no-simulate", "--softlinx-url", servers.softlinx.url, "--greenfax-url", servers.greenfax.url
    )

    # The first runs of the schedules are at once.
    wait_for(lambda: len(running.get("/faxes")["faxes"]) == 3)
    wait_for(lambda: all(job.is_marked for job in servers.softlinx.jobs()))
    known = {fax["id"]: (fax["status"], fax["settled_by"]) for fax in running.get("/faxes")["faxes"]}
    assert known == {
        f"softlinx.outbound.acme.{sent}": ("sent", "poll"),
        f"softlinx.outbound.acme.{failed}": ("failed", "poll"),
        f"greenfax.outbound.12345.{notified}": ("sent", "feed"),
    }

    # One more poll by hand brings what came since.
    servers.softlinx.receive(GOOD)
    polled = run_by_itself("run", "softlinx_poll", "--admin-port", running.admin_port)
    assert (polled.status, polled.output) == (0, "null\n")
    assert '"report recorded"' in polled.errors
    assert len(running.get("/faxes?status=received")["faxes"]) == 1

    # A feed by hand would come within 20 minutes, so it does not ask.
    assert run("run", "GreenFaxFeed", "--admin-port", running.admin_port).status == 0
    assert [request.status for request in servers.greenfax.feed_requests()] == [200]

    output = running.end()
    assert running.process.returncode == 0
    assert "settled by   callback 0 · notify 0 · poll 3 · feed 1" in output
    assert "not-a-secret" in output


def test_a_bundle_that_was_killed_goes_on_where_it_was(
    servers: Servers, up: Callable[..., Running], tmp_path: Path
) -> None:
    sent, notified = servers.softlinx.send(GOOD), servers.greenfax.send(GOOD)
    servers.clock.sleep(20 * 60)
    known = {f"softlinx.outbound.acme.{sent}", f"greenfax.outbound.12345.{notified}"}
    state = ("--state", str(tmp_path / "state"))
    killed = up("--softlinx-url", servers.softlinx.url, "--greenfax-url", servers.greenfax.url, *state)
    wait_for(lambda: {fax["id"] for fax in killed.get("/faxes")["faxes"]} == known)
    wait_for(lambda: all(job.is_marked for job in servers.softlinx.jobs()))
    assert "is in use by another `faxledger up`" in run("up", *state).errors
    killed.process.kill()
    killed.process.wait()

    # It is told nothing but where its state is.
    running = up(*state)
    assert {fax["id"] for fax in running.get("/faxes")["faxes"]} == known
    # GreenFax's 20 minutes are not over.
    assert run("run", "GreenFaxFeed", "--admin-port", running.admin_port).status == 0
    assert [request.status for request in servers.greenfax.feed_requests()] == [200]
    assert "lost         unknown" in running.end()
    assert running.process.returncode == 0


def test_a_provider_without_a_url_is_left_out(servers: Servers, up: Callable[..., Running]) -> None:
    running = up("--no-simulate", "--greenfax-url", servers.greenfax.url, "--parameters")
    assert running.told(r"(SoftlinxRealm=.*)") == "SoftlinxRealm="
    wait_for(servers.greenfax.feed_requests)
    assert running.end().count("lost         unknown") == 1


def test_passwords_and_tokens_are_taken_from_the_environment(
    servers: Servers, up: Callable[..., Running]
) -> None:
    token = "a-token-of-somebodys-own-choice-1234567"
    own = {"SOFTLINX_PASSWORD": "wrong", "SOFTLINX_CALLBACK_TOKEN": token, "SoftlinxRealm": "ACME"}
    running = up("--softlinx-url", servers.softlinx.url, environment=own)
    wait_for(lambda: "LoginRefused" in (running.output.parent / "log").read_text("utf-8"))
    answer = plain_http.post(
        f"{running.url}/callbacks/softlinx/{token}", data={"FaxId": "1", "FaxStatus": "sent"}
    )
    assert answer.status_code == 200
    assert running.get("/faxes/softlinx.outbound.acme.1")["status"] == "sent"
    assert "wrong" not in running.end()


def test_a_simulated_day_ends_with_its_account(up: Callable[..., Running]) -> None:
    running = up("--once", "--jobs", "12", "--seed", "5", "--speed", "inf")
    running.process.wait(timeout=PATIENCE_SECONDS)
    output = running.output.read_text("utf-8")
    assert running.process.returncode == 0, output
    assert "lost         0 of 12 finished" in output


def test_a_day_whose_process_was_killed_goes_on_where_it_was(
    up: Callable[..., Running], tmp_path: Path
) -> None:
    state = ("--state", str(tmp_path / "state"))
    killed = up("--jobs", "12", "--seed", "5", *state)
    killed.told("(by (?:callback|notify))")
    killed.process.kill()
    killed.process.wait()

    # Neither how many faxes nor which is said again.
    ended = run("up", *FREE_PORTS, "--once", "--speed", "inf", *state)
    assert ended.status == 0, ended.output
    assert "lost         0 of 12 finished" in ended.output


def test_an_interrupted_day_is_accounted_for_too(up: Callable[..., Running]) -> None:
    running = up("--jobs", "40", "--speed", "600", "--start", "2026-11-23T13:00:00")
    running.told("(by (?:callback|notify))")
    output = running.end()
    assert running.process.returncode == 0, output
    finished = int(re.findall(r"lost         0 of (\d+) finished", output)[-1])
    assert 0 < finished < 40


def test_run_says_what_it_needs(idle: Running, tmp_path: Path) -> None:
    nobody = run_by_itself("run", "softlinx_poll", "--admin-port", "1")
    assert (nobody.status, nobody.output) == (2, "")
    assert "Start one with `faxledger up`" in nobody.errors

    other_port = idle.url.rpartition(":")[2]
    for command in (["run", "softlinx_poll"], ["sam-template"]):
        elsewhere = run(*command, "--admin-port", other_port)
        assert (elsewhere.status, elsewhere.output) == (2, "")
        assert f"bundle answers at port {other_port}" in elsewhere.errors
    unknown = run("run", "polls", "--admin-port", idle.admin_port)
    assert unknown.status == 2
    named = unknown.errors.partition("There are: ")[2].rstrip(".\n").split(", ")
    assert named == sorted(named)
    assert {"softlinx_poll", "greenfax_feed", "query_faxes"} <= set(named)

    event = tmp_path / "event.json"
    event.write_text(json.dumps({"Records": "none that a queue would send"}))
    failed = run("run", "mark_fax", "--event", str(event), "--admin-port", idle.admin_port)
    assert failed.status == 1
    assert "MarkFax failed" in failed.errors

    event.write_text("{")
    assert "is not JSON" in run("run", "query_faxes", "--event", str(event)).errors


def test_every_event_runs_as_it_is_beside_the_running_bundle(idle: Running) -> None:
    for event in ("softlinx_callback", "greenfax_notify", "query_faxes"):
        asked = run("run", event, "--event", f"events/{event}.json", "--admin-port", idle.admin_port)
        assert json.loads(asked.output)["statusCode"] == 200, event


def test_the_console_s_link_is_printed_or_how_to_build_its_page(idle: Running) -> None:
    line = idle.told(r"\n(  console +\S.*)\n")
    assert len(line) <= 80
    link, _, key = line.split()[1].partition("#key=")
    if why_no_page():
        assert "make console" in line
        return
    asked = plain_http.get(f"{link}api/providers", headers={"authorization": f"Bearer {key}"})
    assert asked.json().keys() == {"providers"}
    assert plain_http.get(f"{link}api/providers").status_code == 401


def test_the_template_for_sam_local_leads_to_the_running_bundle(idle: Running, tmp_path: Path) -> None:
    shutil.copy("template.yaml", tmp_path)
    nobody = run("sam-template", "--built", str(tmp_path), "--admin-port", "1")
    assert nobody.status == 2
    assert "start one with `faxledger up`" in nobody.errors

    given = ("sam-template", "--admin-port", idle.admin_port)
    assert "`make build`" in run(*given, "--built", str(tmp_path / "nothing")).errors

    assert "To a container 127.0.0.1 is itself" in run(*given, "--built", str(tmp_path)).errors
    written = run(*given, "--built", str(tmp_path), "--host", "engine.example")
    assert written.errors == ""
    path = Path(written.output.strip())
    assert path == tmp_path / "local.yaml"
    function = yaml.safe_load(path.read_text("utf-8"))["Resources"]["SoftlinxCallback"]["Properties"]
    environment = function["Environment"]["Variables"]
    assert all(isinstance(value, str) for value in environment.values())
    assert environment["AWS_ENDPOINT_URL"].startswith("http://engine.example:")
    table = boto3.client(
        "dynamodb",
        endpoint_url=environment["AWS_ENDPOINT_URL"].replace("engine.example", "127.0.0.1"),
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    ).describe_table(TableName=environment["TABLE"])
    assert table["Table"]["TableStatus"] == "ACTIVE"


def test_a_port_in_use_is_said_in_a_sentence(idle: Running) -> None:
    port = idle.url.rpartition(":")[2]
    second = run("up", "--port", port)
    assert (second.status, second.output) == (2, "")
    problem = f"127.0.0.1:{port} for the API (--port) can't be had on this machine: Address already in use."
    assert second.errors == f"faxledger up: {problem}\n"


@pytest.mark.parametrize(
    ("options", "environment", "problem"),
    [
        (["--simulate", "--softlinx-url", "http://127.0.0.1:1"], {}, "they go with --no-simulate"),
        (["--no-simulate", "--once"], {}, "belong to a simulated day"),
        (["--no-simulate"], {}, "Give SoftlinxRealm, GreenFaxAccountId or both"),
        ([], {"RetentionDays": "30"}, "RetentionDays='30' breaks MinValue 120"),
        ([], {"SnapStart": "yes"}, "SnapStart='yes' is none of true, false"),
        (["--drop", "0.9", "--repeat", "0.2"], {}, "drop + unreachable + repeat must not exceed 1"),
        (["--receiver", "http://hooks.example.org/faxes"], {}, "is not of the form http://127.0.0.1"),
    ],
)
def test_what_cannot_run_is_refused_in_a_sentence(
    options: list[str],
    environment: dict[str, str],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    refused = run("up", *FREE_PORTS, "--log", str(tmp_path / "log"), *options)
    assert (refused.status, refused.output) == (2, "")
    assert problem in refused.errors
    assert "Traceback" not in refused.errors


def test_help_names_every_option_and_variable() -> None:
    text = run("up", "--help").output
    for word in (
        "--simulate",
        "--no-simulate",
        "--aws-port",
        "--unknown-word",
        "--parameters",
        "--state DIR",
        "SOFTLINX_LOGIN",
        "SoftlinxRealm=",
    ):
        assert word in text
    assert "run" in run_by_itself("--help").output


def test_a_receiver_on_this_machine_can_verify_what_it_is_told_whatever_day_it_is_there(
    up: Callable[..., Running],
) -> None:
    heard: list[Any] = []
    key = DEFAULTS["NOTIFY_SIGNING_KEY"]

    def take(request: WebRequest) -> WebResponse:
        # As docs/notifications.md says: the library, and the key with its prefix.
        heard.append(Webhook(f"whsec_{key}").verify(request.body, dict(request.headers)))
        return WebResponse(204, b"")

    with WebServer(take) as receiver:
        running = up("--jobs", "0", "--speed", "600", "--receiver", f"{receiver.url}/faxes")
        assert running.told(r"webhooks are signed by (\S+)") == key
        token = "local-softlinx-token-not-a-secret"
        told = {"FaxId": "900001", "FaxStatus": "sendFailed"}
        plain_http.post(f"{running.url}/callbacks/softlinx/{token}", data=told)
        wait_for(lambda: heard)
        running.end()
    assert [one["type"] for one in heard] == ["fax.failed"]
