"""Real callbacks beside a flood of wrong tokens, against real callbacks alone, on the bundle of one machine.

Ten thousand a minute come over the loopback, and once a second a real one, whose time is measured. It is
reported and judged by nothing: this machine has the same processors for all of them, where Lambda has one for
each. What a flood makes slower by itself, such as reads of the secret, would show all the same. `make
bench-flood` runs it.
"""

import argparse
import http.client
import math
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import OurAccounts

ACCOUNTS = OurAccounts.from_env({})
WRONG = "/callbacks/softlinx/" + "x" * 48
REAL = f"/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
FLOODERS = 4


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="each, at most 25 (default: %(default)s)")
    parser.add_argument("--each-minute", type=int, default=10_000, help="wrong ones (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as bundle:
        post(bundle.url, REAL, 0)
        alone = [timed(bundle.url, number) for number in range(1, arguments.seconds + 1)]
        with flood(bundle.url, arguments.each_minute / 60) as sent:
            beside = [timed(bundle.url, number) for number in range(1001, 1001 + arguments.seconds)]
        poured, astray = sent
        print(f"{poured / arguments.seconds * 60:,.0f} wrong ones a minute, {astray} not answered by 404")
        for name, times in (("real ones alone", alone), ("beside the flood", beside)):
            print(
                f"{name:<20} median {statistics.median(times):6.1f} ms, slowest {max(times):6.1f} ms, "
                f"{len(times)} answered by 200"
            )


@contextmanager
def running(folder: Path) -> Iterator[Bundle]:
    clock = VirtualClock(datetime.now(UTC), speed=1)
    bundle = Bundle(
        clock,
        parameters={
            "SoftlinxRealm": "Acme",
            "SoftlinxUrl": "http://127.0.0.1:9",
            # What the throttle stops costs nobody anything. Its clock is held up by what runs, so that hardly
            # more than a burst comes through: no more seconds can be measured than that lasts.
            "ThrottleRate": "10000",
            "ThrottleBurst": "5000",
        },
        secrets=ACCOUNTS.secrets(),
        log=folder / "functions.log",
    )
    with bundle:
        clock.start()
        yield bundle


def timed(url: str, number: int) -> float:
    """Milliseconds until a real one is answered; it begins at the next full second."""
    time.sleep(1 - math.modf(time.monotonic())[0])
    began = time.perf_counter()
    status = post(url, REAL, number)
    if status != http.client.OK:
        raise SystemExit(f"a real callback was answered {status}")
    return (time.perf_counter() - began) * 1000


def post(url: str, path: str, number: int) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        body = urlencode({"FaxId": number, "FaxStatus": "sent"})
        connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status
    finally:
        connection.close()


@contextmanager
def flood(url: str, rate: float) -> Iterator[list[int]]:
    """So many a second; how many there were, and how many of them were answered otherwise than by 404."""
    counts, is_over, lock = [0, 0], threading.Event(), threading.Lock()

    def pour() -> None:
        due = time.monotonic()
        while not is_over.is_set():
            status = post(url, WRONG, 1)
            with lock:
                counts[0] += 1
                counts[1] += status != http.client.NOT_FOUND
            # Whoever is late does not make up for it: that would be a burst.
            due = max(due + FLOODERS / rate, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))

    threads = [threading.Thread(target=pour) for _ in range(FLOODERS)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
