"""`faxledger`: the command line."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.api import Api

_DESCRIPTION = """\
Faxledger knows what became of every fax. This command runs the whole bundle of template.yaml on one machine:
the real handlers, behind the routes, schedules, stream, bus rules and queues that the template has. The AWS
services are moto's, in this process. No account, no network, no Docker.
"""

_UP = """\
Run the bundle until Ctrl-C, which ends it with the day's account.

With both providers simulated (the default), a day of faxes is played first: some callbacks are lost,
repeated, late, out of order or untrue, and poll and feed bring back what was missed. Its account is printed,
and the bundle stays up for your own requests.

Exit status: 0, or 1 if a fax or a document is missing, or 2 if it could not run.

With --softlinx-url and --greenfax-url it talks to other servers that speak the two protocols, in real time.
"""

_ENVIRONMENT = """\
environment variables:
  SOFTLINX_LOGIN, SOFTLINX_PASSWORD   the user at Softlinx (faxledger, not-a-secret)
  GREENFAX_PASSWORD                   of the GreenFax account (not-a-secret)
  SOFTLINX_CALLBACK_TOKEN, GREENFAX_CALLBACK_TOKEN
                                      what stands in the callback URLs: 32 to 128 letters, digits, - and _
  NOTIFY_SIGNING_KEY                  what signs webhooks, in base64
  SoftlinxRealm, RetentionDays, ...   every parameter of template.yaml, by its name. An empty SoftlinxRealm or
                                      GreenFaxAccountId leaves that provider out:
                                        SoftlinxRealm= faxledger up

examples:
  faxledger up                                    a simulated day, then stay up
  faxledger up --once --jobs 1000 --seed 7        another day, and end with its account
  faxledger up --speed 60                         a minute a second
  faxledger up --softlinx-url http://127.0.0.1:8081 --greenfax-url http://127.0.0.1:8082
"""

_RUN = """\
Invoke one function of the running bundle, now, and print its result and its log.

FUNCTION is the name of a folder in functions/, as in softlinx_poll, or of the function in template.yaml.
Exit status: 0, or 1 if the function failed, or 2 if there is none to ask.
"""

_SHOW = """\
Say what became of a fax: its status, what was claimed of it by whom, and who was told. ID is a fax's or a
submission's. Names and numbers are left out; `GET /faxes/{id}` has everything.

example:
  faxledger show softlinx.outbound.acme.33

Exit status: 0, or 1 if there is none, or 2 if nobody could be asked.
"""

_AMEND = """\
Say what really became of a fax. It is kept beside the first status, which never changes, with who said so,
when and why; listings follow it, and it is announced. The reason stays in the ledger.

