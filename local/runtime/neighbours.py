"""The servers of this machine that stand for those of others: a provider's, or a receiver's."""

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from local.runtime.errors import CannotRun

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})
_PATIENCE_SECONDS = 1


def origin_of(url: str) -> str:
    """As in `http://127.0.0.1:8002`; raises `CannotRun` for what is no URL of this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        raise CannotRun(f"{url} is not a URL") from None
    if parts.scheme != "http" or parts.hostname not in _THIS_MACHINE:
        raise CannotRun(f"{url} is not of the form http://127.0.0.1:8080/faxes")
    return f"http://{parts.hostname}:{port}"


def is_of_this_machine(url: str) -> bool:
    return urlsplit(url).hostname in _THIS_MACHINE


def is_anybody_at(url: str) -> bool:
    """Whether something listens there, on this machine, at this moment."""
    parts = urlsplit(origin_of(url))
    try:
        with socket.create_connection((parts.hostname, parts.port), _PATIENCE_SECONDS):
            return True
    except OSError:
        return False


def neighbours_in(parameters: Mapping[str, object]) -> frozenset[str]:
    """The origins among the parameters that are of this machine: each stands for a provider's own."""
    urls = (urlsplit(value) for value in parameters.values() if isinstance(value, str))
    return frozenset(
        f"http://{url.hostname}:{url.port or 80}"
        for url in urls
        if url.scheme == "http" and url.hostname in _THIS_MACHINE
    )
