"""What `faxledger up` can be told."""

import argparse
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from cli.arguments import Commands, add_command, count, moment, port, speed
from local.show.simulators.faults import EXCLUSIVE

_DESCRIPTION = """\
Run the bundle until Ctrl-C, which ends it with the day's account.

With both providers simulated (the default), a day of faxes is played first:
some callbacks are lost, repeated, late, out of order or untrue, and poll and
feed bring back what was missed. Its account is printed, and the bundle stays
up for your own requests.

Exit status: 0, or 1 if a fax or a document is missing, or 2 if it could not
run.

With --softlinx-url and --greenfax-url it talks to other servers that speak
the two protocols, in real time. What it knows is forgotten at the end, so that
it marks nothing at a Softlinx elsewhere, unless --state DIR keeps it.

--state DIR keeps table, documents, queues and secrets, what the simulated
providers know, and what the variables, URLs and --receiver said, over restarts,
crashes and loss of power; a day that was broken off goes on. It does not keep
the simulated callbacks that were still to be sent (poll and feed bring back
what they would have told), the bus's archive, and emails on their way. The
folder holds faxes and passwords.
"""

_ENVIRONMENT = """\
environment variables:
  SOFTLINX_LOGIN, SOFTLINX_PASSWORD
      the user at Softlinx (faxledger, not-a-secret)
  GREENFAX_PASSWORD
      of the GreenFax account (not-a-secret)
  SOFTLINX_CALLBACK_TOKEN, GREENFAX_CALLBACK_TOKEN
      what stands in the callback URLs: 32 to 128 letters, digits, - and _
  NOTIFY_SIGNING_KEY
      what signs webhooks, in base64
  SoftlinxRealm, RetentionDays, ...
      every parameter of template.yaml, by its name; --parameters shows them. An
      empty SoftlinxRealm or GreenFaxAccountId leaves that provider out:
      SoftlinxRealm= faxledger up

examples:
  faxledger up                                    a simulated day, and stay up
  faxledger up --once --jobs 1000 --seed 7        another day, and its account
  faxledger up --speed 60                         a minute a second
  faxledger up --softlinx-url http://127.0.0.1:8081 \\
      --greenfax-url http://127.0.0.1:8082 --state ~/faxledger
  faxledger up --state ~/faxledger                and go on with that
"""

_FAULTS = {
    "drop": (1 / 3, "callbacks that are never sent"),
    "unreachable": (0.0, "callbacks for which the listener is down at every attempt"),
    "repeat": (1 / 3, "callbacks that come two or three times"),
    "delay": (0.10, "callbacks that come 5 minutes to 4 hours late"),
    "reorder": (0.10, "callbacks that are overtaken by the next fax's"),
    "contradict": (0.04, "callbacks that say another final status than the provider's log"),
    "recant": (0.03, "callbacks that are followed by one that says the opposite"),
    "unknown_word": (0.03, "callbacks whose status word is in no table"),
    "slow": (0.0, "requests to a provider that are answered late"),
    "feed_errors": (0.02, "GreenFax feed requests that end in a 500"),
}


def add_to(commands: Commands) -> None:
    up = add_command(
        commands,
        "up",
        _run,
        short="run the whole bundle on this machine",
        description=_DESCRIPTION,
        epilog=_ENVIRONMENT,
    )
    places = up.add_argument_group("where it listens, on 127.0.0.1 (0 takes any free port)")
    places.add_argument("--port", type=port, default=3000, metavar="N", help="the API (3000)")
    places.add_argument(
        "--admin-port", type=port, default=3001, metavar="N", help="for `faxledger run` (3001)"
    )
    places.add_argument(
        "--aws-port",
        type=port,
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
        "--host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name by which the API may be called, as a tunnel's; may be given again (none)",
    )
    places.add_argument(
        "--log", type=Path, metavar="FILE", help="what the functions print (a new file in /tmp)"
    )
    up.add_argument_group("what it keeps").add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="keep everything in this folder, and go on from what is there (else it is forgotten at the end)",
    )
    up.add_argument_group("what it prints").add_argument(
        "--parameters", action="store_true", help="the value of every parameter of the template, too"
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
    day.add_argument("--jobs", type=count, default=200, metavar="N", help="how many faxes (200)")
    day.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same day (0)")
    day.add_argument(
        "--speed",
        type=speed,
        metavar="N",
        help="seconds of the bundle's clock a second of yours (4000 while a day is played, else 1)",
    )
    day.add_argument(
        "--start", type=moment, metavar="TIME", help="when the day begins (so that it ends about now)"
    )
    day.add_argument("--once", action="store_true", help="end after the day's account")
    faults = up.add_argument_group("what goes wrong in it, in shares from 0 to 1; defaults give way")
    for name, (share, meaning) in _FAULTS.items():
        text = f"{meaning} ({share:.2g})"
        faults.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="SHARE", help=text)
    faults.add_argument(
        "--refuse-logins", type=count, default=0, metavar="N", help="so many first logins are refused (0)"
    )


def _run(given: Namespace) -> int:
    # Only now: moto takes a second, which no other command should.
    from cli.up import UpOptions, up  # noqa: PLC0415

    faults = {**shares_of(vars(given)), "refuse_logins": given.refuse_logins}
    return up(UpOptions.from_arguments(given, faults))


def shares_of(given: Mapping[str, float | None]) -> dict[str, float]:
    """The share of every fault: as given, else its default, or what the given ones leave of it."""
    named = {name: share for name in _FAULTS if (share := given[name]) is not None}
    shares = {name: default for name, (default, _) in _FAULTS.items()} | named
    for group in EXCLUSIVE:
        room = max(0, 1 - sum(named.get(name, 0) for name in group))
        others = [name for name in group if name not in named]
        wanted = sum(shares[name] for name in others)
        for name in others if wanted > room else ():
            shares[name] *= room / wanted
    return shares
