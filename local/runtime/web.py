"""A WSGI application served on this machine, in a thread of its own."""

import errno
import os
import socket
from threading import Thread
from typing import Any, Final
from wsgiref.types import WSGIApplication

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from local.runtime.errors import CannotRun

LOOPBACK: Final = "127.0.0.1"


class QuietRequestHandler(MotoRequestHandler):
    """Says nothing of requests: a path holds a token, a query string the number of a person.

    moto's, because S3 has headers that werkzeug's own drops.
    """

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass


class WsgiServer:
    """Has its port from the start and answers from `start()` to `close()`; port 0 takes any free one."""

    def __init__(
        self, application: WSGIApplication, port: int, *, what: str, address: str = LOOPBACK
    ) -> None:
        self._address = address
        with _listening(address, port, what) as listener:
            self._server = make_server(
                address,
                port,
                application,
                threaded=True,
                request_handler=QuietRequestHandler,
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
            self._server.shutdown()
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
