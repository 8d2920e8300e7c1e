"""A network for httpcore on which only public addresses can be dialled, and nothing lasts for ever.

A name is resolved once, its addresses are checked, and one of those checked is dialled: whoever answers
another address to a second question (DNS rebinding) is never asked one. TLS still speaks to the name.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore

from faxledger.egress.bounded import BoundedStream, Deadline
from faxledger.egress.public_addresses import IpAddress, is_public
from faxledger.errors import AddressRefused

Resolver = Callable[[str], Sequence[IpAddress]]

# A name with more addresses than this is not tried to its end.
_MOST_TRIED = 4


def addresses_of(host: str) -> Sequence[IpAddress]:
    """The addresses of a name, as the system knows them; raises `httpcore.ConnectError`."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore.ConnectError("the name has no address") from None
    # A zone id survives into the address, where the rule sees it.
    return [ip_address(str(address[0])) for *_, address in found]


class PublicNetwork(httpcore.NetworkBackend):
    """Implements httpcore's network for one exchange; dials public addresses, or `neighbour` as it is.

    Raises `AddressRefused` where a name has no public address.
    """

    def __init__(
        self,
        deadline: Deadline,
        *,
        neighbour: str | None = None,
        resolve: Resolver = addresses_of,
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._deadline = deadline
        self._neighbour = neighbour
        self._resolve = resolve
        self._network = network or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in self._dialled(host, timeout):
            within = self._deadline.allow(timeout)
            try:
                stream = self._network.connect_tcp(address, port, within, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return BoundedStream(stream, self._deadline.allow)
        raise failure or httpcore.ConnectError("the name has no address")

    def _dialled(self, host: str, timeout: float | None) -> Sequence[str]:
        if host == self._neighbour:
            return [host]
        found = self._resolved(host, self._deadline.allow(timeout))
        public = [str(address) for address in found if is_public(address)]
        if found and not public:
            raise AddressRefused("the address leads to no public address")
        return public[:_MOST_TRIED]

    def _resolved(self, host: str, within: float) -> Sequence[IpAddress]:
        """The system's resolver knows no timeout, so it is left behind in a thread when it takes too long."""
        answers: list[Sequence[IpAddress] | httpcore.ConnectError] = []

        def ask() -> None:
            try:
                answers.append(self._resolve(host))
            except httpcore.ConnectError as error:
                answers.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(within)
        if not answers:
            raise httpcore.ConnectTimeout("the name was not resolved in time")
        if isinstance(answers[0], httpcore.ConnectError):
            raise answers[0]
        return answers[0]
