"""The console of a town, as `faxledger console` serves it."""

from contextlib import AbstractContextManager
from typing import Final

from cli.api import Api
from tests.e2e.conftest import Town
from tests.support.served_console import served_console

# What hides in the link, and where the page keeps it.
KEY: Final = "faxledger.key"


def console_of(town: Town) -> AbstractContextManager[str]:
    """The link that opens it."""
    return served_console(Api(town.bundle.url), stack="clinic")


def with_key(link: str) -> str:
    """A script that gives a page the link's key, as if it had been opened by the link."""
    return f"sessionStorage.setItem({KEY!r}, {link.partition('#key=')[2]!r})"
