"""`faxledger deploy`: builds and deploys from samconfig.toml, and says what is left to do."""

import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import boto3

from cli.arguments import Commands, add_command
from cli.guard import DONE, REFUSED
from cli.installation import PROVIDERS
from cli.sam_config import deploy_settings, parameters_of
from local.runtime.errors import CannotRun

_DESCRIPTION: Final = """\
Build the bundle as `make build` does, deploy it by sam from samconfig.toml,
which `faxledger init` has written, and say what is left to do. Run it in the
folder of Faxledger. sam shows what will change and asks before it does.

What stands behind -- goes to `sam deploy`, which does the same by itself.

examples:
  faxledger deploy
  faxledger deploy --profile clinic -- --no-confirm-changeset

Exit status: 0, or 1 if sam did not deploy, or 2 if something is missing.
"""
_CONFIG: Final = Path("samconfig.toml")
_COMMANDS_LEFT: Final = (
    ("faxledger urls", "what to write to each provider's support"),
    ("faxledger routes put default https://hooks.example.org/faxes", ""),
    ("faxledger doctor", "whether all is well"),
)


def add_to(commands: Commands) -> None:
    deploy = add_command(
        commands,
        "deploy",
        _run,
        short="build and deploy from samconfig.toml",
        description=_DESCRIPTION,
    )
    deploy.add_argument("--region", metavar="NAME", help="another than samconfig.toml says")
    deploy.add_argument("--profile", metavar="NAME", help="whose credentials to use, for sam as well")
    deploy.add_argument("sam", nargs="*", metavar="OPTION", help="behind --, for `sam deploy`")


def _run(given: Namespace) -> int:
    settings = _settings()
    region = given.region or settings.get("region")
    profile = given.profile or settings.get("profile")
    session = boto3.Session(profile_name=profile, region_name=region)
    account = _account_of(session)
    print(f"Account {account}, region {session.region_name}. Building ...", flush=True)
    _build()
    options = ["--region", str(session.region_name), *(("--profile", profile) if profile else ()), *given.sam]
    if subprocess.run([_sam(), "deploy", *options], check=False).returncode != 0:
        print("faxledger deploy: sam did not deploy; what it said stands above", file=sys.stderr)
        return REFUSED
    stack = _named_in(given.sam) or settings.get("stack_name", "faxledger")
    for line in _what_is_left(session, stack, parameters_of(settings)):
        print(line)
    return DONE


def _settings() -> Mapping[str, Any]:
    if not Path("template.yaml").exists():
        raise CannotRun("run this in the folder of Faxledger, which `git clone` has made")
    if not _CONFIG.exists():
        raise CannotRun("there is no samconfig.toml yet: `faxledger init` asks for what it has to say")
    settings = deploy_settings(_CONFIG, _CONFIG.read_text("utf-8"))
    parameters = parameters_of(settings)
    if not any(parameters.get(one.account) for one in PROVIDERS.values()):
        raise CannotRun("samconfig.toml names neither of the providers: `faxledger init` asks for yours")
    return settings


def _account_of(session: boto3.Session) -> str:
    """Asked now: to find out after the build would be late. What AWS refuses is told by the guard."""
    if session.region_name is None:
        raise CannotRun("no region is known: `faxledger init` asks for it, --region names one")
    if session.get_credentials() is None:
        raise CannotRun(
            "there are no AWS credentials: `aws configure sso` or `aws configure` sets them up, and "
            "--profile names which to take"
        )
    return str(session.client("sts").get_caller_identity()["Account"])


def _build() -> None:
    make = shutil.which("make")
    if make is None:
        raise CannotRun(
            "make is not installed, and builds the bundle: `apt install make`, `xcode-select --install`"
        )
    if subprocess.run([make, "build"], check=False).returncode != 0:
        raise CannotRun("the bundle could not be built; what was said stands above")


def _sam() -> str:
    """That of the build, whose version is known, else the one on PATH."""
    built_by = Path(".tools/sam/bin/sam")
    sam = str(built_by) if built_by.exists() else shutil.which("sam")
    if sam is None:
        raise CannotRun(
            "sam is not installed: `make build` brings it, as does AWS's installer of the SAM CLI"
        )
    return sam


def _named_in(options: Sequence[str]) -> str | None:
    """The stack's name among sam's options."""
    given = iter(options)
    for option in given:
        name, equals, value = option.partition("=")
        if name == "--stack-name":
            return value if equals else next(given, None)
    return None


def _what_is_left(session: boto3.Session, stack: str, parameters: Mapping[str, str]) -> Iterator[str]:
    """What to do next, with the stack's own names."""
    (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
    yield ""
    yield f"{stack} is deployed: {outputs.get('ApiUrl', '')}"
    yield ""
    yield "What is left, in this order:"
    yield f"  export FAXLEDGER_STACK={stack} AWS_DEFAULT_REGION={session.region_name}"
    logins = [
        (f"faxledger credentials {name}", f"your login at {parts.title}")
        for name, parts in PROVIDERS.items()
        if parts.credentials in outputs
    ]
    for line, why in (*logins, *_COMMANDS_LEFT):
        yield f"  {line:<36} {why}".rstrip()
    if "DomainTarget" in outputs:
        yield f"  A CNAME of {parameters.get('CustomDomain')} has to point to {outputs['DomainTarget']}"
    if parameters.get("AlarmEmail"):
        yield f"  AWS has written to {parameters['AlarmEmail']}: alarms come once that is confirmed."
