"""The bench's own certificate authority, so that it speaks TLS on the loopback as AWS does everywhere."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bench.contestants import Contestant


class Authority:
    """A root, and a server's certificate below an intermediate one: RSA of 2048 bits each, as AWS's are."""

    def __init__(self) -> None:
        root_key, middle_key, self._key = (rsa.generate_private_key(65537, 2048) for _ in range(3))
        root = _issued("Bench Root CA 1", root_key, "Bench Root CA 1", root_key, is_authority=True)
        middle = _issued("Bench RSA 2048 M01", middle_key, "Bench Root CA 1", root_key, is_authority=True)
        server = _issued("127.0.0.1", self._key, "Bench RSA 2048 M01", middle_key, is_authority=False)
        self.root = _pem(root)
        self._chain = _pem(server) + _pem(middle)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        key = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # OpenSSL reads keys from files alone.
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(key + self._chain)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def bundle_for(self, contestant: Contestant) -> bytes:
        """The roots that a contestant would trust on AWS, and this authority's."""
        return _trusted_by(contestant).read_bytes() + b"\n" + self.root


def _trusted_by(contestant: Contestant) -> Path:
    named = contestant.environment.get("AWS_CA_BUNDLE")
    if named is not None:
        return Path(named)
    # In botocore's order: it has roots of its own, for where there is no certifi.
    candidates = [
        folder / package / "cacert.pem"
        for package in ("certifi", "botocore")
        for folder in contestant.python_path
    ]
    return next(path for path in candidates if path.is_file())


def _issued(
    subject: str, key: rsa.RSAPrivateKey, issuer: str, by: rsa.RSAPrivateKey, *, is_authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(by, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
