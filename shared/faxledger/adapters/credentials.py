"""Our credentials at a provider: fields of a secret that is a JSON object."""

import json

from faxledger.adapters.secrets import SecretsManager
from faxledger.errors import SecretUnavailable


class Credentials:
    """The fields `names` of one secret, all of one version of it."""

    def __init__(self, secrets: SecretsManager, secret: str, *names: str) -> None:
        self._secrets = secrets
        self._secret = secret
        self._names = names

    def read(self) -> tuple[str, ...]:
        """The fields, in their order. Raises `SecretUnavailable`, also for one that is empty."""
        return self.read_versioned()[0]

    def read_versioned(self) -> tuple[tuple[str, ...], str]:
        """The fields, and the version of the secret that they are of. Raises as `read` does."""
        text, version = self._secrets.versioned(self._secret)
        try:
            fields = json.loads(text)
        except ValueError:
            # The decoder's message quotes the document, so it goes no further.
            raise SecretUnavailable(f"the secret {self._secret} is not JSON") from None
        return tuple(self._value(fields, name) for name in self._names), version

    def _value(self, fields: object, name: str) -> str:
        value = fields.get(name) if isinstance(fields, dict) else None
        if not isinstance(value, str) or not value:
            raise SecretUnavailable(f"the secret {self._secret} has no {name} yet")
        return value
