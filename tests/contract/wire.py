"""What goes over the wire between a botocore client and DynamoDB: counted, lost, replaced."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from botocore.session import get_session

from local.at_once import over_the_wire


@contextmanager
def watching(client: Any, look: Callable[[Any], None], operation: str = "") -> Iterator[None]:
    """Have `look` see each request, repeats included, before it leaves."""

    def handler(request: Any, **_: Any) -> None:
        look(request)

    event = f"before-send.dynamodb{operation and '.' + operation}"
    client.meta.events.register_first(event, handler)
    try:
        with over_the_wire():
            yield
    finally:
        client.meta.events.unregister(event, handler)


@contextmanager
def counting(client: Any) -> Iterator[list[str]]:
    """The operations that are asked for in the block, one entry a request."""
    requests: list[str] = []

    def note(request: Any) -> None:
        requests.append(request.headers["X-Amz-Target"].decode().partition(".")[2])

    with watching(client, note):
        yield requests


@contextmanager
def losing_the_answer(client: Any, *, to_request: int) -> Iterator[None]:
    """The server does what the n-th request of the block asks, and its answer gets lost on the way."""
    seen = 0

    def handler(request: Any, **_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen != to_request:
            return
        if "amazonaws.com" not in request.url:
            # moto has done it by now, as an earlier handler of this event; a real server has to be asked.
            client._endpoint.http_session.send(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    # Handlers of a more specific event would come before moto's.
    client.meta.events.register_last("before-send", handler)
    try:
        with over_the_wire():
            yield
    finally:
        client.meta.events.unregister("before-send", handler)


@cache
def refusing_client(code: str, message: str) -> Any:
    """A client to which everything is refused."""
    client: Any = get_session().create_client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1})
    )
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}).encode()

    def handler(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 400, HTTPHeaders(), _Raw(body))

    client.meta.events.register("before-send.dynamodb", handler)
    return client


class _Raw(BytesIO):
    """A response's body as urllib3 hands it over."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        while piece := self.read(1024):
            yield piece
