"""How soon the console's list of faxes stands before a person, over many faxes; exits with 1 over a limit.

The page is in a real browser, behind the console's own server, and asks the function of the listing in
this process. The faxes lie in the tables in memory (`bench/filled_table.py`), which answer after 5 ms as a
table in the same region does. `make bench-console` runs it.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from statistics import median
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Page

from bench.deployed import environment_of
from bench.filled_table import RARE_USER, case_of, filled_table
from cli.api import Api
from cli.console_server import refuse_without_page
from faxledger import bootstrap
from faxledger.bootstrap import api
from tests.support.chromium import chromium
from tests.support.served_console import served_console

MOST_MILLISECONDS: Final = 1_000
# Of a listing that looks back over 20,000 faxes, by the most entries a request may examine.
MOST_MILLISECONDS_OF_A_SEARCH: Final = 30_000
_SEARCH: Final = "user=, who has few"
_ROUNDS: Final = 5
# Or the sentence that there is none so far.
_NEW_ROW: Final = "tbody tr:not([data-is-old]), .empty"


class _Function(Api):
    """Answers with the listing's own function, as the gateway would call it."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1")
        environment = environment_of("QueryFaxes", {"SoftlinxRealm": "Acme"})
        self._router = api.query_faxes(bootstrap.World(environment=environment))

    @contextmanager
    def stream(
        self, method: str, path: str, body: str | bytes = "", *, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        place = urlsplit(path)
        said = body.decode() if isinstance(body, bytes) else body
        answer = self._router.answer(
            {
                "routeKey": f"{method} {place.path}",
                "rawQueryString": place.query,
                "headers": dict(headers or {}),
                "body": said,
            }
        )
        yield httpx.Response(answer["statusCode"], headers=answer["headers"], content=answer["body"])


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.console_page", description=__doc__)
    parser.add_argument("--faxes", type=int, default=100_000, help="(default: %(default)s)")
    faxes = parser.parse_args().faxes
    refuse_without_page()
    print(f"the console's list of {faxes:,} faxes", file=sys.stderr, flush=True)
    with filled_table(faxes) as (url, _), opened(url) as link, chromium() as browser:
        measured = milliseconds_of(browser, link, faxes)
    print(f"{'first rows after':24}{'ms':>8}")
    for what, milliseconds in measured.items():
        print(f"{what:24}{milliseconds:>8,.0f}")
    sys.exit(0 if judge(measured) else 1)


def judge(measured: Mapping[str, float]) -> bool:
    """Prints each limit and whether it is kept."""
    searched = measured[_SEARCH]
    worst = max(milliseconds for what, milliseconds in measured.items() if what != _SEARCH)
    limits = {
        f"first rows after {worst:,.0f} ms at most (under {MOST_MILLISECONDS:,})": worst < MOST_MILLISECONDS,
        f"a look back over 20,000 after {searched:,.0f} ms (under {MOST_MILLISECONDS_OF_A_SEARCH:,})": (
            searched < MOST_MILLISECONDS_OF_A_SEARCH
        ),
    }
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    return all(limits.values())


def opened(url: str) -> AbstractContextManager[str]:
    """The link of a console over the AWS at `url`."""
    os.environ |= {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
    }
    return served_console(_Function(), stack="bench")


def milliseconds_of(browser: Browser, link: str, faxes: int) -> dict[str, float]:
    """How long each took until its first row was there: of the rounds the one in the middle."""
    measured: dict[str, list[float]] = {}
    for round_ in range(_ROUNDS):
        # Of a context of its own nothing is left from the round before.
        with browser.new_context() as context:
            for what, act in _steps(context.new_page(), link, faxes, is_last=round_ == _ROUNDS - 1):
                measured.setdefault(what, []).append(act())
    return {what: median(times) * 1000 for what, times in measured.items()}


def _steps(page: Page, link: str, faxes: int, *, is_last: bool) -> Iterator[tuple[str, Callable[[], float]]]:
    page.set_default_timeout(MOST_MILLISECONDS_OF_A_SEARCH)
    origin, _, key = link.partition("#key=")
    page.add_init_script(f"sessionStorage.setItem('faxledger.key', {key!r})")

    def until_rows(act: Callable[[], Any]) -> Callable[[], float]:
        def timed() -> float:
            began = monotonic()
            act()
            page.locator(_NEW_ROW).first.wait_for()
            took = monotonic() - began
            page.evaluate("document.querySelectorAll('tbody tr').forEach(row => row.dataset.isOld = '')")
            return took

        return timed

    def at(query: str) -> Callable[[], float]:
        return until_rows(lambda: page.evaluate("query => { location.hash = `#/faxes?${query}` }", query))

    def at_press(name: str) -> Callable[[], float]:
        return until_rows(page.get_by_role("button", name=name, exact=True).click)

    # A browser makes a process for a new origin, and that is not the page's.
    page.goto(f"{origin}icon.svg")
    yield "opening the page", until_rows(lambda: page.goto(f"{origin}#/faxes"))
    yield "Older", at_press("Older")
    yield "Older once more", at_press("Older")
    yield "Newer", at_press("Newer")
    yield "status=failed", at("status=failed")
    yield "direction=outbound", at("direction=outbound")
    yield "reference=", at(f"reference={case_of(faxes // 2)}")
    yield "unfinished=true", at("unfinished=true")
    page.get_by_role("textbox", name="Number").fill(f"1212555{faxes // 2 % 10_000:04}")
    yield "a number", at_press("Filter")
    yield "All faxes", at_press("All faxes")
    if is_last:
        yield _SEARCH, at(f"user={RARE_USER}")


if __name__ == "__main__":
    main()
