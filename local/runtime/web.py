"""A WSGI application served on this machine, in a thread of its own, by names of this machine alone."""

import errno
import json
import os
import socket
from collections.abc import Collection, Iterable
from ipaddress import ip_address
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import WSGIRequestHandler, make_server

from local.runtime.errors import CannotRun
from local.shutdown import shut_down

LOOPBACK: Final = "127.0.0.1"
# What containers call the machine that they run on.
_OF_CONTAINERS: Final = frozenset({"host.docker.internal", "host.containers.internal"})


class QuietRequestHandler(WSGIRequestHandler):
    """Says nothing of requests: a path holds a token, a query string the number of a person."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass


class KnownByName:
    """Refuses requests for other names than this machine's; `names` are further ones that it goes by.

    Nobody here asks who calls. So a page on the internet, whose name is made to point to this machine, would
    read and send faxes in the browser of whoever looks at it.
    """

    def __init__(self, application: WSGIApplication, names: Collection[str] = ()) -> None:
        self._application = application
        self._names = {name.lower() for name in names}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if self._is_ours(host):
            return self._application(environ, start_response)
        problem = (
            f"{host!r} is no name of this machine: call 127.0.0.1, or start with `faxledger up --host NAME`"
        )
        start_response("403 Forbidden", [("content-type", "application/json")])
        return [json.dumps({"message": problem}).encode()]

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        is_local = name == "localhost" or name.endswith(".localhost")
        return is_local or name in _OF_CONTAINERS | self._names or _is_address(name)


def _is_address(name: str) -> bool:
    """An address has no owner who could let it point elsewhere."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class WsgiServer:
    """Has its port from the start and answers from `start()` to `close()`; port 0 takes any free one."""

    def __init__(
        self,
        application: WSGIApplication,
        port: int,
        *,
        what: str,
        address: str = LOOPBACK,
        handler: type[QuietRequestHandler] = QuietRequestHandler,
    ) -> None:
        self._address = address
        with _listening(address, port, what) as listener:
            self._server = make_server(
                address,
                port,
                application,
                threaded=True,
                request_handler=handler,
                fd=listener.fileno(),
            )
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"http://{self._address}:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            shut_down(self._server)
            self._thread.join()
        self._server.server_close()


def _listening(address: str, port: int, what: str) -> socket.socket:
    """A socket of our own, because werkzeug ends the process when a port is in use."""
    try:
        return socket.create_server((address, port))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        reason = os.strerror(error.errno)
        raise CannotRun(f"{address}:{port} for {what} can't be had on this machine: {reason}.") from None
