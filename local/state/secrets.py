"""The values of moto's secrets, and its signing keys."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.kms.models import Key, KmsBackend
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from local.state.journal import Journal, Put, Write

_VALUES: Final = "secrets"
_KEYS: Final = "signing keys"


class KeptSecrets:
    """Each secret's current value."""

    def __init__(self, journal: Journal, write: Callable[[list[Write]], None]) -> None:
        self._write = write
        self._values = {name: value.decode() for name, value in journal.read(_VALUES)}
        self._keys = {name: json.loads(value) for name, value in journal.read(_KEYS)}

    def value_of(self, name: str) -> str | None:
        """As it was kept; None for a secret that is new."""
        return self._values.get(name)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """In the block a new value is kept before it is answered."""
        add = SecretsManagerBackend._add_secret  # noqa: SLF001 - by which every new value comes
        move = FakeSecret.set_default_version_id

        def add_secret(backend: SecretsManagerBackend, *given: Any, **named: Any) -> tuple[FakeSecret, bool]:
            added = add(backend, *given, **named)
            self._keep(added[0])
            return added

        def set_default_version_id(secret: FakeSecret, version_id: str | None) -> None:
            move(secret, version_id)
            if hasattr(secret, "versions"):  # else it is being made
                self._keep(secret)

        with (
            patch.object(SecretsManagerBackend, "_add_secret", add_secret),
            patch.object(FakeSecret, "set_default_version_id", set_default_version_id),
        ):
            yield

    def _keep(self, secret: FakeSecret) -> None:
        current = secret.versions.get(secret.default_version_id or "", {}).get("secret_string")
        if current is not None:
            self._write([Put(_VALUES, secret.name, current.encode())])

    def restore_key(self, name: str, key: Key, backend: KmsBackend) -> None:
        """Give a key that was just made the identity it had before, or keep that of a new one."""
        kept = self._keys.get(name)
        if kept is None:
            pem = key.private_key.private_key.private_bytes(  # type: ignore[attr-defined]
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
            about = {"id": key.id, "pem": pem.decode()}
            self._write([Put(_KEYS, name, json.dumps(about).encode())])
            return
        del backend.keys[key.id]
        key.arn = key.arn.replace(key.id, kept["id"])
        key.id = kept["id"]
        key.private_key.private_key = load_pem_private_key(kept["pem"].encode(), None)  # type: ignore[attr-defined]
        backend.keys[key.id] = key
