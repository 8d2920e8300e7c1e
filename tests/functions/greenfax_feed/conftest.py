"""A password, the simulator, and a server that answers what a test has scripted."""

import json
from collections.abc import Iterator

import pytest

from local.show.simulators.greenfax import (
    GreenFaxSimulator,
)
from tests.functions.greenfax_feed.reading import (
    PASSWORD,
    simulated,
)
from tests.support.bundle_on_moto import Stack
from tests.support.scripted_server import ScriptedServer, scripted_server


@pytest.fixture(autouse=True)
def password(stack: Stack) -> None:
    stack.put_secret("GreenFaxCredentials", json.dumps({"password": PASSWORD}))


@pytest.fixture
def greenfax(stack: Stack) -> Iterator[GreenFaxSimulator]:
    with simulated(stack) as simulator:
        yield simulator


@pytest.fixture
def server(stack: Stack) -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        stack.parameters["GreenFaxOutboundUrl"] = scripted.url
        stack.parameters["GreenFaxInboundUrl"] = scripted.url
        yield scripted
