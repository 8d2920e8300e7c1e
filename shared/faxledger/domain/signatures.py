"""A signature under a JSON document of ours, by which it is shown later who has issued it, and as what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from faxledger.domain.canonical_json import sha256_of

ECDSA_SHA_256: Final = "ECDSA_SHA_256"


@dataclass(frozen=True, slots=True)
class Signature:
    """`value` is base64, and `key_id` names the key to whoever may ask for its public half."""

    algorithm: str
    key_id: str
    value: str


def message_of(document: Mapping[str, Any]) -> bytes:
    """What is signed: the SHA-256, in hex, of the document's canonical JSON without its `signature`.

    KMS takes messages of 4,096 bytes at most, and a receipt may be longer.
    """
    return sha256_of({name: value for name, value in document.items() if name != "signature"}).encode()
