"""What an answer says of a call as a whole: by its HTTP status, and by the provider's own code."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from faxledger.errors import (
    AnswerLost,
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.providers.softlinx.transport import HttpHead

_SUCCESS: Final = "0"
# A code goes into messages and logs, so what doesn't look like one stays out of them.
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")


def refuse_by_status(operation: str, answer: HttpHead, *, may_hold_a_fault: bool = False) -> None:
    """Raise what the HTTP status alone says; a SOAP fault, which comes with 500, says more."""
    if answer.status in (401, 403):
        raise LoginRefused(operation, f"HTTP-{answer.status}")
    if answer.asks_for_patience and not (may_hold_a_fault and answer.status == 500):
        raise unavailable(operation, answer)


def unavailable(operation: str, answer: HttpHead) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"{operation}: HTTP {answer.status}", retry_after_seconds=answer.retry_after_seconds
    )


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def refusal_of(
    operation: str, code: str, text: str, refused: type[ProviderRefused] = ProviderRefused
) -> ProviderRefused | None:
    """What the StatusCode says: any other than 0 is a failure, also with HTTP 200 (doc).

    Raises `ProviderAnswerUnreadable` for what can't be a code.
    """
    if not is_code(code):
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no readable StatusCode")
    return None if code == _SUCCESS else refused(operation, code, text)


@contextmanager
def lost_unless_refused(head: HttpHead) -> Iterator[None]:
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
