"""Which URLs are worth a look at all: https, to a name in its plainest spelling, on the usual port.

A URL is read once, here, and taken apart by nobody else: two readers that disagree about where the host ends
are how a check is got round.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from faxledger.errors import AddressRefused

_LONGEST = 4_096
_URL = re.compile(
    r"(?P<scheme>[a-z]{1,8})://(?P<host>[a-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?(?P<target>[/?].*)?",
    # ASCII, because a long s and the Kelvin sign are letters of any case otherwise.
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# No top-level domain begins with a digit; each spelling of an IPv4 address ends in a part that does.
HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]){_LABEL}")
# What a URL may hold as it is, `%` included: what was encoded stays so. The rest is encoded.
_AS_IS = "%/?:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True, repr=False)
class OutsideUrl:
    """`host` is in lower case, `target` is path and query; `is_neighbour` as of `UrlRule`."""

    scheme: str
    host: str
    port: int
    target: str
    is_neighbour: bool = False

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UrlRule:
    """`hosts` are names that are allowed with all names below them; None allows every name.

    `neighbours` are origins, as in `http://127.0.0.1:8002`, that stand for the provider on a developer's
    machine. No setting of a deployment can name one.
    """

    hosts: frozenset[str] | None
    neighbours: frozenset[str] = frozenset()

    def read(self, text: str) -> OutsideUrl:
        """The URL; raises `AddressRefused`, which repeats nothing of it."""
        url = _parsed(text)
        if url.origin in self.neighbours:
            return OutsideUrl(url.scheme, url.host, url.port, url.target, is_neighbour=True)
        if url.scheme != "https":
            raise AddressRefused("the address is not https")
        if url.port != 443:
            raise AddressRefused("the address names a port")
        if not HOST_NAME.fullmatch(url.host):
            raise AddressRefused("the address names no host by its plain name")
        if self.hosts is not None and not any(_is_below(url.host, allowed) for allowed in self.hosts):
            raise AddressRefused("the address names a host that is not allowed")
        return url


def _parsed(text: str) -> OutsideUrl:
    # The fragment is a browser's own affair.
    plain = text.strip(" ").partition("#")[0]
    match = _URL.fullmatch(plain) if len(plain) <= _LONGEST else None
    if match is None or any(character < " " or character == "\x7f" for character in plain):
        raise AddressRefused("the address is not a plain URL")
    scheme, target = match["scheme"].lower(), match["target"] or "/"
    port = int(match["port"]) if match["port"] else {"https": 443, "http": 80}.get(scheme, 0)
    if not target.startswith("/"):
        target = f"/{target}"
    try:
        encoded = quote(target, safe=_AS_IS)
    except UnicodeEncodeError:
        # Half a surrogate pair is valid JSON and no valid text.
        raise AddressRefused("the address is not a plain URL") from None
    return OutsideUrl(scheme, match["host"].lower(), port, encoded)


def _is_below(host: str, allowed: str) -> bool:
    return host == allowed or host.endswith(f".{allowed}")