The request is signed with your AWS credentials, found as the AWS CLI finds them, and who you are is taken
from the signature. A bundle on this machine (http://127.0.0.1:3000) asks for none.

examples:
  faxledger amend softlinx.outbound.acme.33 --status sent --because "The clinic has all three pages."
  faxledger amend softlinx.outbound.acme.33 --status sent --because - --api-url https://….amazonaws.com

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""

_ROUTES = """\
Say who is told what became of whose faxes, by webhook or email.

ROUTE is softlinx/jane@example.org or greenfax/12025550191, for one of your users or numbers, or default for
all others. `put` replaces all targets of a route; an address with a colon is a webhook's, others are emails'.
A target that answered 410 is disabled; `enable` has it told again. Events are fax.sent, fax.failed,
fax.received, fax.status_conflict, fax.overdue and fax.amended; without --events a target is told of all.

examples:
  faxledger routes list
  faxledger routes put default https://hooks.example.org/faxes
  faxledger routes put softlinx/jane@example.org jane@example.org --events fax.failed,fax.overdue
  faxledger routes put default --file route.json           {"targets": [{"email": …}, {"webhook": …}]}
  faxledger routes enable default
  faxledger routes delete softlinx/jane@example.org

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""

_FEEDS = """\
Say which days of GreenFax's feeds have been read and which are missing, what was passed over and why, how far
GreenFaxHistoryFrom has come, when GreenFax was asked last, and what it will be asked for next.

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""

_REDRIVE = """\
Put the messages of a dead-letter queue back into the queue they came from, once the cause is mended.

QUEUE is mark, retrieve, download, order, notify or all. Your AWS credentials are found as the AWS CLI finds
them. A message is in its queue before it leaves the dead letters, so it may come twice and is never lost.

examples:
  faxledger redrive all --count                            only say how many there are
  faxledger redrive mark --stack faxledger
  faxledger redrive all --aws-url http://127.0.0.1:3002    of the bundle on this machine

Exit status: 0, or 2 if there is no such queue or it could not be asked.
"""

_SAM_TEMPLATE = """\
Write the template with which `sam local invoke` runs a built function beside the running bundle: on its
table, secrets and queues, in a container like Lambda's. A container reaches this machine by a bridge:

  ip -brief address                                     tells its address; Docker's is 172.17.0.1
  faxledger up --aws-address 172.17.0.1                 (with Docker Desktop: faxledger up)
  make build
  faxledger sam-template                                (with Docker Desktop: --host host.docker.internal)
  sam local invoke SoftlinxCallback --template .aws-sam/build/local.yaml --event events/softlinx_callback.json

Functions that ask a provider don't find a simulated one from there: `faxledger run` invokes those.
Exit status: 0, or 2 if no bundle runs or none is built.
"""

_FAULTS = {
    "drop": (1 / 3, "callbacks that are never sent"),
    "unreachable": (0.0, "callbacks for which the listener is down at every attempt"),
    "repeat": (1 / 3, "callbacks that come two or three times"),
    "delay": (0.10, "callbacks that come 5 minutes to 4 hours late"),
    "reorder": (0.10, "callbacks that are overtaken by the next fax's"),
    "contradict": (0.04, "callbacks that say another final status than the provider's log"),
    "recant": (0.03, "callbacks that are followed by one that says the opposite"),
    "unknown-word": (0.03, "callbacks whose status word is in no table"),
    "slow": (0.0, "requests to a provider that are answered late"),
    "feed-errors": (0.02, "GreenFax feed requests that end in a 500"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    # Only what is asked for is imported: moto and zeep take a second.
    if given.command == "run":
        from cli.run import run  # noqa: PLC0415

        return run(given.function, event=given.event, admin_port=given.admin_port)
    if given.command in {"show", "amend", "routes", "feeds"}:
        return _ask(given)
    if given.command == "redrive":
        from cli.redrive import redrive  # noqa: PLC0415

        return redrive(given.queue, stack=given.stack, aws_url=given.aws_url, only_count=given.count)
    if given.command == "sam-template":
        from cli.sam_template import write_sam_template  # noqa: PLC0415

        return write_sam_template(given.built, host=given.host, admin_port=given.admin_port)
    from cli.up import UpOptions, up  # noqa: PLC0415

    return up(UpOptions.from_arguments(given, {name: vars(given)[name] for name in _fault_names()}))


def _ask(given: argparse.Namespace) -> int:
    """What the API answers, line by line, and the exit status."""
    from cli.api import Api, CannotAsk, Refused  # noqa: PLC0415

    try:
        for line in _asked(given, Api(given.api_url)):
            print(line)
    except (CannotAsk, Refused) as problem:
        print(f"faxledger {given.command}: {problem}", file=sys.stderr)
        return 1 if isinstance(problem, Refused) else 2
    return 0


def _asked(given: argparse.Namespace, api: "Api") -> Iterator[str]:
    from cli import claims, feeds, routes  # noqa: PLC0415

    match given.command:
        case "show":
            return claims.show(api, given.id)
        case "amend":
            return claims.amend(api, given.id, status=given.status, because=given.because)
        case "feeds":
            return feeds.run(api)
        case _:
            return routes.run(api, given)


def _fault_names() -> list[str]:
    return [*(name.replace("-", "_") for name in _FAULTS), "refuse_logins"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="faxledger", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"faxledger {version('faxledger')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_up(commands)
    _add_run(commands)
    _add_show(commands)
    _add_amend(commands)
    _add_routes(commands)
    _add_feeds(commands)
    _add_redrive(commands)
    _add_sam_template(commands)
    return parser


def _add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser(
        "up",
        help="run the whole bundle on this machine",
        description=_UP,
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    places = up.add_argument_group("where it listens, on 127.0.0.1 (0 takes any free port)")
    places.add_argument("--port", type=_port, default=3000, metavar="N", help="the API (3000)")
    places.add_argument(
        "--admin-port", type=_port, default=3001, metavar="N", help="for `faxledger run` (3001)"
    )
    places.add_argument(
        "--aws-port",
        type=_port,
        default=3002,
        metavar="N",
        help="the AWS services, for the AWS CLI and `sam local invoke` (3002)",
    )
    places.add_argument(
        "--aws-address",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where the AWS services listen: for `sam local invoke` on Linux on the engine's bridge, "
        "as 172.17.0.1 (127.0.0.1)",
    )
    places.add_argument(
        "--log", type=Path, metavar="FILE", help="what the functions print (a new file in /tmp)"
    )
    providers = up.add_argument_group("the providers")
    providers.add_argument(
        "--simulate",
        action=argparse.BooleanOptionalAction,
        help="whether both providers are simulated here (yes, unless a URL is given)",
    )
    providers.add_argument("--softlinx-url", metavar="URL", help="a server that speaks Softlinx' SOAP API")
    providers.add_argument("--greenfax-url", metavar="URL", help="a server that has GreenFax's XML feeds")
    up.add_argument_group("who is told").add_argument(
        "--receiver",
        metavar="URL",
        help="a webhook receiver of yours on this machine, told of every fax (in a simulation one of ours)",
    )
    _add_day(up)


def _add_day(up: argparse.ArgumentParser) -> None:
    day = up.add_argument_group("the simulated day")
    day.add_argument("--jobs", type=_count, default=200, metavar="N", help="how many faxes (200)")
    day.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same day (0)")
    day.add_argument(
        "--speed",
        type=_speed,
        metavar="N",
        help="seconds of the bundle's clock a second of yours (4000 while a day is played, else 1)",
    )
    day.add_argument(
        "--start", type=_moment, metavar="TIME", help="when the day begins (so that it ends about now)"
    )
    day.add_argument("--once", action="store_true", help="end after the day's account")
    faults = up.add_argument_group("what goes wrong in it, as shares between 0 and 1")
    for name, (share, meaning) in _FAULTS.items():
        text = f"{meaning} ({share:.2g})"
        faults.add_argument(f"--{name}", type=float, default=share, metavar="SHARE", help=text)
    faults.add_argument(
        "--refuse-logins", type=_count, default=0, metavar="N", help="so many first logins are refused (0)"
    )


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = commands.add_parser(
        "run",
        help="invoke one function of the running bundle, now",
        description=_RUN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("function", metavar="FUNCTION", help="as in softlinx_poll")
    run.add_argument("--event", metavar="FILE", help="the event, as JSON; - reads it from the input ({})")
    _add_admin_port(run)


def _add_show(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    show = commands.add_parser(
        "show",
        help="say what became of a fax, and who says so",
        description=_SHOW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    show.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    _add_api_url(show)


def _add_amend(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    amend = commands.add_parser(
        "amend",
        help="say what really became of a fax",
        description=_AMEND,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    amend.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    amend.add_argument("--status", required=True, help="sent, failed, received or received_partial")
    amend.add_argument(
        "--because", required=True, metavar="TEXT", help="the reason; - reads it from the input"
    )
    _add_api_url(amend)


def _add_routes(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    routes = commands.add_parser(
        "routes",
        help="say who is told what became of whose faxes",
        description=_ROUTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = routes.add_subparsers(dest="action", metavar="ACTION", required=True)
    helps = {
        "list": "every route and its targets",
        "show": "one route",
        "put": "say who is told, in the place of whoever was",
        "enable": "tell those again who had asked not to be told",
        "delete": "let the default route stand for it; of the default, tell nobody",
    }
    for name, text in helps.items():
        action = actions.add_parser(name, help=text)
        _add_api_url(action)
        if name != "list":
            action.add_argument("route", metavar="ROUTE", help="default, or as softlinx/jane@example.org")
        if name == "put":
            who = action.add_argument_group("who is told")
            who.add_argument("targets", nargs="*", metavar="TARGET", help="a URL or an email address")
            who.add_argument("--events", metavar="LIST", help="of what, separated by commas (everything)")
            who.add_argument("--file", metavar="FILE", help="instead: a file of targets; - reads the input")


def _add_feeds(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    feeds = commands.add_parser(
        "feeds",
        help="say which days of GreenFax's feeds have been read",
        description=_FEEDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_api_url(feeds)


def _add_api_url(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--api-url",
        metavar="URL",
        default=os.environ.get("FAXLEDGER_API_URL") or "http://127.0.0.1:3000",
        help="the stack's output ApiUrl (FAXLEDGER_API_URL, else the bundle on this machine)",
    )


def _add_redrive(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    redrive = commands.add_parser(
        "redrive",
        help="put dead letters back into their queues",
        description=_REDRIVE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    redrive.add_argument("queue", metavar="QUEUE", help="as in mark; all for every one")
    redrive.add_argument(
        "--stack", default="faxledger", metavar="NAME", help="the deployed stack (faxledger)"
    )
    redrive.add_argument("--aws-url", metavar="URL", help="where AWS is, of a bundle on this machine")
    redrive.add_argument("--count", action="store_true", help="put nothing back")


def _add_sam_template(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "sam-template",
        help="let `sam local invoke` run functions beside the running bundle",
        description=_SAM_TEMPLATE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--built",
        type=Path,
        default=Path(".aws-sam/build"),
        metavar="FOLDER",
        help="what `make build` left; local.yaml is written there (.aws-sam/build)",
    )
    command.add_argument(
        "--host",
        metavar="NAME",
        help="what a container calls this machine, where that is not the address of `faxledger up`",
    )
    _add_admin_port(command)


def _add_admin_port(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--admin-port", type=_port, default=3001, metavar="N", help="where the running bundle listens (3001)"
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("has to be between 0 and 65535")
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return count


def _speed(text: str) -> float:
    speed = float(text)
    if not speed > 0:
        raise argparse.ArgumentTypeError("has to be more than 0 (inf is allowed)")
    return speed


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("is not a time as 2026-01-31T08:00:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
