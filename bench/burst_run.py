"""A burst of callbacks poured by several threads into the callback function, for `bench.burst`.

The last line on stderr is what `bench.burst` has of it.
"""

import json
import logging
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode

from bench.deployed import environment_of
from faxledger.bootstrap import World
from faxledger.bootstrap.softlinx import softlinx_callback

TOKEN: Final = "burst-" + "x" * 42
# Of every fax that is spoken of; every other fax is contradicted.
CALLBACKS_OF_A_FAX: Final = 4
_AGREED: Final = ("sent",) * CALLBACKS_OF_A_FAX
_CONTRADICTED: Final = ("sent", "sendFailed") * (CALLBACKS_OF_A_FAX // 2)
# Faxes whose callbacks come mixed with each other, so that several threads speak of the same one.
_MIXED: Final = 8
# Softlinx repeats what was not taken; so many times here.
_TRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Callback:
    """What one callback says of a fax."""

    fax: int
    word: str


def is_contradicted(fax: int) -> bool:
    return fax % 2 == 0


def callbacks_of(faxes: int) -> list[Callback]:
    """The same ones each time, of faxes 1 to `faxes`."""
    chance = Random(20261130)
    poured: list[Callback] = []
    for first in range(1, faxes + 1, _MIXED):
        mixed = [
            Callback(fax, word)
            for fax in range(first, min(first + _MIXED, faxes + 1))
            for word in (_CONTRADICTED if is_contradicted(fax) else _AGREED)
        ]
        chance.shuffle(mixed)
        poured += mixed
    return poured


class OutcomesTold(logging.Handler):
    """What the function says of each fax in its log, where lines of several threads may run together."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: dict[str, Counter[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "report recorded":
            said = vars(record)
            self.outcomes.setdefault(said["fax_id"], Counter())[said["outcome"]] += 1


def pour(
    answer: Callable[[dict[str, Any]], Any], said: Sequence[Callback], threads: int
) -> tuple[list[float], int]:
    """How many milliseconds each took until it was taken, and how many had to be repeated."""
    with ThreadPoolExecutor(threads) as pool:
        taken = list(pool.map(lambda callback: _taken(answer, callback), said))
    return [milliseconds for milliseconds, _ in taken], sum(tries > 1 for _, tries in taken)


def _taken(answer: Callable[[dict[str, Any]], Any], callback: Callback) -> tuple[float, int]:
    event = {
        "routeKey": "POST /callbacks/softlinx/{token}",
        "pathParameters": {"token": TOKEN},
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": urlencode(
            {
                "Queue": "SendFax",
                "FaxId": callback.fax,
                "FaxStatus": callback.word,
                "FaxNumber": "12125550101",
            }
        ),
    }
    began = monotonic()
    for tries in range(1, _TRIES + 1):
        status = answer(event)["statusCode"]
        if status == HTTPStatus.OK:
            return (monotonic() - began) * 1000, tries
        if status != HTTPStatus.SERVICE_UNAVAILABLE:
            raise SystemExit(f"a callback was answered {status}")
    raise SystemExit(f"a callback was not taken in {_TRIES} tries")


def main(table: str, faxes: int, threads: int) -> None:
    parameters = {"SoftlinxRealm": "Acme", "SoftlinxUrl": "https://api.rpxtest.com"}
    environment = environment_of("SoftlinxCallback", parameters) | {"TABLE": table}
    endpoint = softlinx_callback(World(environment=environment))
    told = OutcomesTold()
    logging.getLogger("softlinx-callback").addHandler(told)
    first, *said = callbacks_of(faxes)
    # A function has one request at a time, and its first one reads the secret.
    pour(endpoint.answer, [first], 1)
    began = monotonic()
    took, repeated = pour(endpoint.answer, said, threads)
    measured = {
        "callbacks": len(said) + 1,
        "seconds": monotonic() - began,
        "median_ms": statistics.median(took),
        "slowest_ms": max(took),
        "repeated": repeated,
        "outcomes": told.outcomes,
    }
    print(json.dumps(measured), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
