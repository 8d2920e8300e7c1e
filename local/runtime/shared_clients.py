"""Clients of AWS that outlive the environments of functions, of which hundreds begin in a simulated day."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Lock
from typing import Any, Final
from unittest.mock import patch

from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session

from faxledger.adapters import aws
from local.at_once import over_the_wire

Listener = Callable[..., None]

# A fifth of a call is to put together what the client is called, which nobody reads here.
PLAIN: Final = Config(user_agent="faxledger")
# Where these are asked is the same whatever they are asked for. S3 has a host for each bucket.
_AT_ONE_PLACE: Final = frozenset({"dynamodb", "events", "secretsmanager", "sqs"})
# What a client takes out of its process when it is made.
_TAKEN: Final = ("AWS_REGION", "AWS_ENDPOINT_URL")
_made: dict[tuple[object, ...], Any] = {}
_making = Lock()
# By botocore's names of the events: a call as it was asked for, about to be made, on its way, and answered.
_listeners: Final[dict[str, list[Listener]]] = {
    "before-parameter-build": [],
    "before-call": [],
    "before-send": [],
    "after-call": [],
}


@contextmanager
def shared_clients() -> Iterator[None]:
    """Let functions have the clients of those before them: one takes longer to make than to ask."""
    session = aws._session()  # noqa: SLF001 - nothing but a runner on one machine has to know of it
    with patch.object(session, "create_client", partial(_client, session)):
        yield


@contextmanager
def listening(event: str, listener: Listener) -> Iterator[None]:
    """Have it called at each such event of every shared client, before whoever answers the call."""
    _listeners[event].append(listener)
    try:
        # What is answered at once is never on its way.
        with over_the_wire() if event == "before-send" else nullcontext():
            yield
    finally:
        _listeners[event].remove(listener)


def _client(session: Session, service: str, *, config: Config) -> Any:
    key = (service, config, *(os.environ.get(name) for name in _TAKEN))
    with _making:
        if key not in _made:
            plain = config.merge(PLAIN)
            if service == "dynamodb":
                # The tables in memory look at no signature.
                plain = plain.merge(Config(signature_version=UNSIGNED))
            client = _made[key] = Session.create_client(session, service, config=plain)
            if service in _AT_ONE_PLACE:
                _find_endpoints_once(client)
            for event in _listeners:
                client.meta.events.register_first(event, partial(_tell, event))
        return _made[key]


def _find_endpoints_once(client: Any) -> None:
    """botocore goes through its rules at every call, which takes as long as to answer it."""
    resolver = client._ruleset_resolver  # noqa: SLF001 - there is no setting for it
    find, found = resolver.construct_endpoint, {}

    def construct_endpoint(operation_model: Any, **call: Any) -> Any:
        name = operation_model.name
        if name not in found:
            found[name] = find(operation_model=operation_model, **call)
        return found[name]

    resolver.construct_endpoint = construct_endpoint


def _tell(event: str, **call: Any) -> None:
    for listener in tuple(_listeners[event]):
        listener(**call)
