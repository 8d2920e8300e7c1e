from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from faxledger.providers.softlinx.api import SoftlinxApi
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from tests.contract.softlinx.simulated import Kind, Time, account

Started = Callable[[SoftlinxOptions], SoftlinxSimulator]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def started(time: Time) -> Iterator[Started]:
    """Starts a simulator with some options."""
    with ExitStack() as running:
        yield lambda options: running.enter_context(SoftlinxSimulator(time, time, seed=7, options=options))


@pytest.fixture
def simulator(started: Started) -> SoftlinxSimulator:
    return started(SoftlinxOptions())


@pytest.fixture(params=list(Kind))
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


@pytest.fixture
def api(kind: Kind, simulator: SoftlinxSimulator) -> SoftlinxApi:
    return account(kind, simulator)
