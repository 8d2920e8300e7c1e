"""Where the providers' servers are, as values of the template's parameters."""

from urllib.parse import urlsplit

_SOAP = "/softlinx/replixfax/wsapi"
_OUTBOUND = "/api/xml/outbound.php"
_INBOUND = "/api/xml/inbound.php"


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


def _has_path(url: str) -> bool:
    return urlsplit(url).path not in ("", "/")
