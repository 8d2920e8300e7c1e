"""Which stack a command asks: a deployed one, by its name or its API, or the bundle on this machine."""

import argparse
import os
import tomllib
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3

from cli.api import Api
from local.runtime.errors import CannotRun

ON_THIS_MACHINE: Final = "http://127.0.0.1:3000"
_FORM: Final = """\
[clinic]
stack = "faxledger"
region = "eu-central-1"
profile = "clinic"
"""


@dataclass(frozen=True, slots=True)
class StackName:
    """How a stack is found: by its name in CloudFormation, in a region, as the user of a profile.

    `api_url` is None where CloudFormation has to be asked for it.
    """

    name: str
    region: str | None
    profile: str | None
    api_url: str | None

    def session(self) -> boto3.Session:
        return boto3.Session(profile_name=self.profile, region_name=self.region)


def add_which_api(command: argparse.ArgumentParser) -> None:
    """The options by which `api_of` finds the API."""
    where = _add_which_stack(command, otherwise="the bundle on this machine")
    where.add_argument("--api-url", metavar="URL", help="the API itself (FAXLEDGER_API_URL)")


def add_which_stack(command: argparse.ArgumentParser) -> None:
    """The options by which `stack_of` finds what a stack consists of."""
    where = _add_which_stack(command, otherwise="faxledger")
    where.add_argument("--aws-url", metavar="URL", help="where AWS is, of a bundle on this machine")


def _add_which_stack(command: argparse.ArgumentParser, *, otherwise: str) -> Any:
    where = command.add_argument_group("which stack")
    where.add_argument(
        "--stack",
        metavar="NAME",
        help=f"a deployed stack, or one that {_file_name()} names (FAXLEDGER_STACK, else {otherwise})",
    )
    where.add_argument("--region", metavar="NAME", help="where it is (as the AWS CLI finds it)")
    where.add_argument("--profile", metavar="NAME", help="whose credentials to use (the same)")
    return where


def api_of(given: Namespace) -> Api:
    """The API that the options name, else the environment, else that of this machine. Raises `CannotRun`."""
    url = _named_api_url(given)
    if url is None and (stack := named_stack_of(given)):
        return Api(stack.api_url or _api_url_of(stack), profile=stack.profile, region=stack.region)
    url = ON_THIS_MACHINE if url is None else url
    return Api(url, profile=given.profile, region=given.region)


def stack_or_bundle_of(given: Namespace) -> StackName | Api:
    """What `api_of` asks, for commands that need more of it: a stack, or the API of a bundle on this machine.

    Raises `CannotRun`, also for the URL of a deployed API, which does not tell its stack.
    """
    url = _named_api_url(given)
    if url is None and (stack := named_stack_of(given)):
        return stack
    api = Api(url or ON_THIS_MACHINE)
    if not api.is_on_this_machine:
        raise CannotRun(
            "what belongs to a deployed API is found by its stack: give --stack instead of --api-url"
        )
    return api


def name_of(given: Namespace) -> str:
    """What a person calls the API that `api_of` finds: the stack's name, else the host."""
    if api_url := _named_api_url(given):
        return urlsplit(api_url).netloc or api_url
    return given.stack or os.environ.get("FAXLEDGER_STACK") or "this machine"


def stack_of(given: Namespace) -> StackName:
    """The stack that the options name, else the environment, else `faxledger`. Raises `CannotRun`."""
    return named_stack_of(given) or _stack_named("faxledger", given)


def named_stack_of(given: Namespace) -> StackName | None:
    """The stack that the options name, else the environment, if one does. Raises `CannotRun`."""
    name = given.stack or os.environ.get("FAXLEDGER_STACK")
    return _stack_named(name, given) if name else None


def _named_api_url(given: Namespace) -> str | None:
    """The API that the options name, else the environment where no option names a stack."""
    if given.api_url is not None and given.stack is not None:
        raise CannotRun("--api-url and --stack both say which API: give one of them")
    url: str | None = given.api_url
    if url is None and given.stack is None:
        url = os.environ.get("FAXLEDGER_API_URL") or None
    return url


def _stack_named(name: str, given: Namespace) -> StackName:
    """What the file of stacks says of the name, where it does; the options come before it."""
    known = _stacks_in_file().get(name, {})
    return StackName(
        name=known.get("stack", name),
        region=given.region or known.get("region"),
        profile=given.profile or known.get("profile"),
        api_url=known.get("api_url"),
    )


def _stacks_in_file() -> dict[str, dict[str, str]]:
    path = stacks_file()
    try:
        stacks = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise CannotRun(f"{path} is not TOML: {error}") from None
    for name, known in stacks.items():
        if not isinstance(known, dict) or not _is_understood(known):
            raise CannotRun(
                f"{path}: [{name}] takes stack, region, profile and api_url, each a text, as in:\n\n{_FORM}"
            )
    return stacks


def _is_understood(known: dict[str, Any]) -> bool:
    return set(known) <= {"stack", "region", "profile", "api_url"} and all(
        isinstance(value, str) for value in known.values()
    )


def stacks_file() -> Path:
    """Where a person names stacks: XDG_CONFIG_HOME, else ~/.config."""
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "faxledger" / "stacks.toml"


def _file_name() -> str:
    return "~/.config/faxledger/stacks.toml"


def _api_url_of(stack: StackName) -> str:
    """The output ApiUrl. What AWS refuses is told by the guard."""
    (found,) = stack.session().client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
    if "ApiUrl" not in outputs:
        raise CannotRun(
            f"the stack {stack.name} has no output ApiUrl: it is not Faxledger's, or not made yet"
        )
    return str(outputs["ApiUrl"])
