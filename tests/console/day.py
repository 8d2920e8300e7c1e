"""A day of the town in which everything happens that the console has a page for."""

from typing import Final

from local.show.simulators.faults import Faults
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town
from tests.support import plain_http

# What a stranger's machine may call itself.
SCRIPT: Final = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
CONTRADICTED: Final = "softlinx.outbound.acme.900001"
FAILED: Final = "softlinx.outbound.acme.900002"
HOSTILE: Final = "softlinx.outbound.acme.900003"
NUMBER: Final = "12025550177"


def live_through_a_day(open_town: OpenTown) -> Town:
    """Six hours in which half of the callbacks were lost; and faxes that the tests know."""
    town = open_town(jobs=24, seed=3, faults=Faults(drop=0.5))
    town.wait(minutes=6 * 60)
    call(town, FaxId="900001", FaxStatus="sent", FaxNumber=NUMBER, ProjectCode="CASE-1")
    call(town, FaxId="900001", FaxStatus="sendFailed", ErrorText="Busy", FaxNumber=NUMBER)
    call(town, FaxId="900002", FaxStatus="sendFailed", ErrorCode="18", ErrorText="Busy", FaxNumber=NUMBER)
    call(town, FaxId="900003", FaxStatus="sent", FaxNumber=NUMBER, ProjectCode=SCRIPT, TSI=SCRIPT)
    return town


def call(town: Town, **fields: str) -> None:
    """A callback of Softlinx."""
    url = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    plain_http.post(url, data=fields).raise_for_status()
