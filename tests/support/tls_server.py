"""A TLS server that is whoever it is asked for, and a network on which every public address is it."""

import re
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from faxledger.egress.exchanges import Wire
from faxledger.egress.public_addresses import IpAddress

NAMES = ("www.greenfax.com", "greenfax.com", "cdn.greenfax.com")
PUBLIC_ADDRESS = "93.184.215.14"


def answered(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"Content-Length": str(len(body)), **named}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} x\r\n{head}\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class Drip:
    """Pieces with a pause in seconds after each."""

    pieces: Iterable[bytes]
    pause: float


@dataclass
class TlsServer:
    """Answers each connection with the next of `answers`, and the last one again and again."""

    port: int
    trusted: ssl.SSLContext
    answers: list[bytes | Drip] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def network(self) -> "Internet":
        return Internet(self.port)

    def wire(self, names: "Names | None" = None, internet: "Internet | None" = None) -> Wire:
        """On which a name has a public address, and this server is behind every one."""
        return Wire(names or Names([PUBLIC_ADDRESS]), internet or self.network(), self.trusted)


class Internet(httpcore.NetworkBackend):
    """Implements httpcore's network: what is dialled is noted and leads to this machine's server."""

    def __init__(self, port: int) -> None:
        self.dialled: list[str] = []
        self.dead: set[str] = set()
        self._port = port
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.dialled.append(f"{host}:{port}")
        if host in self.dead:
            raise httpcore.ConnectError("nobody is there")
        return self._network.connect_tcp("127.0.0.1", self._port, timeout, local_address, socket_options)


class Names:
    """A resolver that gives each of its answers once, and the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, host: str) -> list[IpAddress]:
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [ip_address(address) for address in answer]


@contextmanager
def tls_server() -> Iterator[TlsServer]:
    serving, trusted = _contexts()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = TlsServer(listener.getsockname()[1], trusted)
        thread = Thread(target=_serve, args=(listener, serving, server), daemon=True)
        thread.start()
        yield server
        # On Linux this wakes the thread that waits for a connection.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext, server: TlsServer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        # A client that does not trust us, or has had enough, hangs up.
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
            request = b""
            while b"\r\n\r\n" not in request and (piece := secured.recv(65536)):
                request += piece
            head, _, body = request.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: ([0-9]+)", head)
            while length and len(body) < int(length[1]) and (piece := secured.recv(65536)):
                body += piece
            server.asked.append(request.decode())
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            for piece in answer.pieces if isinstance(answer, Drip) else [answer]:
                secured.sendall(piece)
                if isinstance(answer, Drip):
                    time.sleep(answer.pause)


@cache
def _contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """One that serves with a certificate for `NAMES`, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAMES[0])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in NAMES]), critical=False)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(secret + certificate)
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(file)
    return serving, ssl.create_default_context(cadata=certificate.decode())
