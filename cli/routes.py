"""`faxledger routes`: who is told what became of whose faxes, and that a day is closed."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cli.api import Api
from cli.arguments import Commands, add_command, add_json, as_json
from cli.which_stack import add_which_api, api_of
from local.runtime.errors import CannotRun

_DESCRIPTION = """\
Say who is told what became of whose faxes, by webhook or email.

ROUTE is softlinx/jane@example.org or greenfax/12025550191, for one of your
users or numbers, or default for all others. `put` replaces all targets of a
route; an address with a colon is a webhook's, others are emails'. A target
that answered 410 is disabled; `enable` has it told again. Events are
fax.sent, fax.failed, fax.received, fax.status_conflict, fax.overdue and
fax.amended; without --events a target is told of all of these. The default
route's targets can ask for day.closed too: one line each morning, of how many
faxes of the day before were sent, failed and received. It has to be named.

examples:
  faxledger routes list
  faxledger routes put default https://hooks.example.org/faxes
  faxledger routes put softlinx/jane@example.org jane@example.org \\
      --events fax.failed,fax.overdue
  faxledger routes put default desk@example.org --events day.closed
  faxledger routes put default --file route.json
      where route.json is {"targets": [{"email": …}, {"webhook": …}]}
  faxledger routes enable default
  faxledger routes delete softlinx/jane@example.org

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""

# What a path may hold as it is (RFC 3986): the user jane@example.org, the number +1(202)555-0191.
_AS_IS = "@:!$&'()*+,;="


def add_to(commands: Commands) -> None:
    routes = add_command(
        commands,
        "routes",
        _run,
        short="say who is told what became of whose faxes",
        description=_DESCRIPTION,
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
        add_which_api(action)
        if name in {"list", "show"}:
            add_json(action)
        if name != "list":
            action.add_argument("route", metavar="ROUTE", help="default, or as softlinx/jane@example.org")
        if name == "put":
            who = action.add_argument_group("who is told")
            who.add_argument("targets", nargs="*", metavar="TARGET", help="a URL or an email address")
            who.add_argument(
                "--events", metavar="LIST", help="of what, separated by commas (every fax event)"
            )
            who.add_argument("--file", metavar="FILE", help="instead: a file of targets; - reads the input")


def _run(given: Namespace) -> int:
    for line in _answered(api_of(given), given):
        print(line)
    return 0


def _answered(api: Api, given: Namespace) -> Iterator[str]:
    """What the API answers to `given.action`."""
    if given.action == "list":
        routes = list(api.pages("/routes", "routes"))
        yield from [as_json({"routes": routes})] if given.json else chain.from_iterable(map(_lines, routes))
        return
    path = _path(given.route)
    match given.action:
        case "show":
            route = api.ask("GET", path)
            yield from [as_json(route)] if given.json else _lines(route)
        case "put":
            targets = _targets_in(given.file) if given.file else _targets_of(given.targets, given.events)
            yield from _lines(api.ask("PUT", path, {"targets": targets}))
        case "enable":
            # What is put is enabled, whatever it was before.
            targets = [_as_given(target) for target in api.ask("GET", path)["targets"]]
            yield from _lines(api.ask("PUT", path, {"targets": targets}))
        case _:
            api.ask("DELETE", path)
            yield f"{given.route} is deleted"


def _targets_of(addresses: Sequence[str], events: str | None) -> list[dict[str, Any]]:
    """A target for each address: one with a colon is a webhook's URL, all others are email addresses."""
    wanted = {"events": [event.strip() for event in events.split(",")]} if events else {}
    return [{"webhook" if ":" in address else "email": address, **wanted} for address in addresses]


def _targets_in(file: str) -> object:
    """The targets of a file of the form that `PUT /routes/default` takes. Raises `CannotRun`."""
    try:
        document = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
        return document["targets"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRun(f"{file} holds no targets: {type(error).__name__}") from None


def _as_given(target: Mapping[str, Any]) -> dict[str, Any]:
    return {name: target[name] for name in ("webhook", "email", "events") if name in target}


def _path(name: str) -> str:
    """Of `default`, or `softlinx/jane@example.org`. Raises `CannotRun`."""
    provider, separator, whose = name.partition("/")
    if name == "default":
        return "/routes/default"
    if not (provider and separator and whose):
        raise CannotRun(f"{name} is neither default nor as softlinx/jane@example.org")
    return f"/routes/{quote(provider, safe='')}/{quote(whose, safe=_AS_IS)}"


def _lines(route: Mapping[str, Any]) -> Iterator[str]:
    yield "default" if route["name"] is None else f"{route['provider']}/{route['name']}"
    for target in route["targets"]:
        address = target.get("webhook") or target.get("email")
        events = ", ".join(target["events"]) or "every fax event"
        disabled = f"; disabled since {target['disabled_at']}" if target["disabled_at"] else ""
        yield f"  {target['id']}  {address}  {events}{disabled}"
