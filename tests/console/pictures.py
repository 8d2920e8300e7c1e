"""The pictures of docs/console: each page on a simulated day, in both themes. `make console-pictures`."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from playwright.sync_api import Browser, expect

from local.show.simulators.faults import NO_FAULTS, Faults
from local.show.simulators.web import WebResponse
from tests.console.console_of import console_of, with_key
from tests.console.day import call, callback, give_up_marking
from tests.e2e.conftest import OpenTown, Town, open_towns
from tests.support.chromium import NoChromium, chromium
from tests.support.making import ROOT

_JOBS: Final = 120
_THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_CONTRADICTED: Final = "softlinx.outbound.acme.900001"
_UNMARKED: Final = "softlinx.outbound.acme.900002"
# By the pictures' names.
_PAGES: Final = {
    "day": "#/today",
    "faxes": "#/faxes",
    "fax": f"#/faxes/{_CONTRADICTED}",
    "receipt": f"#/faxes/{_UNMARKED}/receipt",
    "needs": "#/needs",
    "deliveries": "#/deliveries",
    "days": "#/days",
    "routes": "#/routes",
    "send": "#/send",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.console.pictures", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "console", metavar="FOLDER")
    parser.add_argument("--width", type=int, default=1180, help="of the window (default: %(default)s)")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    try:
        with (
            TemporaryDirectory() as log,
            open_towns(Path(log)) as open_one,
            console_of(live_through_an_outage(open_one)) as link,
            chromium() as browser,
        ):
            for name, place in _PAGES.items():
                picture(browser, link, place, given.into / name, given.width)
    except NoChromium as error:
        sys.exit(str(error))


def live_through_an_outage(open_town: OpenTown) -> Town:
    """Until ten at night on a Tuesday, on which nothing was pushed for four hours."""
    town = open_town(jobs=_JOBS, seed=3)
    town.put("/routes/default", {"targets": [{"webhook": town.receiver.url}]}).raise_for_status()
    town.wait(minutes=24 * 60)
    town.simulation.plan_day(_JOBS)
    town.wait(minutes=120)
    _set_faults(town, Faults(drop=1))
    town.wait(minutes=240)
    _set_faults(town, NO_FAULTS)
    sent = {"FaxNumber": "12025550164", "FaxUserId": "records", "FaxStatus": "sent"}
    call(town, **sent, FaxId="900001", ProjectCode="CHART-24561")
    call(town, **{**sent, "FaxStatus": "sendFailed"}, FaxId="900001", ErrorText="Busy")
    call(town, **sent, FaxId="900002", ProjectCode="CHART-24562")
    call(town, FaxId="900003", FaxStatus="teleported", Queue="SendFax")
    callback(town, FaxStatus="sent")
    give_up_marking(town, _UNMARKED)
    town.receiver.behaviour = lambda _request, _now: WebResponse(410, b"gone\n")
    town.wait(minutes=180)
    return town


def _set_faults(town: Town, faults: Faults) -> None:
    town.softlinx.faults = town.greenfax.faults = faults


def picture(browser: Browser, link: str, place: str, path: Path, width: int) -> None:
    """One in each theme."""
    height = 980 if place == _PAGES["day"] else 700
    for theme in _THEMES:
        with browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            timezone_id="UTC",
            locale="en-GB",
            reduced_motion="reduce",
        ) as context:
            page = context.new_page()
            page.add_init_script(with_key(link))
            page.goto(link.partition("#")[0] + place)
            page.get_by_role("heading", level=1).wait_for()
            expect(page.get_by_text("Waiting for")).to_have_count(0)
            page.screenshot(path=f"{path}-{theme}.png")


if __name__ == "__main__":
    main()
