"""A built function in the real Lambda runtime loop, under the emulator that Amazon ships for it.

Real are the artifact, the runtime's Python, awslambdaric's loop, the time limit and the events as JSON over
HTTP; not real are Amazon's file system, processor and memory limit. It takes one invocation at a time.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support import plain_http
from tests.support.built import ROOT, BuiltFunction
from tests.support.dynamodb_local import free_port, wait_for_port
from tests.support.patience import PATIENCE_SECONDS

EMULATOR = ROOT / ".tools" / "aws-lambda-rie"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation gave: the handler's answer (or the runtime's error document) and what was logged."""

    payload: Any
    logs: str


@dataclass(frozen=True, slots=True)
class RunningFunction:
    port: int
    log: IO[bytes]
    timeout_seconds: int

    def invoke(self, event: Mapping[str, Any]) -> Answer:
        """Invokes the function once; a handler's exception comes back as a payload with errorType."""
        before = self._log_size()
        response = plain_http.post(
            f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations",
            json=event,
            timeout=self.timeout_seconds + PATIENCE_SECONDS,
        )
        try:
            payload = response.json()
        except ValueError:
            # The emulator's own words, as on a time-out, are not JSON.
            payload = response.text
        return Answer(payload, self._log_since(before))

    def _log_size(self) -> int:
        return os.fstat(self.log.fileno()).st_size

    def _log_since(self, start: int) -> str:
        return os.pread(self.log.fileno(), self._log_size() - start, start).decode()


@contextmanager
def running(
    function: BuiltFunction, python: Path, environment: Mapping[str, str] | None = None
) -> Iterator[RunningFunction]:
    """Runs a built function until the block ends.

    `python` is the runtime's Python, `environment` what the template would set. Nothing of the tests' own
    environment reaches the function.
    """
    port = free_port()
    with tempfile.TemporaryFile() as log:
        emulator = subprocess.Popen(
            [
                *(EMULATOR, "--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
                *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
                *(python, "-m", "awslambdaric", function.handler),
            ],
            cwd=function.folder,
            env=lambda_environment(function) | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            wait_for_port(port, emulator)
            yield RunningFunction(port, log, function.timeout_seconds)
        finally:
            # Its group: the emulator would leave the runtime behind.
            os.killpg(emulator.pid, signal.SIGKILL)
            emulator.wait(timeout=PATIENCE_SECONDS)


def lambda_environment(function: BuiltFunction) -> dict[str, str]:
    """What Lambda itself sets for a function, with credentials that no AWS accepts."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_seconds),
        "AWS_REGION": "eu-central-1",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        # Lambda's file system is read-only.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": function.python_path,
        "TZ": ":UTC",
    }
