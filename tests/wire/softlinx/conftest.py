from collections.abc import Iterator

import pytest

from faxledger.providers.softlinx.soap import SoftlinxSoap
from faxledger.providers.softlinx.transport import Limits
from tests.support.scripted_server import ScriptedServer, scripted_server
from tests.wire.softlinx.speakers import Rest, Soap, Speaker


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def limits() -> Limits:
    """Time enough on any machine; a test of what is cut off puts a mark of `hurry` before it."""
    return Limits(response_cap_bytes=1_000_000)


@pytest.fixture
def account(server: ScriptedServer, limits: Limits) -> SoftlinxSoap:
    return SoftlinxSoap(
        url=server.url,
        realm="acme",
        credentials=lambda: ("admin", "canary-password"),
        limits=limits,
        page_size=2,
        page_limit=20,
    )


@pytest.fixture(params=[Soap, Rest], ids=["soap", "rest"])
def speaker(request: pytest.FixtureRequest, server: ScriptedServer, limits: Limits) -> Speaker:
    """The scripted server with the client that speaks its API."""
    chosen: Speaker = request.param(server, limits)
    return chosen


@pytest.fixture
def soap(server: ScriptedServer, limits: Limits) -> Soap:
    return Soap(server, limits)


@pytest.fixture
def rest(server: ScriptedServer, limits: Limits) -> Rest:
    return Rest(server, limits)
