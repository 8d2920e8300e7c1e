"""Many faxes and many calls at once, as a bench needs them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from tests.local.show.simulators.rest_client import RestClient
from tests.local.show.simulators.soap_client import SoapClient, ids
from tests.support.bounded import bounded_computation
from tests.support.patience import PATIENCE_SECONDS
from tests.support.virtual_time import VirtualTime


def test_ten_thousand_finished_faxes_are_there_at_once(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    with bounded_computation(seconds=20):
        seeded = softlinx.seed_finished(10_000)
    assert len(set(seeded)) == 10_000
    time.advance(hours=1)
    assert softlinx.callbacks() == ()
    jobs = softlinx.jobs()
    assert {job.status for job in jobs} == {JobStatus.SENT, JobStatus.FAILED}
    assert not any(job.is_marked for job in jobs)
    assert all(job.completed_at and job.created_at <= job.completed_at <= time.now() for job in jobs)
    assert len(ids(soap.call("QuerySendFax", Mark="false", ResultLimit="100"))) == 100


def test_seeded_faxes_can_be_inbound(softlinx: SoftlinxSimulator) -> None:
    softlinx.seed_finished(20, direction=JobDirection.INBOUND, user="records")
    rest = RestClient(softlinx)
    assert len(rest.ids("/inboundfaxes", FaxUserId="records")) == 20
    assert rest.ids("/outboundfaxes") == []


def test_calls_at_one_moment_wait_together(time: VirtualTime) -> None:
    waited: list[float] = []
    all_of_them = Barrier(8)

    def wait(seconds: float) -> None:
        waited.append(seconds)
        all_of_them.wait(PATIENCE_SECONDS)

    slow = SoftlinxOptions(latency_seconds=0.3)
    with SoftlinxSimulator(time, time, options=slow, sleep=wait) as simulator:
        fax_ids = simulator.seed_finished(8)
        soap, rest = SoapClient(simulator.wsapi_url), RestClient(simulator)

        def mark(index: int) -> None:
            if index % 2:
                soap.call("ModifySendFax", FaxId=fax_ids[index], Mark="true")
            else:
                rest.call("PUT", f"/outboundfaxes/{fax_ids[index]}", params={"Mark": "true"})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(mark, range(8)))
        assert waited == [0.3] * 8
        assert simulator.most_marks_at_once == 8
        assert simulator.most_queries_at_once == 0
        assert all(job.is_marked for job in simulator.jobs())
