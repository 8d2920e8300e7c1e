"""The console of a town, as `faxledger console` serves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cli.api import Api
from cli.console_calls import ConsoleCalls
from cli.console_server import ConsoleServer
from local.runtime.web import WsgiServer
from tests.e2e.conftest import Town

# What hides in the link, and where the page keeps it.
KEY: Final = "faxledger.key"


@contextmanager
def console_of(town: Town) -> Iterator[str]:
    """The link that opens it."""
    console = ConsoleServer(ConsoleCalls(Api(town.bundle.url)), stack="clinic")
    server = WsgiServer(console, 0, what="the console")
    server.start()
    try:
        yield console.link_at(server.url)
    finally:
        server.close()


def with_key(link: str) -> str:
    """A script that gives a page the link's key, as if it had been opened by the link."""
    return f"sessionStorage.setItem({KEY!r}, {link.partition('#key=')[2]!r})"
