"""The bundle of this machine with a hosted console, at a real issuer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import OurAccounts
from tests.support import plain_http
from tests.support.oidc_provider import CLIENT, OidcProvider

_ACCOUNTS = OurAccounts.from_env({})
_START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
FAX = "softlinx.outbound.acme.33"


@contextmanager
def hosted_console(issuer: OidcProvider, folder: Path) -> Iterator[Bundle]:
    """One fax has failed. The log lies in the folder."""
    with Bundle(
        VirtualClock(_START),
        parameters={"SoftlinxRealm": "Acme", "ConsoleIssuer": issuer.url, "ConsoleClientId": CLIENT},
        secrets=_ACCOUNTS.secrets(),
        log=folder / "log",
    ) as bundle:
        callback = f"{bundle.url}/callbacks/softlinx/{_ACCOUNTS.softlinx_token}"
        assert plain_http.post(callback, data={"FaxId": "33", "FaxStatus": "sendFailed"}).status_code == 200
        yield bundle
