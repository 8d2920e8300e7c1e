"""How often one event has led back to the same function by its own queue, as Lambda counts it.

Lambda counts along a header of X-Ray's that its SDKs hand on with each message, and stops the invocation
after the sixteenth (AWS Lambda Developer Guide, Use Lambda recursive loop detection).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

# By function, how often it has been invoked since the event that began it all.
Chain = Mapping[str, int]

NO_CHAIN: Final[Chain] = {}
MOST_INVOCATIONS: Final = 16

_current: ContextVar[Chain] = ContextVar("chain", default=NO_CHAIN)


def current_chain() -> Chain:
    """Of the invocation that runs in this thread; empty outside any that a message began."""
    return _current.get()


def one_more(chain: Chain, function: str) -> Chain:
    return {**chain, function: chain.get(function, 0) + 1}


@contextmanager
def within(chain: Chain) -> Iterator[None]:
    """What is sent in this block belongs to the chain."""
    token = _current.set(chain)
    try:
        yield
    finally:
        _current.reset(token)
