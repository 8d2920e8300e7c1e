"""The WSDL that a provider serves is as good as the one that ships."""

from faxledger.domain.fax import Direction
from faxledger.providers.softlinx.soap import SoftlinxSoap
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.contract.softlinx.simulated import PASSWORD, Time


def test_the_simulators_own_wsdl_serves_as_well(time: Time, simulator: SoftlinxSimulator) -> None:
    fax_id = simulator.send("12025550100")
    time.pass_by()
    account = SoftlinxSoap(
        url=simulator.wsapi_url,
        realm=simulator.customer.realm,
        credentials=lambda: (simulator.customer.login, PASSWORD),
        wsdl=f"{simulator.wsapi_url}?wsdl",
    )

    with account.session() as session:
        assert session.find(Direction.OUTBOUND, fax_id) is not None
        session.mark(Direction.OUTBOUND, fax_id)

    operations = [request.operation for request in simulator.requests()]
    assert operations == ["Login", "QuerySendFax", "ModifySendFax", "Logout"]
