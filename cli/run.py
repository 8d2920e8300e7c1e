"""`faxledger run`: one invocation of one function of the running bundle."""

import json
import sys
from argparse import Namespace
from pathlib import Path

import httpx

from cli.arguments import Commands, add_admin_port, add_command
from local.runtime.errors import CannotRun

_DESCRIPTION = """\
Invoke one function of the running bundle, now, and print its result and its
log.

FUNCTION is the name of a folder in functions/, as in softlinx_poll, or of the
function in template.yaml.

examples:
  faxledger run softlinx_poll
  faxledger run softlinx_callback --event events/softlinx_callback.json

Exit status: 0, or 1 if the function failed, or 2 if there is none to ask.
"""


def add_to(commands: Commands) -> None:
    run = add_command(
        commands,
        "run",
        _run,
        short="invoke one function of the running bundle, now",
        description=_DESCRIPTION,
    )
    run.add_argument("function", metavar="FUNCTION", help="as in softlinx_poll")
    run.add_argument("--event", metavar="FILE", help="the event, as JSON; - reads it from the input ({})")
    add_admin_port(run)


def _run(given: Namespace) -> int:
    """Prints the log and the result."""
    try:
        text = _read(given.event)
        json.loads(text)
    except OSError as error:
        raise CannotRun(f"{given.event} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise CannotRun(f"{given.event} is not JSON: {error}") from None
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{given.admin_port}/functions/{given.function}/invocations",
            content=text,
            headers={"content-type": "application/json"},
            # A feed that comes early waits for its moment, and at speed 1 that is two minutes.
            timeout=None,  # noqa: S113 - a run has its own end # nosec B113
            trust_env=False,
        )
        document = answer.json()
        is_ours = isinstance(document, dict) and bool({"problem", "result"} & document.keys())
    except (httpx.HTTPError, ValueError):
        document, is_ours = {}, False
    if not is_ours:
        raise CannotRun(
            f"No bundle answers at port {given.admin_port} of this machine. Start one with `faxledger up`, "
            "or name its port with --admin-port."
        )
    if "problem" in document:
        raise CannotRun(document["problem"])
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
