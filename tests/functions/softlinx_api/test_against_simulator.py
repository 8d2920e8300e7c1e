"""The client and the simulator were written apart from each other, from the same facts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import LoginRefused, ProviderRefused
from faxledger.providers.softlinx.soap import Session, SoftlinxSoap
from local.simulators.softlinx import SoftlinxSimulator

OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND


class Time:
    """A clock and a schedule that stand still until `pass_by`."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self._actions: list[tuple[datetime, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._now

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        self._actions.append((when, action))

    def pass_by(self) -> None:
        while self._actions:
            self._actions.sort(key=lambda planned: planned[0])
            when, action = self._actions.pop(0)
            self._now = max(self._now, when)
            action()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def simulator(time: Time) -> Iterator[SoftlinxSimulator]:
    with SoftlinxSimulator(time, time, seed=7) as running:
        yield running


def account(simulator: SoftlinxSimulator, *, password: str | None = None, wsdl: str = "") -> SoftlinxSoap:
    return SoftlinxSoap(
        url=simulator.wsapi_url,
        realm=simulator.account.realm,
        credentials=lambda: (simulator.account.login, password or simulator.account.password),
        wsdl=wsdl,
        page_size=40,
    )


def offered(session: Session, direction: Direction, status: str | None = None) -> list[str]:
    pages = session.query(direction, status=status)
    return [row["FaxId"] for page in pages for row in page.rows]


def test_250_faxes_are_paged_through_once_marked_and_offered_no_more(
    time: Time, simulator: SoftlinxSimulator
) -> None:
    sent = [simulator.send(f"1202555{n:04}") for n in range(250)]
    time.pass_by()

    with account(simulator).session() as session:
        succeeded, failed = offered(session, OUTBOUND, "sent"), offered(session, OUTBOUND, "sendFailed")
        assert sorted(succeeded + failed, key=int) == sent
        assert succeeded == sorted(succeeded, key=int)
        for fax_id in succeeded[:10] + failed:
            session.mark(OUTBOUND, fax_id)
        assert offered(session, OUTBOUND, "sent") == succeeded[10:]
        for fax_id in succeeded:
            session.mark(OUTBOUND, fax_id)
        assert offered(session, OUTBOUND) == []

    operations = [request.operation for request in simulator.requests()]
    assert operations[0] == "Login"
    assert operations[-1] == "Logout"
    assert operations.count("Login") == 1
    assert operations.count("ModifySendFax") == 260
    assert simulator.most_queries_at_once == 1


def test_inbound_faxes_are_another_series(time: Time, simulator: SoftlinxSimulator) -> None:
    outbound = simulator.send("12025550101")
    inbound = simulator.receive("12025550102")
    time.pass_by()

    with account(simulator).session() as session:
        session.mark(OUTBOUND, outbound)
        assert offered(session, INBOUND) == [inbound]
        session.mark(INBOUND, inbound)
        assert offered(session, INBOUND) == []


def test_the_simulators_own_wsdl_serves_as_well(time: Time, simulator: SoftlinxSimulator) -> None:
    fax_id = simulator.send("12025550101")
    time.pass_by()

    with account(simulator, wsdl=f"{simulator.wsapi_url}?wsdl").session() as session:
        assert offered(session, OUTBOUND) == [fax_id]


def test_a_wrong_password_is_a_refused_login(simulator: SoftlinxSimulator) -> None:
    with pytest.raises(LoginRefused), account(simulator, password="wrong").session():
        pass


def test_marking_a_fax_nobody_sent_is_refused(simulator: SoftlinxSimulator) -> None:
    with account(simulator).session() as session, pytest.raises(ProviderRefused) as refused:
        session.mark(OUTBOUND, "999")
    assert not isinstance(refused.value, LoginRefused)
