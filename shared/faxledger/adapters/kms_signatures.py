"""Signatures by a key that never leaves KMS."""

from base64 import b64encode
from typing import Any

from faxledger.adapters.aws import aws_errors
from faxledger.domain.signatures import ECDSA_SHA_256, Signature
from faxledger.errors import SignatureUnavailable


class KmsSigner:
    """Signs by an asymmetric key of KMS, of the curve P-256; at most 4,096 bytes (KMS' API reference)."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def __call__(self, message: bytes) -> Signature:
        """Raises `SignatureUnavailable`."""
        with aws_errors("KMS", SignatureUnavailable):
            answer = self._client.sign(
                KeyId=self._key_id, Message=message, MessageType="RAW", SigningAlgorithm=ECDSA_SHA_256
            )
        return Signature(ECDSA_SHA_256, answer["KeyId"], b64encode(answer["Signature"]).decode())
