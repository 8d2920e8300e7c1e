"""What an answer that went wrong says about a request that must not be made twice."""

from collections.abc import Iterator
from contextlib import contextmanager

from faxledger.errors import AnswerLost, ProviderError, ProviderRefused
from faxledger.providers.softlinx.transport import HttpHead


@contextmanager
def told_as_lost(head: HttpHead) -> Iterator[None]:
    """Raise `AnswerLost` for what goes wrong inside, unless it tells that the request was not acted upon.

    That is told by a refusal, and by any 4xx: the request was at fault. 5xx tells nothing of the kind, 503
    neither: gateways answer so too when the server behind them has fallen silent in the midst of its work.
    """
    try:
        yield
    except (AnswerLost, ProviderRefused):
        raise
    except ProviderError as error:
        if 400 <= head.status < 500:
            raise
        raise AnswerLost(str(error)) from error
