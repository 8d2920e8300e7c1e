"""The console as `faxledger console` serves it, over any API."""

from collections.abc import Iterator
from contextlib import contextmanager

from cli.api import Api
from cli.console_calls import ConsoleCalls
from cli.console_server import ConsoleServer
from local.runtime.web import WsgiServer


@contextmanager
def served_console(api: Api, *, stack: str) -> Iterator[str]:
    """The link that opens it."""
    console = ConsoleServer(ConsoleCalls(api), stack=stack)
    server = WsgiServer(console, 0, what="the console")
    server.start()
    try:
        yield console.link_at(server.url)
    finally:
        server.close()
