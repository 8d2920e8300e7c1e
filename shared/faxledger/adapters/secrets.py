"""Secrets Manager: the tokens in our callback URLs and our credentials at the providers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from faxledger.adapters.aws import aws_errors
from faxledger.errors import SecretUnavailable

if TYPE_CHECKING:
    # Ports are for the reader and the type checker: a callback's cold start does not pay for them.
    from faxledger.usecases.ports.world import Clock

# A token that was taken out stops working within this time; a new one works after the shorter one.
_FRESH_FOR = timedelta(minutes=5)
_READ_AGAIN_AFTER = timedelta(minutes=1)
# So long a secret without a token, or out of reach, is not read again, however many call.
_LEFT_ALONE_FOR = timedelta(seconds=10)
TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")


class SecretsManager:
    """Reads secrets. Error messages name the secret and AWS's error code, never a value."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def text(self, name: str) -> str:
        """The current value. Raises `SecretUnavailable`."""
        return self.versioned(name)[0]

    def versioned(self, name: str) -> tuple[str, str]:
        """The current value, and the id of its version. Raises `SecretUnavailable`."""
        with aws_errors(f"Secrets Manager, asked for {name},", SecretUnavailable):
            answer = self._client.get_secret_value(SecretId=name)
        if "SecretString" not in answer:
            raise SecretUnavailable(f"the secret {name} is bytes, and has to be text")
        return answer["SecretString"], answer["VersionId"]


class CallbackTokens:
    """The tokens that open one provider's callback URL.

    The secret holds one or more tokens of 32 to 128 letters, digits, `-` and `_`, separated by white space,
    so that the old and the new one are valid together during a rotation; the newest stands last.
    """

    def __init__(self, secrets: SecretsManager, name: str, clock: Clock) -> None:
        self._secrets = secrets
        self._name = name
        self._clock = clock
        self._tokens: tuple[bytes, ...] = ()
        self._read_at: datetime | None = None
        self._why_none = ""

    def accept(self, token: str) -> str | None:
        """What a valid token is, `only` one, `newest` or `older`; None for any other. In constant time.

        An unknown token makes the secret be read again, at most once a minute, so that a rotation loses
        nothing. Raises `SecretUnavailable` while there is no token to compare with.
        """
        if not self._tokens and self._age() < _LEFT_ALONE_FOR:
            raise SecretUnavailable(self._why_none)
        if not self._tokens or self._age() >= _FRESH_FOR:
            self._read()
        if held := self._held(token):
            return held
        if self._age() >= _READ_AGAIN_AFTER:
            self._read()
        return self._held(token)

    def _held(self, token: str) -> str | None:
        given = token.encode("utf-8", "surrogatepass")
        # Every token is compared, so that the time taken does not tell which one came close.
        held = [compare_digest(given, known) for known in self._tokens]
        if not any(held):
            return None
        return "only" if len(held) == 1 else "newest" if held[-1] else "older"

    def _age(self) -> timedelta:
        return timedelta.max if self._read_at is None else self._clock.now() - self._read_at

    def _read(self) -> None:
        self._read_at = self._clock.now()
        try:
            text = self._secrets.text(self._name)
        except SecretUnavailable as error:
            if self._tokens:
                return  # they were valid minutes ago; refusing every callback would lose more
            self._why_none = str(error)
            raise
        self._tokens = tuple(token.encode() for token in text.split() if TOKEN.fullmatch(token))
        if not self._tokens:
            # Better a loud 503, which some callbacks survive, than a silent 404 for every one of them.
            self._why_none = f"the secret {self._name} holds no token of 32 to 128 characters"
            raise SecretUnavailable(self._why_none)
