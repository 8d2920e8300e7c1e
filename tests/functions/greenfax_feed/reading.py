"""One run of the feed against the simulator or scripted answers, and what came of it."""

from local.show.simulators.greenfax import (
    GreenFaxCustomer,
    GreenFaxOptions,
    GreenFaxSimulator,
)
from tests.support import canaries
from tests.support.bundle_on_moto import Context, Stack, event_file
from tests.support.scripted_server import ScriptedServer, http

PASSWORD = canaries.PASSWORD


def simulated(stack: Stack, options: GreenFaxOptions | None = None) -> GreenFaxSimulator:
    simulator = GreenFaxSimulator(
        stack.clock,
        stack.clock,
        customer=GreenFaxCustomer(password=PASSWORD),
        options=options or GreenFaxOptions(),
        seed=7,
    )
    stack.parameters["GreenFaxOutboundUrl"] = f"{simulator.url}/api/xml/outbound.php"
    stack.parameters["GreenFaxInboundUrl"] = f"{simulator.url}/api/xml/inbound.php"
    return simulator


def read(stack: Stack, *, after_minutes: float = 0) -> None:
    stack.clock.advance(minutes=after_minutes)
    stack.invoke("GreenFaxFeed", event_file("greenfax_feed"), Context(seconds_left=900))


def statuses(stack: Stack) -> dict[str, str | None]:
    return {item["pk"].rpartition("#")[2]: item.get("final_status") for item in stack.items("FAX#")}


def covered(stack: Stack) -> dict[str, str]:
    """Which days of each feed count as read."""
    read = {item["pk"].removeprefix("CURSOR#"): item["covered"] for item in stack.items("CURSOR#")}
    return {feed: days for feed, days in read.items() if days}


# The feed begins seven days ago, and a day counts as read two days after its end.
WHOLE = {"greenfax-outbound": "2026-11-16/2026-11-19"}


GOOD = "<fax><job_id>1</job_id><status>success</status><fax_number>12025550100</fax_number></fax>"


ALSO_GOOD = GOOD.replace("<job_id>1", "<job_id>2")


def whole(*rows: str) -> str:
    return f"<?xml version='1.0' encoding='utf-8'?>\n<faxes>\n{''.join(rows)}\n</faxes>\n"


def answered(stack: Stack, server: ScriptedServer, body: str | bytes, **more: str) -> None:
    server.answer("", http(body, **more))
    read(stack)
