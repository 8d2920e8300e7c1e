"""`faxledger sam-template`: with it `sam local` runs built functions beside the running bundle."""

import platform
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from cli.arguments import Commands, add_admin_port, add_command
from local.runtime.errors import CannotRun

_DESCRIPTION = """\
Write the template with which `sam local invoke` runs a built function beside
the running bundle: on its table, secrets and queues, in a container like
Lambda's. A container reaches this machine by a bridge, whose address
`ip -brief address` tells; Docker's is 172.17.0.1.

example, in a checkout:
  faxledger up --aws-address 172.17.0.1
  make build
  faxledger sam-template
  sam local invoke SoftlinxCallback --template .aws-sam/build/local.yaml \\
      --event events/softlinx_callback.json

With Docker Desktop it is `faxledger up`, and
  faxledger sam-template --host host.docker.internal

Functions that ask a provider don't find a simulated one from there:
`faxledger run` invokes those.

Exit status: 0, or 2 if no bundle runs or none is built.
"""

ENDPOINT: Final = "AWS_ENDPOINT_URL"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
# As Lambda calls them; Python's names differ between systems.
_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}


def add_to(commands: Commands) -> None:
    command = add_command(
        commands,
        "sam-template",
        _run,
        short="let `sam local invoke` run functions beside the running bundle",
        description=_DESCRIPTION,
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
    add_admin_port(command)


def _run(given: Namespace) -> int:
    """Writes `local.yaml` into the folder of what was built."""
    # Only now: they belong to what the command alone is installed without.
    import yaml  # noqa: PLC0415

    from local.runtime.template import read_document  # noqa: PLC0415

    built, admin_port = given.built, given.admin_port
    try:
        answer = httpx.get(f"http://127.0.0.1:{admin_port}/environments", trust_env=False)
        environments = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise CannotRun(
            f"no bundle answers at port {admin_port} of this machine: start one with `faxledger up`"
        ) from None
    try:
        template = read_document(built / "template.yaml")
    except CannotRun as error:
        raise CannotRun(f"{error}: build the bundle with `make build`") from None
    for name, environment in environments.items():
        if given.host is not None:
            environment[ENDPOINT] = _at(given.host, environment[ENDPOINT])
        _settle(template["Resources"][name]["Properties"], environment)
    path = built / "local.yaml"
    path.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    print(path)
    if any(urlsplit(one[ENDPOINT]).hostname in _LOOPBACK for one in environments.values()):
        print(
            "To a container 127.0.0.1 is itself, where it won't find the bundle. Start that with\n"
            "--aws-address 172.17.0.1, or give --host host.docker.internal with Docker Desktop.",
            file=sys.stderr,
        )
    return 0


def _settle(function: dict[str, Any], environment: Mapping[str, str]) -> None:
    """sam passes on only those variables that the template names, so all of them stand in it as they are."""
    function["Environment"] = {"Variables": environment}
    function["Architectures"] = [_ARCHITECTURES.get(platform.machine(), "x86_64")]


def _at(host: str, url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{host}:{parts.port}").geturl()
