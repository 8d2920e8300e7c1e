"""Where the providers' servers are, as values of the template's parameters."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from local.errors import CannotRun

_SOAP = "/softlinx/replixfax/wsapi"
_OUTBOUND = "/api/xml/outbound.php"
_INBOUND = "/api/xml/inbound.php"
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})


def softlinx_at(url: str) -> dict[str, str]:
    """`url` is the host part; one that has a path is taken as the address of the SOAP API itself."""
    return {"SoftlinxUrl": url if _has_path(url) else url.rstrip("/") + _SOAP}


def greenfax_at(url: str) -> dict[str, str]:
    """`url` is the host part; one that has a path is taken as the folder or address of the outbound feed."""
    if not _has_path(url):
        base = url.rstrip("/")
        return {"GreenFaxOutboundUrl": base + _OUTBOUND, "GreenFaxInboundUrl": base + _INBOUND}
    folder, _, name = url.rstrip("/").rpartition("/")
    if not name.endswith(".php"):
        folder = url.rstrip("/")
    return {
        "GreenFaxOutboundUrl": f"{folder}/outbound.php",
        "GreenFaxInboundUrl": f"{folder}/inbound.php",
    }


def origin_of(url: str) -> str:
    """As in `http://127.0.0.1:8002`; raises `CannotRun` for what is no URL of this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        raise CannotRun(f"{url} is not a URL") from None
    if parts.scheme != "http" or parts.hostname not in _THIS_MACHINE:
        raise CannotRun(f"{url} is not of the form http://127.0.0.1:8080/faxes")
    return f"http://{parts.hostname}:{port}"


def neighbours_in(parameters: Mapping[str, object]) -> frozenset[str]:
    """The origins among the parameters that are of this machine: each stands for a provider's own."""
    urls = (urlsplit(value) for value in parameters.values() if isinstance(value, str))
    return frozenset(
        f"http://{url.hostname}:{url.port or 80}"
        for url in urls
        if url.scheme == "http" and url.hostname in _THIS_MACHINE
    )


def _has_path(url: str) -> bool:
    return urlsplit(url).path not in ("", "/")
