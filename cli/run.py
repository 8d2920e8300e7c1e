"""`faxledger run`: one invocation of one function of the running bundle."""

import json
import sys
from pathlib import Path

import httpx


def run(function: str, *, event: str | None, admin_port: int) -> int:
    """Prints the log and the result; the exit status."""
    try:
        text = _read(event)
        json.loads(text)
    except OSError as error:
        return _fail(f"{event} can't be read: {error.strerror}")
    except ValueError as error:
        return _fail(f"{event} is not JSON: {error}")
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{admin_port}/functions/{function}/invocations",
            content=text,
            headers={"content-type": "application/json"},
            # A feed that comes early waits for its moment, and at speed 1 that is two minutes.
            timeout=None,  # noqa: S113
            trust_env=False,
        )
        document = answer.json()
    except (httpx.HTTPError, ValueError):
        return _fail(
            f"No bundle answers at port {admin_port} of this machine. Start one with `faxledger up`, "
            "or name its port with --admin-port."
        )
    if answer.status_code != httpx.codes.OK:
        return _fail(document["problem"])
    print(document["log"], end="", file=sys.stderr)
    if document["error"] is not None:
        print(f"{document['function']} failed: {document['error']}", file=sys.stderr)
        return 1
    print(json.dumps(document["result"], indent=2))
    return 0


def _read(event: str | None) -> str:
    if event is None:
        return "{}"
    return sys.stdin.read() if event == "-" else Path(event).read_text("utf-8")


def _fail(problem: str) -> int:
    print(f"faxledger run: {problem}", file=sys.stderr)
    return 2
