"""A limit in time that holds for everything an exchange does on its connection."""

import math
import ssl
import time
from collections.abc import Callable
from typing import Any

import httpcore

# How many of the wanted seconds may be waited; None wants any number. Raises `httpcore.TimeoutException`.
Allow = Callable[[float | None], float]


class Deadline:
    """When an exchange has to be over, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def allow(self, seconds: float | None) -> float:
        """At most as long as is left; raises `httpcore.ReadTimeout` when nothing is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long")
        return min(left, math.inf if seconds is None else seconds)


class BoundedStream(httpcore.NetworkStream):
    """A connection on which each step asks first how long it may take.

    A read timeout alone is satisfied for hours by a server that drips its answer.
    """

    def __init__(
        self, stream: httpcore.NetworkStream, allow: Allow, *, allow_to_write: Allow | None = None
    ) -> None:
        self._stream = stream
        self._allow = allow
        self._allow_to_write = allow_to_write or allow

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._allow(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._allow_to_write(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._allow(timeout))
        return BoundedStream(stream, self._allow, allow_to_write=self._allow_to_write)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
