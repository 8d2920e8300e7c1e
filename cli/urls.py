"""`faxledger urls`: what to write to each provider's support, so that its callbacks come."""

import sys
from argparse import Namespace
from typing import Final

from cli.arguments import Commands, add_command
from cli.callback_tokens import newest_token_in
from cli.guard import DONE
from cli.installation import PROVIDERS, Installation, add_which_installation, installation_of
from cli.secret_versions import current_version
from cli.support_texts import WARNING, support_text

_TO_TRY: Final = """\
This is the bundle on this machine, which no provider can reach: there is
nothing to send. --stack NAME has the text of a stack that is deployed."""
_DESCRIPTION: Final = """\
Print what to write to each provider's support, so that its callbacks come:
the URL, which events, and what to ask on the occasion.

The URL holds a token, which is a secret: whoever has it can state that a fax
was sent. So TOKEN stands in its place until --with-token asks for the text
that is to be sent. Nothing of it is logged.

examples:
  faxledger urls
  faxledger urls softlinx --with-token --stack clinic > to-softlinx.txt

Exit status: 0, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    urls = add_command(
        commands,
        "urls",
        _run,
        short="print what to write to each provider's support",
        description=_DESCRIPTION,
    )
    urls.add_argument(
        "provider",
        nargs="?",
        choices=tuple(PROVIDERS),
        metavar="PROVIDER",
        help="softlinx or greenfax (both)",
    )
    urls.add_argument("--with-token", action="store_true", help="write the token, a secret, into the text")
    add_which_installation(urls)


def _run(given: Namespace) -> int:
    installation = installation_of(given)
    providers = [given.provider] if given.provider else list(installation.accounts)
    for number, provider in enumerate(providers):
        if number:
            print("\n" + "-" * 76 + "\n")
        print(_text(installation, provider, has_token=given.with_token))
    if given.with_token:
        print(f"\n{WARNING}", file=sys.stderr)
    elif installation.callback_urls:
        command = " ".join(["faxledger urls", *([given.provider] if given.provider else []), "--with-token"])
        print("\nTOKEN stands for a secret. The text to send, with the secret in it:", file=sys.stderr)
        print(f"  {command}{installation.options}", file=sys.stderr)
    if installation.is_on_this_machine:
        print(f"\n{_TO_TRY}", file=sys.stderr)
    return DONE


def _text(installation: Installation, provider: str, *, has_token: bool) -> str:
    url = installation.callback_urls.get(provider)
    if url is not None and has_token:
        secret_id = installation.secret_id(PROVIDERS[provider].tokens, provider)
        # An older one works only until it is taken out.
        newest = newest_token_in(current_version(installation.secrets, secret_id), provider)
        url = url.replace("TOKEN", newest)
    installation.secret_id(PROVIDERS[provider].credentials, provider)
    return support_text(provider, installation.accounts[provider], url)
