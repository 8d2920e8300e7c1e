"""`faxledger tail`: what becomes of faxes, as it becomes known."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from cli.api import Api, TryAgain
from cli.arguments import Commands, add_command, positive
from cli.fax_lines import fax_line, moment_of
from cli.which_stack import add_which_api, api_of

_DESCRIPTION: Final = """\
Say of each fax what became of it, as soon as the ledger knows, until Ctrl-C.
The API is asked every 10 seconds. An outage is said, and survived.

A fax that was completed more than 2 hours before the newest one is passed
over when it becomes known; --back HOURS looks further back, in more requests.

examples:
  faxledger tail
  faxledger tail --stack clinic --json | jq 'select(.status == "failed").id'

Exit status: 0 after Ctrl-C, or 1 if it was refused, or 2 if there is no API.
"""
# Each time the newest page is read, and each so many times as far back as was asked for.
_ALL_EACH: Final = 6
_PAGE: Final = "200"
# Of a million faxes, as many as an hour may bring.
_MOST_REMEMBERED: Final = 200_000


def add_to(commands: Commands) -> None:
    tail = add_command(
        commands,
        "tail",
        _run,
        short="say what becomes of faxes, as it becomes known",
        description=_DESCRIPTION,
    )
    tail.add_argument("--every", type=positive, default=10.0, metavar="SECONDS", help="how often to ask (10)")
    tail.add_argument("--back", type=positive, default=2.0, metavar="HOURS", help="how far back to look (2)")
    tail.add_argument("--json", action="store_true", help="a JSON document in each line, as the API has it")
    add_which_api(tail)


def _run(given: Namespace) -> int:
    news = News(api_of(given), timedelta(hours=given.back))
    try:
        # Whoever asks the wrong place learns it at once.
        news.pass_over_what_is_known()
        _follow(news, given)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 0


def _follow(news: "News", given: Namespace) -> None:
    is_out = False
    while True:
        time.sleep(given.every)
        try:
            for fax in news.settled_since():
                print(json.dumps(fax, ensure_ascii=False) if given.json else fax_line(fax), flush=True)
        except TryAgain as problem:
            if not is_out:
                print(f"{problem}; trying again every {given.every:g} s", file=sys.stderr)
            is_out = True
        else:
            if is_out:
                print("answered again", file=sys.stderr)
            is_out = False


class News:
    """Which faxes were settled since it was asked last; it goes by no clock but the ledger's."""

    def __init__(self, api: Api, back: timedelta) -> None:
        self._api = api
        self._back = back
        self._known: dict[str, None] = {}
        self._asked = 0

    def pass_over_what_is_known(self) -> None:
        for fax in self._listed(is_all=True):
            self._remember(fax)

    def settled_since(self) -> Iterator[dict[str, Any]]:
        """The latest settled last. Raises as `Api.ask` does; what was not told then is told the next time."""
        self._asked += 1
        found = [
            fax
            for fax in self._listed(is_all=self._asked % _ALL_EACH == 0)
            if fax["kind"] == "fax" and fax["settled_at"] and fax["id"] not in self._known
        ]
        for fax in sorted(found, key=lambda one: str(one["settled_at"])):
            self._remember(fax)
            yield fax

    def _listed(self, *, is_all: bool) -> Iterator[dict[str, Any]]:
        earliest: datetime | None = None
        cursor = ""
        while True:
            page = self._api.ask("GET", f"/faxes?limit={_PAGE}{cursor}")
            for fax in page["faxes"]:
                if told := moment_of(fax):
                    moment = datetime.fromisoformat(told)
                    earliest = earliest or min(moment, _known_at(fax) or moment) - self._back
                    if moment < earliest:
                        return
                yield fax
            if page["cursor"] is None or not is_all:
                return
            cursor = f"&cursor={quote(page['cursor'], safe='')}"

    def _remember(self, fax: dict[str, Any]) -> None:
        if fax["kind"] == "fax" and fax["settled_at"]:
            self._known[fax["id"]] = None
        while len(self._known) > _MOST_REMEMBERED:
            del self._known[next(iter(self._known))]


def _known_at(fax: Mapping[str, Any]) -> datetime | None:
    """By our own clock: a provider's may be fast, and what it says first would hide all that is behind it."""
    return datetime.fromisoformat(fax["settled_at"]) if fax["kind"] == "fax" and fax["settled_at"] else None
