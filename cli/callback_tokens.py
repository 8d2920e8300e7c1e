"""The tokens of a provider's callback URLs, as its secret has them: separated by spaces, the newest last."""

import secrets
from typing import Final

from cli.secret_versions import SecretVersion
from faxledger.adapters.secrets import TOKEN
from local.runtime.errors import CannotRun

_BYTES: Final = 36


def tokens_in(version: SecretVersion) -> list[str]:
    """Those that are valid; with none every callback is refused."""
    return [token for token in version.text.split() if TOKEN.fullmatch(token)]


def newest_token_in(version: SecretVersion, provider: str) -> str:
    """Raises `CannotRun` where there is none."""
    if tokens := tokens_in(version):
        return tokens[-1]
    raise CannotRun(
        "the secret holds no token of 32 to 128 letters, digits, - and _, so that every callback is refused: "
        f"`faxledger rotate-token {provider}` writes one"
    )


def new_token() -> str:
    """As long as the one that a new stack gets: 48 letters, digits, - and _."""
    return secrets.token_urlsafe(_BYTES)
