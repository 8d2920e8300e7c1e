"""A day of the town in which everything happens that the console has a page for."""

import json
from typing import Final

from httpx import Response

from local.show.simulators.faults import Faults
from local.show.simulators.web import WebResponse
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town
from tests.support import plain_http

# What a stranger's machine may call itself.
SCRIPT: Final = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
CONTRADICTED: Final = "softlinx.outbound.acme.900001"
FAILED: Final = "softlinx.outbound.acme.900002"
HOSTILE: Final = "softlinx.outbound.acme.900003"
UNDECIDED: Final = "softlinx.outbound.acme.900004"
TELEPORTED: Final = "softlinx.outbound.acme.900005"
UNTOLD: Final = "softlinx.outbound.acme.900006"
NUMBER: Final = "12025550177"


def live_through_a_day(open_town: OpenTown) -> Town:
    """Six hours in which half of the callbacks were lost; and faxes that the tests know.

    The receiver of the default route is gone by the end.
    """
    town = open_town(jobs=24, seed=3, faults=Faults(drop=0.5))
    town.softlinx.receive("12025550100")
    town.wait(minutes=6 * 60)
    call(town, FaxId="900001", FaxStatus="sent", FaxNumber=NUMBER, ProjectCode="CASE-1")
    call(town, FaxId="900001", FaxStatus="sendFailed", ErrorText="Busy", FaxNumber=NUMBER)
    call(town, FaxId="900002", FaxStatus="sendFailed", ErrorCode="18", ErrorText="Busy", FaxNumber=NUMBER)
    call(town, FaxId="900003", FaxStatus="sent", FaxNumber=NUMBER, ProjectCode=SCRIPT, TSI=SCRIPT)
    call(town, FaxId="900004", FaxStatus="sent", ProjectCode="CASE-4")
    call(town, FaxId="900004", FaxStatus="sendFailed", ErrorText="Busy")
    call(town, FaxId="900005", FaxStatus="teleported", Queue="SendFax")
    assert callback(town, FaxStatus="sent", FaxNumber=NUMBER).status_code == 400
    town.wait(minutes=1)
    town.receiver.behaviour = lambda _request, _now: WebResponse(410, b"gone\n")
    assert town.put("/routes/default", {"targets": [{"webhook": town.receiver.url}]}).status_code == 200
    call(town, FaxId="900006", FaxStatus="sent")
    town.wait(minutes=1)
    town.receiver.behaviour = lambda _request, _now: None
    give_up_marking(town, HOSTILE)
    return town


def give_up_marking(town: Town, fax_id: str) -> None:
    """Softlinx knows none of the faxes that the tests know, and refuses to mark them."""
    body = json.dumps({"detail": {"fax_id": fax_id}})
    record = {"messageId": "one", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    for _ in range(8):
        assert town.bundle.functions["MarkFax"].invoke({"Records": [record]}).error is None


def call(town: Town, **fields: str) -> None:
    callback(town, **fields).raise_for_status()


def callback(town: Town, **fields: str) -> Response:
    """One of Softlinx."""
    url = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    return plain_http.post(url, data=fields)
