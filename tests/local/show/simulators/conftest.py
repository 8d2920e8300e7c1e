from collections.abc import Iterator

import pytest

from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.local.show.simulators.listener import Listener, listening
from tests.local.show.simulators.soap_client import SoapClient
from tests.support.virtual_time import VirtualTime


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def softlinx(time: VirtualTime, listener: Listener) -> Iterator[SoftlinxSimulator]:
    with SoftlinxSimulator(time, time, callback_url=listener.url) as simulator:
        yield simulator


@pytest.fixture
def soap(softlinx: SoftlinxSimulator) -> SoapClient:
    return SoapClient(softlinx.wsapi_url)


@pytest.fixture
def greenfax(time: VirtualTime, listener: Listener) -> Iterator[GreenFaxSimulator]:
    with GreenFaxSimulator(
        time, time, notify_url=listener.url, inbound_notify_url=f"{listener.url}/inbound"
    ) as simulator:
        yield simulator
