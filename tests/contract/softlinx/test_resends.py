"""Whether a fax was resent when the answer to that was lost: found if that is sure, and else unknown."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.domain.submission import UNKNOWN, Handover, Order, Recipient, SubmissionState
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.sending import CodeField, SoftlinxSending
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from tests.contract.softlinx.conftest import Started
from tests.contract.softlinx.simulated import Kind, Time, account

ACCOUNT = SoftlinxAccount("Acme", ZoneInfo("America/New_York"), marks_faxes=True)
BUSY, OTHER, CODE = "12025550001", "12025550101", "0123456789abcdef"


@pytest.fixture
def failed(time: Time, simulator: SoftlinxSimulator) -> Order:
    """An order to resend a fax that had two other recipients, one of them at the same number."""
    fax_id = simulator.send(BUSY, project_code_2=CODE)
    for number in (BUSY, OTHER):
        simulator.send(number, project_code_2=CODE)
    time.pass_by()
    return Order(
        id="fedcba9876543210" * 2,
        provider=Provider.SOFTLINX,
        submissions=("one",),
        recipients=(Recipient(BUSY),),
        accepted_at=time.now(),
        fingerprint="one",
        resends=_fax(fax_id),
    )


def _fax(fax_id: str) -> FaxId:
    return FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", fax_id)


def looked_for(api: SoftlinxApi, time: Time, order: Order) -> Handover:
    with SoftlinxSending(ACCOUNT, api, CodeField.PROJECT_CODE_2).session() as session:
        (found,) = session.look_for(order, since=time.now(), until=time.now() + timedelta(minutes=7))
    return found


def test_what_went_to_the_order_s_other_recipients_is_no_resend(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi, failed: Order
) -> None:
    assert looked_for(api, time, failed) == UNKNOWN
    # One of them is resent as well.
    simulator.send(OTHER, project_code_2=CODE)
    assert looked_for(api, time, failed) == UNKNOWN


@pytest.mark.parametrize(("number", "is_redirected"), [(BUSY, False), ("12025550100", True)])
def test_the_one_that_follows_to_its_number_is(
    time: Time,
    simulator: SoftlinxSimulator,
    api: SoftlinxApi,
    failed: Order,
    number: str,
    is_redirected: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    order = replace(failed, recipients=(Recipient(number),), is_redirected=is_redirected)
    simulator.send(OTHER, project_code_2=CODE)
    followed = _fax(simulator.send(number, project_code_2=CODE))
    assert looked_for(api, time, order) == Handover(SubmissionState.HANDED_OVER, followed)


def test_of_two_that_follow_to_its_number_neither_is_sure(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi, failed: Order
) -> None:
    for _ in range(2):
        simulator.send(BUSY, project_code_2=CODE)
    assert looked_for(api, time, failed) == UNKNOWN


@pytest.mark.parametrize(
    ("is_slow", "is_known"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_one_that_has_failed_again_under_its_identifier_is_told_by_softlinx_s_own_clock(
    time: Time,
    started: Started,
    kind: Kind,
    *,
    is_slow: bool,
    is_known: bool,
) -> None:
    simulator = started(SoftlinxOptions(resend_keeps_id=True))
    fax_id = simulator.send(BUSY)
    time.pass_by()
    failed_at = time.now()
    order = Order(
        id="fedcba9876543210" * 2,
        provider=Provider.SOFTLINX,
        submissions=("one",),
        recipients=(Recipient(BUSY),),
        accepted_at=failed_at,
        fingerprint="one",
        resends=_fax(fax_id),
        over_by=failed_at + timedelta(seconds=1) if is_known else None,
    )
    with account(Kind.REST, simulator).session() as session:
        assert session.resend(fax_id) == fax_id
    time.pass_by()
    assert time.now() > failed_at + timedelta(seconds=1)

    # By our clock it was asked for when by Softlinx's it had failed again, or long before.
    since = time.now() + (timedelta(minutes=1) if is_slow else timedelta(hours=-1))
    with SoftlinxSending(ACCOUNT, account(kind, simulator), CodeField.NONE).session() as session_of_ours:
        (found,) = session_of_ours.look_for(order, since=since, until=since + timedelta(minutes=7))
    is_sure = is_known or not is_slow
    assert found == (Handover(SubmissionState.HANDED_OVER, _fax(f"{fax_id}~2")) if is_sure else UNKNOWN)
