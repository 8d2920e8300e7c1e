"""`faxledger rotate-token`: a second token beside the first, until the provider has the new URL."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.api import Refused
from cli.arguments import Commands, add_command
from cli.callback_tokens import new_token, tokens_in
from cli.guard import DONE
from cli.installation import PROVIDERS, Counted, Installation, add_which_installation, installation_of
from cli.secret_versions import SecretVersion, add_version, current_version, make_current
from cli.support_texts import WARNING, replacing_text
from local.runtime.errors import CannotRun

_DESCRIPTION: Final = """\
Replace the token in a provider's callback URLs, without losing a callback.

1. Puts a second token beside the first; both work within a minute. Prints
   what to write to the provider's support, with TOKEN in the token's place
   until --with-token asks for it, as it is a secret.
2. Run again, it says how many callbacks have come under either token since.
3. --finish takes the old one out, which stops working within five minutes.
   It refuses as long as nothing came under the new one, or something still
   comes under the old one; --force does it all the same, as for a token that
   has leaked.

examples:
  faxledger rotate-token softlinx --with-token --stack clinic > to-softlinx.txt
  faxledger rotate-token softlinx --stack clinic
  faxledger rotate-token softlinx --finish --stack clinic

Exit status: 0, or 1 if it is too early to finish, or 2 if nobody could be
asked or somebody else has changed the tokens meanwhile.
"""
METRIC: Final = "CallbackUnderToken"
NEWEST: Final = "newest"
OLDER: Final = "older"
# A provider that has been told of a new URL has turned to it by then, or some of its URLs are forgotten.
_MAY_LAG: Final = timedelta(days=1)


def add_to(commands: Commands) -> None:
    rotate = add_command(
        commands,
        "rotate-token",
        _run,
        short="replace the token in a provider's callback URLs",
        description=_DESCRIPTION,
    )
    rotate.add_argument("provider", choices=tuple(PROVIDERS), metavar="PROVIDER", help="softlinx or greenfax")
    rotate.add_argument("--with-token", action="store_true", help="write the token, a secret, into the text")
    rotate.add_argument("--finish", action="store_true", help="take the old token out")
    rotate.add_argument("--force", action="store_true", help="with --finish: though it is too early")
    add_which_installation(rotate)


def _run(given: Namespace) -> int:
    if given.force and not given.finish:
        raise CannotRun("--force goes with --finish")
    installation = installation_of(given)
    secret_id = installation.secret_id(PROVIDERS[given.provider].tokens, given.provider)
    version = current_version(installation.secrets, secret_id)
    tokens = tokens_in(version)
    if given.finish:
        _finish(installation, given.provider, version, tokens, is_forced=given.force)
        return DONE
    if len(tokens) > 1:
        for line in _so_far(_under(installation, given.provider, version), version.created_at):
            print(line, file=sys.stderr)
        newest = tokens[-1]
    else:
        newest = new_token()
        _write(installation, secret_id, version, " ".join((*tokens, newest)))
        what = "A second token is valid beside the first" if tokens else "There was no token; one is valid"
        print(f"{what}, within a minute.", file=sys.stderr)
    _print_text(installation, given, newest)
    if tokens:
        command = f"faxledger rotate-token {given.provider}"
        print("What has come under either token, and to take the old one out then:", file=sys.stderr)
        print(f"  {command}{installation.options}", file=sys.stderr)
        print(f"  {command} --finish{installation.options}", file=sys.stderr)
    return DONE


def _print_text(installation: Installation, given: Namespace, token: str) -> None:
    """The text on the output, so that it can be kept in a file; what it is on the error output."""
    url = installation.callback_urls[given.provider]
    print(file=sys.stderr)
    print(
        replacing_text(
            given.provider,
            installation.accounts[given.provider],
            url.replace("TOKEN", token) if given.with_token else url,
        )
    )
    print(file=sys.stderr)
    if given.with_token:
        print(WARNING, file=sys.stderr)
    else:
        print("TOKEN stands for a secret. The text to send, with the secret in it:", file=sys.stderr)
        print(
            f"  faxledger rotate-token {given.provider} --with-token{installation.options}", file=sys.stderr
        )


def _finish(
    installation: Installation, provider: str, version: SecretVersion, tokens: list[str], *, is_forced: bool
) -> None:
    if len(tokens) < 2:
        raise CannotRun(
            f"there is one token only: `faxledger rotate-token {provider}` puts a second beside it"
        )
    counts = _under(installation, provider, version)
    for line in _so_far(counts, version.created_at):
        print(line, file=sys.stderr)
    if (why := too_early(*counts)) and not is_forced:
        raise Refused(f"{why}. Nothing was changed; --force takes the old token out all the same")
    secret_id = installation.secret_id(PROVIDERS[provider].tokens, provider)
    _write(installation, secret_id, version, tokens[-1])
    print("The old token is out: it stops working within five minutes.")


def too_early(new: Counted, old: Counted) -> str | None:
    """Why the old token has to stay, by what came under either; None where nothing speaks for it."""
    if not new.total:
        return "nothing has come under the new token yet"
    if new.first is None or old.last is None:
        return None
    if old.last >= new.first and new.asked_at - old.last < _MAY_LAG:
        return (
            f"callbacks still came under the old token at {_time(old.last)}, after the first under the new "
            "one: perhaps not all URLs were replaced"
        )
    return None


def _so_far(counts: tuple[Counted, Counted], since: datetime) -> Iterator[str]:
    new, old = counts
    yield f"Since {_time(since)}, when the second token was written:"
    for word, one in (("new", new), ("old", old)):
        last = f", last at {_time(one.last)}" if one.last else ""
        yield f"  under the {word} token {one.total:>6} callbacks{last}"


def _under(installation: Installation, provider: str, version: SecretVersion) -> tuple[Counted, Counted]:
    """Of the newest token and of those before it."""
    origin = PROVIDERS[provider].origin
    new, old = (
        installation.counted(METRIC, {"origin": origin, "token": token}, version.created_at)
        for token in (NEWEST, OLDER)
    )
    return new, old


def _write(installation: Installation, secret_id: str, version: SecretVersion, text: str) -> None:
    new = add_version(installation.secrets, secret_id, text)
    make_current(installation.secrets, secret_id, new, instead_of=version.id)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
