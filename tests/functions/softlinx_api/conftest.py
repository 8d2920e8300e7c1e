from collections.abc import Iterator

import pytest

from faxledger.providers.softlinx.soap import SoftlinxSoap
from faxledger.providers.softlinx.transport import Limits
from tests.functions.softlinx_api.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def limits() -> Limits:
    return Limits(connect_timeout=1, read_timeout=0.4, exchange_timeout=0.8, response_cap_bytes=1_000_000)


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
