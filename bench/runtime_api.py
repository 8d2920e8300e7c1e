"""The Lambda Runtime API for one process at a time: a built function in Lambda's own loop, without Lambda."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from bench.certificates import Authority
from bench.contestants import ROOT, Contestant

RUNTIME_LOOP = ROOT / ".tools" / "runtime"
_TIMEOUT_SECONDS = 600


class FunctionFailed(Exception):
    """The function ended or reported an error; the message holds what it wrote."""


class RunningFunction:
    """A function's process, and the requests it makes to the Runtime API."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes], api: "_RuntimeApi") -> None:
        self._process = process
        self._log = log
        self._api = api
        self.started_at = time.perf_counter()

    def wait_until_ready(self) -> float:
        """Waits for the loop's request for work; returns when it came, in seconds of `perf_counter`."""
        return self._arrival("/invocation/next")[0]

    def invoke(self, event: Mapping[str, Any]) -> tuple[float, Any]:
        """Gives the waiting loop work; returns when the answer came, and the answer."""
        self._api.work.put(json.dumps(event).encode())
        arrived_at, body = self._arrival("/response")
        return arrived_at, json.loads(body)

    def _arrival(self, expected: str) -> tuple[float, bytes]:
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                arrived_at, path, body = self._api.arrivals.get(timeout=0.5)
            except Empty:
                if self._process.poll() is None:
                    continue
                raise FunctionFailed(
                    f"it ended with {self._process.returncode}:\n{self._written()}"
                ) from None
            if not path.endswith(expected):
                raise FunctionFailed(f"{path}: {body.decode(errors='replace')}\n{self._written()}")
            return arrived_at, body
        raise FunctionFailed(f"no {expected} within {_TIMEOUT_SECONDS} s:\n{self._written()}")

    def _written(self) -> str:
        return os.pread(self._log.fileno(), 10_000, 0).decode(errors="replace")


@contextmanager
def running(
    contestant: Contestant,
    python: Path,
    *,
    endpoint: str,
    authority: Authority | None = None,
    under: Sequence[str] = (),
) -> Iterator[RunningFunction]:
    """Starts a function in a fresh process and stops it at the end.

    `endpoint` is the AWS it speaks to, `authority` has signed that one's certificate; `under` is a command to
    start the function by, such as valgrind.
    """
    with _RuntimeApi() as api, tempfile.TemporaryFile() as log, tempfile.NamedTemporaryFile() as roots:
        environment = environment_of(contestant, api.address, endpoint)
        if authority is not None:
            roots.write(authority.bundle_for(contestant))
            roots.flush()
            environment["AWS_CA_BUNDLE"] = roots.name
        process = subprocess.Popen(
            # Without `site`: what somebody has put into this interpreter's own packages is not in Lambda's.
            [*under, str(python), "-S", "-m", "awslambdaric", "app.handler"],
            cwd=contestant.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield RunningFunction(process, log, api)
        finally:
            # Not killed outright: valgrind has its counts to write.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def environment_of(contestant: Contestant, api: str, endpoint: str) -> dict[str, str]:
    """The variables that Lambda sets for a function, its own, and the few that the bench needs."""
    path = [*contestant.python_path, RUNTIME_LOOP]
    as_lambda_sets_it = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        # By this the loop knows that it may wait for work in a thread of its own, as it does in Lambda.
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_NAME": contestant.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_REGION": "eu-central-1",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "LAMBDA_TASK_ROOT": str(contestant.folder),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "TZ": ":UTC",
        "_HANDLER": "app.handler",
    }
    as_the_bench_needs_it = {
        "AWS_ENDPOINT_URL": endpoint,
        # Lambda's file system can't be written to.
        "PYTHONDONTWRITEBYTECODE": "1",
        # So that instruction counts repeat; the order of a set costs more or less.
        "PYTHONHASHSEED": "0",
    }
    return {**as_lambda_sets_it, **as_the_bench_needs_it, **contestant.environment}


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApiRequest)
        self.arrivals: Queue[tuple[float, str, bytes]] = Queue()
        self.work: Queue[bytes] = Queue()
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    def handle_error(self, *_: object) -> None:
        """Says nothing of the connection that a stopped function has dropped."""


class _RuntimeApiRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Nagle's algorithm would add 40 ms to every answer.
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        self.server.arrivals.put((time.perf_counter(), self.path, b""))
        work = self.server.work.get()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(work)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + _TIMEOUT_SECONDS) * 1000)))
        arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", arn)
        self.end_headers()
        self.wfile.write(work)

    def do_POST(self) -> None:
        arrived_at = time.perf_counter()
        # awslambdaric streams its answers.
        chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        body = self._chunks() if chunked else self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.arrivals.put((arrived_at, self.path, body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the table is the output."""
