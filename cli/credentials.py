"""`faxledger credentials`: a provider's login into its secret, tried once."""

import getpass
import json
import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from cli.api import Refused
from cli.arguments import Commands, add_command
from cli.guard import DONE
from cli.installation import PROVIDERS, FunctionRun, Installation, add_which_installation, installation_of
from cli.secret_versions import (
    SecretVersion,
    add_version,
    current_version,
    make_current,
    previous_version,
)
from local.runtime.errors import CannotRun

_DESCRIPTION: Final = """\
Ask for a provider's login without showing it, write it into the stack's
secret, have the stack try it once, and say what came of it. A login that is
refused is taken out again, and what was there before is in force; --keep
leaves the new one. Nothing of it is printed or logged.

It is tried by the function that asks the provider anyway, within all limits:
Softlinx by one look-up, and not within an hour after it has refused these very
credentials; GreenFax by the next request to its feed, of which there is one in
20 minutes. Where it can't be tried now, it says when it will be.

examples:
  faxledger credentials softlinx --stack clinic
  faxledger credentials greenfax --stdin < greenfax.json

greenfax.json is {"password": "..."}, softlinx.json has "login" as well.

Exit status: 0, or 1 if the login was refused, or 2 if it could not be written
or somebody else has changed it meanwhile.
"""
_FIELDS: Final = {"softlinx": ("login", "password"), "greenfax": ("password",)}
_TRIED_LATER: Final = {
    "softlinx": "The next poll, within the hour, tries it by itself: `faxledger providers` tells.",
    "greenfax": "The next run of the feed, within 23 minutes, tries it by itself: `faxledger feeds` tells.",
}
_LONGEST: Final = 256
# What the feed says when its 20 minutes are not over, and when it could not be read.
_NOT_YET: Final = "the feed may not be asked yet"
_UNREADABLE: Final = "the feed could not be read"
_ABANDONED: Final = "the feed's claim was abandoned"
# What is said where an hour is not over.
_LEFT_ALONE: Final = "login not tried"


@dataclass(frozen=True, slots=True)
class _Trial:
    words: str
    is_refused: bool = False


def add_to(commands: Commands) -> None:
    credentials = add_command(
        commands,
        "credentials",
        _run,
        short="write a provider's login into its secret, and try it",
        description=_DESCRIPTION,
    )
    credentials.add_argument(
        "provider", choices=tuple(PROVIDERS), metavar="PROVIDER", help="softlinx or greenfax"
    )
    credentials.add_argument("--stdin", action="store_true", help="read it as JSON from the input")
    credentials.add_argument("--keep", action="store_true", help="leave it there though it is refused")
    add_which_installation(credentials)


def _run(given: Namespace) -> int:
    installation = installation_of(given)
    fields = _read_from(sys.stdin.read()) if given.stdin else _ask(installation, given.provider)
    print(textwrap.fill(write_and_try(installation, given.provider, fields, keeps=given.keep), 79))
    return DONE


def write_and_try(
    installation: Installation, provider: str, fields: Mapping[str, Any], *, keeps: bool = False
) -> str:
    """Have the functions read these credentials and try them once; what came of it, in words.

    Raises `Refused` where the provider refuses them, with those of before in force again unless `keeps`;
    `CannotRun` for fields that can't be, and where somebody else was quicker.
    """
    parts = PROVIDERS[provider]
    text = json.dumps(_checked(provider, fields))
    secret_id = installation.secret_id(parts.credentials, provider)
    before = current_version(installation.secrets, secret_id)
    now = _write(installation, secret_id, before, text)
    print("These are the credentials that are there already." if now == before.id else "Written.")
    print(f"{parts.title} is asked, which takes longer where it does not answer ...", flush=True)
    try:
        trial = _try(installation, provider)
    except (ClientError, BotoCoreError, httpx.HTTPError) as error:
        # It is written: whoever may not invoke the function, or loses the connection, is told that.
        problem = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        return f"It could not be tried from here ({problem}). {_TRIED_LATER[provider]}"
    if not trial.is_refused:
        return trial.words
    if keeps or now == before.id:
        raise Refused(f"{trial.words} It stays in the secret")
    make_current(installation.secrets, secret_id, before.id, instead_of=now)
    raise Refused(f"{trial.words} What was there before is in force again; --keep leaves the new one")


def _ask(installation: Installation, provider: str) -> Mapping[str, Any]:
    if not sys.stdin.isatty():
        raise CannotRun(
            "there is no terminal to ask at: --stdin reads the credentials from the input, as JSON"
        )
    title, fields = PROVIDERS[provider].title, {}
    if "login" in _FIELDS[provider]:
        secret_id = installation.secret_id(PROVIDERS[provider].credentials, provider)
        known = _login_in(current_version(installation.secrets, secret_id))
        fields["login"] = input(f"Login at {title}{f' [{known}]' if known else ''}: ").strip() or known
    fields["password"] = getpass.getpass(f"Password at {title} (it is not shown): ")
    return fields


