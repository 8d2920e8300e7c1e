"""What a poll is measured against: a simulated Softlinx with a backlog, and an AWS, in own processes."""

import json
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from bench.aws_stub import aws_stub
from local.dynamodb.requests import MemoryTables
from local.dynamodb.tables import MemoryTable
from local.runtime.bundle import TEMPLATE
from local.runtime.clock import VirtualClock
from local.runtime.template import read_template
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from local.show.simulators.softlinx.options import SOFTLINX_CUSTOMER

# As a table in the same region answers, more or less.
TABLE_LATENCY_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider saw of all runs so far; `marks` are the calls, and by REST nobody logs in."""

    marked: int
    marks: int
    logins: int
    most_marks_at_once: int
    most_queries_at_once: int


@dataclass(frozen=True, slots=True)
class SoftlinxWorld:
    """`softlinx_url` is the SOAP API's; `told` asks the simulator what it has seen so far."""

    softlinx_url: str
    aws_url: str
    asks: Any

    def told(self) -> Told:
        self.asks.send(None)
        return Told(*self.asks.recv())


@contextmanager
def softlinx_world(faxes: int, latency_seconds: float, *, is_ours: bool) -> Iterator[SoftlinxWorld]:
    """So many finished and unmarked faxes, at a provider each call to which takes `latency_seconds`."""
    context = multiprocessing.get_context("forkserver")
    # What this module imports is imported once for all worlds.
    context.set_forkserver_preload([__name__])
    softlinx, softlinx_end = context.Pipe()
    aws, aws_end = context.Pipe()
    processes = [
        context.Process(target=_softlinx, args=(softlinx_end, faxes, latency_seconds), daemon=True),
        context.Process(target=_aws, args=(aws_end, is_ours), daemon=True),
    ]
    for process in processes:
        process.start()
    try:
        yield SoftlinxWorld(softlinx.recv(), aws.recv(), softlinx)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _softlinx(asked: Connection, faxes: int, latency_seconds: float) -> None:
    clock = VirtualClock(datetime.now(UTC))
    options = SoftlinxOptions(latency_seconds=latency_seconds)
    with SoftlinxSimulator(clock, clock, options=options) as simulator:
        simulator.seed_finished(faxes)
        asked.send(simulator.wsapi_url)
        while True:
            asked.recv()
            calls = Counter(request.operation for request in simulator.requests())
            put = sum(request.method == "PUT" for request in simulator.rest_requests())
            marked = sum(bool(job.is_marked) for job in simulator.jobs())
            most = simulator.most_marks_at_once, simulator.most_queries_at_once
            asked.send((marked, calls["ModifySendFax"] + put, calls["Login"], *most))


def _aws(asked: Connection, is_ours: bool) -> None:  # noqa: FBT001 - as a process is given it
    credentials = {"login": SOFTLINX_CUSTOMER.login, "password": SOFTLINX_CUSTOMER.password}
    tables = our_tables() if is_ours else None
    with aws_stub(json.dumps(credentials), latency_seconds=TABLE_LATENCY_SECONDS, tables=tables) as url:
        asked.send(url)
        asked.recv()


def our_tables() -> MemoryTables:
    """Whoever marks reads first what was settled, so that what is written has to be there."""
    table = MemoryTable(read_template(TEMPLATE).resources["Table"].properties, lambda: datetime.now(UTC))
    return MemoryTables(lambda _: table)
