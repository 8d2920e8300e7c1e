"""One HTTP request to an address that somebody outside has named, and the beginning of its answer.

The address may be a secret of its own, so no error, log line or exception holds any of it.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import httpcore

from faxledger.egress.bounded import Deadline
from faxledger.egress.dialling import PublicNetwork, Resolver, addresses_of
from faxledger.egress.urls import OutsideUrl
from faxledger.errors import FaxledgerError

# What can go wrong on the way.
FAILURES: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)

# At DEBUG httpcore logs what is asked and answered.
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    connect: float
    read: float


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    method: str
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Wire:
    """How the outside is reached: by the system's resolver and sockets, and its certificates."""

    resolve: Resolver = addresses_of
    network: httpcore.NetworkBackend | None = None
    ssl_context: ssl.SSLContext | None = None


WIRE: Final = Wire()


class Exchanges:
    """Used by one thread at a time; `failure_of` makes one of our errors of one of `FAILURES`."""

    def __init__(
        self,
        timeouts: Timeouts,
        failure_of: Callable[[Exception], FaxledgerError],
        wire: Wire,
    ) -> None:
        self._timeouts = timeouts
        self._failure_of = failure_of
        self._wire = wire

    def begin(
        self, connection: ExitStack, url: OutsideUrl, deadline: Deadline, asked: Asked
    ) -> httpcore.Response:
        """The answer, of which nothing but the head is read; no redirect is followed.

        Open as long as `connection`. Raises `AddressRefused`, and what `failure_of` makes.
        """
        network = PublicNetwork(
            deadline,
            neighbour=url.host if url.is_neighbour else None,
            resolve=self._wire.resolve,
            network=self._wire.network,
        )
        http = connection.enter_context(
            httpcore.HTTPConnection(
                httpcore.Origin(url.scheme.encode(), url.host.encode(), url.port),
                ssl_context=self._ssl_context if url.scheme == "https" else None,
                network_backend=network,
            )
        )
        timeouts = self._timeouts
        # Without a port where it is the scheme's own, as everybody does it.
        named = f"{url.host}:{url.port}" if url.is_neighbour else url.host
        length = {"Content-Length": str(len(asked.content))} if asked.content else {}
        try:
            return connection.enter_context(
                http.stream(
                    asked.method,
                    f"{url.origin}{url.target}",
                    headers=list({"Host": named, **asked.headers, **length}.items()),
                    content=asked.content or None,
                    extensions={
                        "timeout": {
                            "connect": timeouts.connect,
                            "read": timeouts.read,
                            "write": timeouts.read,
                        }
                    },
                )
            )
        except FAILURES as error:
            failure = self._failure_of(error)
        # Raised out here so that httpcore's exception is not its context: its text may quote the answer.
        raise failure

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Loading the certificates takes longer than the rest of the set-up together.
        return self._wire.ssl_context or httpcore.default_ssl_context()


def headers_of(response: httpcore.Response) -> Mapping[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in response.headers
    }
