"""Queries, marks and single faxes: what SOAP and REST have in common."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import LoginRefused, ProviderRefused, ProviderUnavailable
from faxledger.providers.softlinx.api import Selection, SoftlinxApi, SoftlinxSession
from local.show.simulators.softlinx import ApiFaults, SoftlinxOptions, SoftlinxSimulator
from tests.contract.softlinx.conftest import Started
from tests.contract.softlinx.simulated import Kind, Time, account, document_of

OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND


def offered(session: SoftlinxSession, direction: Direction, status: str | None = None) -> list[str]:
    return [row["FaxId"] for page in session.query(direction, Selection(status=status)) for row in page.rows]


def test_250_faxes_are_paged_through_once_marked_and_offered_no_more(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    sent = [simulator.send(f"1202555{n:04}") for n in range(1000, 1250)]
    time.pass_by()

    with api.session() as session:
        succeeded, failed = offered(session, OUTBOUND, "sent"), offered(session, OUTBOUND, "sendFailed")
        assert sorted(succeeded + failed, key=int) == sent
        assert succeeded == sorted(succeeded, key=int)
        for fax_id in succeeded[:10] + failed:
            session.mark(OUTBOUND, fax_id)
        assert offered(session, OUTBOUND, "sent") == succeeded[10:]
        for fax_id in succeeded:
            session.mark(OUTBOUND, fax_id)
        assert offered(session, OUTBOUND) == []

    assert simulator.most_queries_at_once == 1


def test_inbound_faxes_are_another_series(time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    outbound = simulator.send("12025550100")
    inbound = simulator.receive("12025550100")
    time.pass_by()

    with api.session() as session:
        session.mark(OUTBOUND, outbound)
        assert offered(session, INBOUND) == [inbound]
        session.mark(INBOUND, inbound)
        assert offered(session, INBOUND) == []


def test_both_tell_the_same_of_a_fax(time: Time, simulator: SoftlinxSimulator) -> None:
    sent, received = (
        simulator.send("12025550001", recipient="Jane", user="u1"),
        simulator.receive("12025550011"),
    )
    time.pass_by()
    rows = []
    for kind in Kind:
        with account(kind, simulator).session() as session:
            rows.append((session.find(OUTBOUND, sent), session.find(INBOUND, received)))

    assert rows[0] == rows[1]
    outbound, inbound = rows[0]
    assert outbound is not None
    assert inbound is not None
    assert (outbound["FaxId"], outbound["FaxStatus"], outbound["Mark"]) == (sent, "sendFailed", "false")
    assert (inbound["FaxId"], inbound["FaxStatus"]) == (received, "recvIncomplete")


def test_numbers_and_booleans_of_json_are_the_words_that_soap_has(
    time: Time, started: Started, kind: Kind
) -> None:
    simulator = started(SoftlinxOptions(has_json_types=True))
    sent = simulator.send("12025550100")
    time.pass_by()

    with account(kind, simulator).session() as session:
        session.mark(OUTBOUND, sent)
        row = session.find(OUTBOUND, sent)
    assert row is not None
    assert (row["FaxId"], row["Mark"], row["RetryInterval"]) == (sent, "true", "180")


def test_a_fax_that_nobody_knows_is_not_found(api: SoftlinxApi) -> None:
    with api.session() as session:
        assert session.find(OUTBOUND, "999") is None
        assert session.find(INBOUND, "999") is None


def test_a_fax_is_found_whatever_its_mark(time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    fax_id = simulator.send("12025550100")
    time.pass_by()

    with api.session() as session:
        session.mark(OUTBOUND, fax_id)
        assert session.find(OUTBOUND, fax_id) is not None


def test_a_query_can_be_bounded_in_time(time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    first = simulator.send("12025550100")
    time.pass_by()
    between = time.now()
    second = simulator.send("12025550100")
    time.pass_by()

    def ids(session: SoftlinxSession, *, after: bool) -> list[str]:
        pages = (
            session.query(OUTBOUND, Selection(created_after=between))
            if after
            else session.query(OUTBOUND, Selection(created_before=between))
        )
        return [row["FaxId"] for page in pages for row in page.rows]

    with api.session() as session:
        assert (ids(session, after=False), ids(session, after=True)) == ([first], [second])
        hour = timedelta(hours=1)
        around = Selection(created_after=between - hour, created_before=between + hour)
        pages = session.query(OUTBOUND, around)
        assert [row["FaxId"] for page in pages for row in page.rows] == [first, second]


@pytest.mark.parametrize("direction", [OUTBOUND, INBOUND])
def test_a_mark_that_is_taken_back_lets_the_fax_be_offered_again(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi, direction: Direction
) -> None:
    arrives = simulator.send if direction is OUTBOUND else simulator.receive
    fax_id = arrives("12025550100")
    time.pass_by()

    with api.session() as session:
        session.mark(direction, fax_id)
        assert offered(session, direction) == []
        for _ in range(2):
            session.mark(direction, fax_id, is_marked=False)
            assert offered(session, direction) == [fax_id]


def test_a_fax_is_asked_for_by_an_identifier_with_zeros_before_it(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.send("12025550100")
    time.pass_by()

    with api.session() as session:
        found = session.find(OUTBOUND, fax_id.zfill(20))
        assert found is not None
        assert found["FaxId"] == fax_id
        session.mark(OUTBOUND, fax_id.zfill(20))
        assert offered(session, OUTBOUND) == []


def test_marking_a_fax_nobody_sent_is_refused(api: SoftlinxApi) -> None:
    with api.session() as session, pytest.raises(ProviderRefused) as refused:
        session.mark(OUTBOUND, "999")
    assert type(refused.value) is ProviderRefused
    assert refused.value.code == "5"


def test_a_wrong_password_stops_at_once_however_patient_one_is(
    kind: Kind, simulator: SoftlinxSimulator
) -> None:
    wrong = account(kind, simulator, password="wrong")

    with pytest.raises(LoginRefused), wrong.session(patience=30) as session:
        offered(session, OUTBOUND)
    assert len(simulator.requests()) + len(simulator.rest_requests()) == 1


def test_several_threads_share_a_session(time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    sent = [simulator.send("12025550100") for _ in range(40)]
    time.pass_by()

    with api.session() as session, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda fax_id: session.mark(OUTBOUND, fax_id), sent))
        assert offered(session, OUTBOUND) == []


@contextmanager
def overloaded(simulator: SoftlinxSimulator, calls: int) -> Iterator[None]:
    simulator.api_faults = ApiFaults(first_calls_refused=calls)
    yield
    simulator.api_faults = ApiFaults()


def test_an_overload_is_waited_out_while_patience_lasts(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.send("12025550100")
    time.pass_by()

    with overloaded(simulator, 1), api.session(patience=10) as session:
        assert offered(session, OUTBOUND) == [fax_id]
        with overloaded(simulator, 1):
            session.mark(OUTBOUND, fax_id)
        with overloaded(simulator, 1), session.content(OUTBOUND, fax_id) as content:
            assert content.read() == document_of(simulator, OUTBOUND, fax_id)


def test_without_patience_an_overload_is_unavailable(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    simulator.api_faults = ApiFaults(first_calls_refused=1)

    with pytest.raises(ProviderUnavailable) as unavailable, api.session() as session:
        offered(session, OUTBOUND)
    assert unavailable.value.retry_after_seconds == 1


def test_a_token_that_runs_out_is_replaced(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    sent = [simulator.send("12025550100") for _ in range(6)]
    time.pass_by()
    simulator.api_faults = ApiFaults(token_calls=4)

    with api.session() as session, ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda fax_id: session.mark(OUTBOUND, fax_id), sent))

    logins = [request.operation for request in simulator.requests()].count("Login")
    assert logins in {0, 2}