def _login_in(version: SecretVersion) -> str:
    try:
        return str(json.loads(version.text)["login"])
    except (ValueError, LookupError, TypeError):
        return ""


def _read_from(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        # The decoder's message quotes the document, so it goes no further.
        raise CannotRun('the input is not JSON, as in {"password": "..."}') from None
    return fields if isinstance(fields, dict) else {}


def _checked(provider: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of this provider, in their order. Raises `CannotRun`, and repeats nothing of a value."""
    names = _FIELDS[provider]
    if unknown := sorted(set(fields) - set(names)):
        raise CannotRun(
            f"{PROVIDERS[provider].title} takes {' and '.join(names)}, and not {', '.join(unknown)}"
        )
    checked = {}
    for name in names:
        value = fields.get(name)
        if not isinstance(value, str) or not value:
            raise CannotRun(f"the {name} is missing: it is a text of 1 to {_LONGEST} characters")
        if len(value) > _LONGEST or not value.isprintable() or value != value.strip():
            raise CannotRun(
                f"the {name} has more than {_LONGEST} characters, a line's end within, or spaces around it: "
                "take it as the provider has given it"
            )
        checked[name] = value
    return checked


def _write(installation: Installation, secret_id: str, before: SecretVersion, text: str) -> str:
    """The version that the functions read from now on.

    The same credentials are the same version, so that one that was refused is known as that.
    """
    if _same(before, text):
        return before.id
    previous = previous_version(installation.secrets, secret_id)
    version_id = (
        previous.id
        if previous is not None and _same(previous, text)
        else add_version(installation.secrets, secret_id, text)
    )
    make_current(installation.secrets, secret_id, version_id, instead_of=before.id)
    return version_id


def _same(version: SecretVersion, text: str) -> bool:
    try:
        return bool(json.loads(version.text) == json.loads(text))
    except ValueError:
        return False


def _try(installation: Installation, provider: str) -> _Trial:
    if provider == "softlinx":
        account = installation.accounts[provider].lower()
        # No fax has this identifier: the look-up needs a login and changes nothing.
        run = installation.invoke(PROVIDERS[provider].asking, {"look_up": [f"softlinx.outbound.{account}.0"]})
        return _softlinx_trial(run)
    return _greenfax_trial(installation.invoke(PROVIDERS[provider].asking, {}))


def _softlinx_trial(run: FunctionRun) -> _Trial:
    said = list(_said_in(run.log))
    if run.error == "LoginRefused":
        words = "Softlinx refuses this login."
        if _LEFT_ALONE in {line["message"] for line in said}:
            words = (
                "Softlinx has refused this very login within the last hour, so it was not tried again: too "
                "many wrong ones may lock the user."
            )
        return _Trial(words, is_refused=True)
    if run.error is not None:
        return _Trial(f"It could not be tried ({run.error}). {_TRIED_LATER['softlinx']}")
    if isinstance(run.result, dict) and not run.result["left"]:
        return _Trial("Softlinx accepts this login, and answers its queries.")
    why = _reasons(said) or "another run is under way"
    return _Trial(f"Softlinx did not answer ({why}). {_TRIED_LATER['softlinx']}")


def _greenfax_trial(run: FunctionRun) -> _Trial:
    said = list(_said_in(run.log))
    messages = {line["message"] for line in said}
    if run.error is not None:
        return _Trial(f"It could not be tried ({run.error}). {_TRIED_LATER['greenfax']}")
    if any(line.get("error") == "ProviderRefused" for line in said):
        return _Trial(f"GreenFax refuses the request for its feed ({_reasons(said)}).", is_refused=True)
    if _NOT_YET in messages:
        return _Trial(f"GreenFax was asked within the last 20 minutes already. {_TRIED_LATER['greenfax']}")
    if _UNREADABLE in messages:
        return _Trial(
            f"GreenFax did not answer with its feed ({_reasons(said)}). It may not be asked again for 20 "
            "minutes; `faxledger feeds` tells what came of it then."
        )
    if _ABANDONED in messages:
        return _Trial(
            "There was too little time left, so it was not asked. The next run of the feed tries it."
        )
    return _Trial("GreenFax accepts this password, and has answered with its feed.")


def _said_in(log: str) -> Iterator[Mapping[str, Any]]:
    """The warnings and errors among the log's lines, which hold neither health data nor secrets."""
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("level") in {"WARNING", "ERROR"}:
            yield entry


def _reasons(said: list[Mapping[str, Any]]) -> str:
    return ", ".join(str(line["reason"]) for line in said if line.get("reason"))
