"""One browser and one running bundle for all tests of a module: both cost seconds to start.

Not for longer: what the town has in memory, as its buckets, no other stack of the same process could make.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.console.console_of import console_of, with_key
from tests.console.day import live_through_a_day
from tests.e2e.conftest import Town, open_towns
from tests.support.chromium import NoChromium, chromium
from tests.support.making import ROOT, NotMade, make
from tests.support.untested import cannot_test

# Of milliseconds: what is waited for comes at once, unless the machine has much else to do.
PATIENCE = 20_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_towns(tmp_path_factory.mktemp("console")) as open_one:
        yield live_through_a_day(open_one)


@pytest.fixture(scope="module")
def built(pytestconfig: pytest.Config) -> Path:
    """The folder of the page's files."""
    try:
        make(pytestconfig, "console")
    except NotMade as error:
        cannot_test(str(error))
    return ROOT / "console" / "built"


@pytest.fixture(scope="module")
def link(town: Town, built: Path) -> Iterator[str]:
    """What opens the console."""
    assert built.is_dir()
    with console_of(town) as link:
        yield link


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except NoChromium as error:
        cannot_test(str(error))


@pytest.fixture(scope="module")
def context(browser: Browser, link: str) -> Iterator[BrowserContext]:
    with browser.new_context(
        base_url=link.partition("#")[0], timezone_id="UTC", locale="en-GB", reduced_motion="reduce"
    ) as context:
        context.set_default_timeout(PATIENCE)
        yield context


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors of the page, and what its policy has kept out."""
    return []


@pytest.fixture
def page(context: BrowserContext, link: str, complaints: list[str]) -> Iterator[Page]:
    """The console on a page that asks for little, as if it had been opened by its link."""
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
    page.add_init_script(with_key(link))
    page.goto("#/send")
    page.get_by_role("heading", level=1).wait_for()
    yield page
    page.close()
    assert complaints == []


def _is_complaint(said: ConsoleMessage) -> bool:
    # Chromium names each answer that is a refusal; that is for the page to say.
    return said.type == "error" and "the server responded with a status of" not in said.text
