"""Ends a server of the standard library at once, where by itself it looks only after each wait of its."""

import socket
from contextlib import suppress
from socketserver import TCPServer
from threading import Thread


def shut_down(server: TCPServer) -> None:
    """Returns when the server serves no more. Raises nothing where nobody can call it."""
    ending = Thread(target=server.shutdown)
    ending.start()
    # Whoever knocks wakes it.
    with suppress(OSError):
        host, port = server.server_address[:2]
        socket.create_connection((str(host), port)).close()
    ending.join()
