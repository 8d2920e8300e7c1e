"""Which URLs credentials may be sent to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from faxledger.errors import SettingMissing


def refuse_unsafe_url(url: str, *, whose: str, is_plain_http_allowed: bool = False) -> None:
    """Raise `SettingMissing` unless `url` is https, or plain http to this machine or where it is allowed."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or not url.isascii():
        raise SettingMissing(f"the {whose} URL has to be an https URL")
    if parts.username is not None or parts.password is not None:
        raise SettingMissing(f"the {whose} URL must hold no credentials: they have a secret of their own")
    if parts.scheme == "http" and not (is_plain_http_allowed or _is_loopback(parts.hostname)):
        raise SettingMissing(f"the {whose} URL has to be https: every call carries credentials")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
