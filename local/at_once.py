"""Calls of AWS that are answered in this process, before botocore makes a request of them.

To sign what never leaves the process, to send it and to read what comes back costs several times as much as
what is asked for. botocore looks at parameters and puts them into the service's protocol as ever.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import OperationModel


@dataclass(frozen=True, slots=True)
class AnswerAtOnce:
    """An HTTP status, and what botocore would read of the answer's body."""

    status: int
    read: dict[str, Any]


# Given an operation, the body of its request and the region; None leaves the call to the wire.
Answering = Callable[[str, bytes, str], AnswerAtOnce | None]

_NO_HEADERS = HTTPHeaders()
# By service; of several the last is asked.
_answering: dict[str, list[Answering]] = {}
_wires = 0
_serials = count(1)


@contextmanager
def answering(service: str, answer: Answering) -> Iterator[None]:
    """In the block `answer` is asked about each call that would go to this service of AWS."""
    asked = _answering.setdefault(service, [])
    asked.append(answer)
    try:
        yield
    finally:
        asked.remove(answer)


@contextmanager
def over_the_wire() -> Iterator[None]:
    """In the block every call becomes a request, with all that botocore does to send and to repeat one."""
    global _wires  # noqa: PLW0603 - as botocore's handlers, of all clients there are
    _wires += 1
    try:
        yield
    finally:
        _wires -= 1


def _answer(model: OperationModel, params: dict[str, Any], context: dict[str, Any], **_: object) -> Any:
    asked = _answering.get(model.service_model.service_name)
    if not asked or _wires or "amazonaws.com" not in params["url"]:
        return None
    answer = asked[-1](model.name, params["body"], context["client_region"])
    if answer is None:
        return None
    answer.read["ResponseMetadata"] = {
        "RequestId": f"at-once-{next(_serials)}",
        "HTTPStatusCode": answer.status,
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }
    return AWSResponse(params["url"], answer.status, _NO_HEADERS, None), answer.read


# Like moto, it comes with each session that is made later.
BUILTIN_HANDLERS.append(("before-call", _answer))
