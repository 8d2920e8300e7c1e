"""A server on the loopback that answers each call of either API with the bytes a test has scripted."""

import re
import select
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = bytes | Callable[[socket.socket], None]

# A client leaves a server that gives it nothing of use long before so many seconds are over.
_PATIENCE_SECONDS = 30

OK = "<RequestStatus><StatusCode>0</StatusCode><StatusText>Success</StatusText></RequestStatus>"


def http(
    body: str | bytes, *, status: str = "200 OK", headers: str = "", content_type: str = "text/xml"
) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    described = f"Content-Type: {content_type}\r\nContent-Length: {len(content)}\r\n"
    head = f"HTTP/1.1 {status}\r\n{described}{headers}\r\n"
    return head.encode() + content


def output(operation: str, content: str = OK) -> bytes:
    return http(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<r:{operation}Response xmlns:r="http://www.softlinx.com/ReplixFax">'
        f"<{operation}Output>{content}</{operation}Output></r:{operation}Response></s:Body></s:Envelope>"
    )


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    head: str
    body: str

    @property
    def operation(self) -> str:
        """Of SOAP its name, of REST method and path without the query."""
        action = re.search(r"wsapi/op=(\w+)/ver=", self.head)
        path = re.fullmatch(r"/softlinx/replixfax/restapi/v1/([^?]*).*", self.target)
        return action[1] if action else f"{self.method} {path[1]}" if path else ""


@dataclass
class ScriptedServer:
    """Answers Login and Logout by itself unless told otherwise; the last answer of a script repeats."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    scripts: dict[str, list[Answer]] = field(default_factory=dict)
    # So that no drip outlives its test.
    is_over: bool = False
    # What a client should have left, and waited for to the end.
    outwaited: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answer("Login", output("Login", f"{OK}<AuthToken>token-1</AuthToken>"))
        self.answer("Logout", output("Logout"))

    @property
    def rest_url(self) -> str:
        return self.url.replace("/wsapi", "/restapi/v1")

    def answer(self, operation: str, *answers: Answer) -> None:
        self.scripts[operation] = list(answers)

    def next_answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        script = self.scripts[asked.operation]
        return script.pop(0) if len(script) > 1 else script[0]

    def operations(self) -> list[str]:
        return [asked.operation for asked in self.asked]

    def inputs(self, operation: str) -> list[dict[str, str]]:
        """The simple fields of each call of an operation."""
        return [
            dict(re.findall(r"<(\w+)>([^<]*)</\1>", asked.body))
            for asked in self.asked
            if asked.operation == operation
        ]

    def drip(self, head: bytes, drop: bytes) -> Answer:
        """A tenth of a second between drops: each read is in time, and the whole never comes.

        A client that does not leave fails its test.
        """

        def send(connection: socket.socket) -> None:
            connection.sendall(head)
            for _ in range(10 * _PATIENCE_SECONDS):
                time.sleep(0.1)
                # Raises when the client has hung up.
                connection.sendall(drop)
                if self.is_over:
                    return
            self.outwaited.append("a drip")

        return send

    def silence(self) -> Answer:
        """A client that does not leave fails its test."""

        def wait(connection: socket.socket) -> None:
            # There is something to be read when the client hangs up, and not before.
            if select.select([connection], [], [], _PATIENCE_SECONDS) == ([], [], []):
                self.outwaited.append("silence")

        return wait


def _read_request(connection: socket.socket) -> Asked | None:
    received = bytearray()
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        received += chunk
    head, _, rest = bytes(received).partition(b"\r\n\r\n")
    body = bytearray(rest)
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    method, target, _ = head.decode().split(" ", 2)
    return Asked(method, target, head.decode(), body.decode("latin-1"))


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                while (asked := _read_request(self.request)) is not None:
                    answer = scripted.next_answer(asked)
                    if callable(answer):
                        answer(self.request)
                        return
                    self.request.sendall(answer)
            except OSError:
                return  # the client has had enough, which is what some tests are about

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as listening:
        scripted = ScriptedServer(f"http://127.0.0.1:{listening.server_address[1]}/softlinx/replixfax/wsapi")
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield scripted
        finally:
            scripted.is_over = True
            listening.shutdown()
            thread.join()
        assert scripted.outwaited == []
