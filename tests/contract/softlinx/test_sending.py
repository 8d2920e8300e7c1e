"""Handing faxes over: every option arrives, each recipient has an outcome, and nothing is sent twice."""

import io
import secrets
from datetime import datetime, timedelta, timezone

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import AnswerLost, MalformedInput, ProviderRefused, ProviderUnavailable
from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient
from local.show.simulators.softlinx import ApiFaults, SoftlinxOptions, SoftlinxSimulator
from tests.contract.softlinx.conftest import Started
from tests.contract.softlinx.simulated import Kind, Time, account, document_of

OUTBOUND = Direction.OUTBOUND
PDF = Document.of_bytes(b"%PDF-1.4 hello", file_name="hello.pdf")
ONE = FaxOrder(recipients=(FaxRecipient("12025550100"),), documents=(PDF,), project_code="p-1")

RICH = FaxOrder(
    recipients=(
        FaxRecipient(
            "12025550100", name='Jane "J" Doe & <Söhne>', company="Doe", title="Dr", voice="1", fax="2"
        ),
        FaxRecipient("12025550101"),
        FaxRecipient("12025550102", name="山田"),
    ),
    documents=(
        Document.of_bytes(b"\r\n%PDF-1.4\r\n\x00\xff--\r\n", file_name='a "b"; é.pdf'),
        Document.of_bytes(b"II*\x00" + bytes(range(256)), file_name="c.tif", content_type="image/tiff"),
    ),
    has_cover_page=True,
    cover_page_name="Standard",
    cover_message="Dear all,\n<please> & thank you\nÄ",
    header="Header",
    has_header=False,
    user="u1",
    notify_email_address="a@example.com",
    notifies_success=True,
    notifies_failure=False,
    attaches_fax_to_failure=True,
    deletes_after_send=False,
    priority="high",
    project_code="p-1",
    project_code_2="p-2",
    retry_count=3,
    retry_interval=180,
    send_after=datetime(2026, 12, 1, 9, 30, 5, 999, tzinfo=timezone(timedelta(hours=-5))),
    tsi="ACME",
    quality="fine",
    page_orientation="portrait",
)


def test_everything_that_was_ordered_arrives(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    with api.session() as session:
        handed = session.send(RICH)

    (order,) = simulator.sends()
    assert [handover.fax_id for handover in handed] == list(order.fax_ids)
    assert [handover.number for handover in handed] == ["12025550100", "12025550101", "12025550102"]
    assert [(to.number, to.name, to.company, to.title, to.voice, to.fax) for to in order.recipients] == [
        ("12025550100", 'Jane "J" Doe & <Söhne>', "Doe", "Dr", "1", "2"),
        ("12025550101", "", "", "", "", ""),
        ("12025550102", "山田", "", "", "", ""),
    ]
    assert [document.content for document in order.attachments] == [
        b"".join(document.pieces()) for document in RICH.documents
    ]
    assert [document.content_type for document in order.attachments] == ["application/pdf", "image/tiff"]
    assert order.options == RICH.options()
    assert order.options["SendAfter"] == "2026-12-01T09:30:05-05:00"


def test_what_was_not_ordered_is_left_to_the_provider(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    with api.session() as session:
        session.send(FaxOrder(recipients=(FaxRecipient("12025550100"),), documents=(PDF,)))

    assert simulator.sends()[0].options == {}


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_recipient_who_is_refused_loses_no_other(
    started: Started,
    kind: Kind,
    is_listed: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    simulator = started(SoftlinxOptions(lists_refused_recipients=is_listed))
    order = FaxOrder(
        recipients=tuple(FaxRecipient(number) for number in ("12025550100", "12025550009", "12025550101")),
        documents=(PDF,),
    )

    with account(kind, simulator).session() as session:
        first, refused, last = session.send(order)

    taken = simulator.sends()[0].fax_ids
    assert (first.fax_id, last.fax_id) == (taken[0], taken[2])
    assert (first.is_accepted, last.is_accepted) == (True, True)
    assert (refused.number, refused.fax_id) == ("12025550009", None)
    assert (refused.is_refused, refused.is_unknown) == (is_listed, not is_listed)
    assert bool(refused.error_code) is is_listed


def test_an_order_that_is_refused_as_a_whole_is_an_error(
    simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    order = FaxOrder(recipients=(FaxRecipient("12025550009"),), documents=(PDF,))

    with api.session() as session, pytest.raises(ProviderRefused) as refused:
        session.send(order)
    assert (refused.value.code, refused.value.text) == ("4", "Fax number not allowed")
    assert simulator.sends() == ()


def test_a_lost_answer_is_told_and_nothing_is_sent_again(
    simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    simulator.api_faults = ApiFaults(first_answers_lost=1)

    with api.session(patience=10) as session:
        with pytest.raises(AnswerLost):
            session.send(ONE)
        assert len(simulator.sends()) == 1
        found = [
            row["FaxId"]
            for page in session.query(OUTBOUND)
            for row in page.rows
            if row["ProjectCode"] == "p-1"
        ]
    assert found == list(simulator.sends()[0].fax_ids)


def test_too_many_requests_is_no_lost_answer(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    with api.session(patience=10) as session:
        simulator.api_faults = ApiFaults(first_calls_refused=1)
        with pytest.raises(ProviderUnavailable) as unavailable:
            session.send(ONE)
        assert type(unavailable.value) is ProviderUnavailable
        assert simulator.sends() == ()
        (handed,) = session.send(ONE)
    assert handed.is_accepted


def test_a_gateway_that_answers_503_may_have_lost_the_answer(
    simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    with api.session() as session:
        simulator.api_faults = ApiFaults(first_calls_refused=2)
        with pytest.raises(ProviderUnavailable):
            session.send(ONE)
        with pytest.raises(AnswerLost):
            session.send(ONE)


def test_20_megabytes_are_sent(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    content = secrets.token_bytes(20 * 1024 * 1024)
    order = FaxOrder(
        recipients=(FaxRecipient("12025550100"),),
        documents=(Document.of_file(io.BytesIO(content), file_name="large.pdf"),),
    )

    with api.session() as session:
        session.send(order)

    assert simulator.sends()[0].attachments[0].content == content


def test_more_is_refused_before_anything_leaves(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    large = Document("large.pdf", "application/pdf", 20 * 1024 * 1024 + 1, lambda: ())
    order = FaxOrder(recipients=(FaxRecipient("12025550100"),), documents=(large,))

    with api.session() as session, pytest.raises(MalformedInput):
        session.send(order)
    assert simulator.sends() == ()


def test_a_document_that_is_not_as_long_as_was_said_is_not_sent(
    simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    for size in (3, 300):
        odd = Document("odd.pdf", "application/pdf", size, lambda: (b"x" * 100,))
        order = FaxOrder(recipients=(FaxRecipient("12025550100"),), documents=(odd,))
        with api.session() as session, pytest.raises(MalformedInput, match="as long as was said"):
            session.send(order)
    assert simulator.sends() == ()


@pytest.mark.parametrize("keeps_id", [True, False])
def test_a_failed_fax_is_sent_again(
    time: Time,
    started: Started,
    kind: Kind,
    keeps_id: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    simulator = started(SoftlinxOptions(resend_keeps_id=keeps_id))
    fax_id = simulator.send("12025550001", project_code="p-1")
    time.pass_by()

    with account(kind, simulator).session() as session:
        again = session.resend(fax_id)
        row = session.find(OUTBOUND, again)

    # The SOAP API has no resending: there it is always another fax.
    assert (again == fax_id) is (keeps_id and kind is Kind.REST)
    assert row is not None
    assert (row["FaxNumber"], row["ProjectCode"]) == ("12025550001", "p-1")
    if kind is Kind.SOAP:
        (order,) = simulator.sends()
        assert order.attachments[0].content == document_of(simulator, OUTBOUND, fax_id)
        assert order.options["CoverPageEnabled"] == "false"


def test_a_failed_fax_is_sent_again_to_another_number(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.send("12025550004")
    time.pass_by()

    with api.session() as session:
        row = session.find(OUTBOUND, session.resend(fax_id, "12025550100"))

    assert row is not None
    assert row["FaxNumber"] == "12025550100"


def test_a_resend_whose_answer_is_lost_is_not_repeated(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.send("12025550001")
    time.pass_by()
    simulator.api_faults = ApiFaults(first_answers_lost=1)

    with api.session(patience=10) as session, pytest.raises(AnswerLost):
        session.resend(fax_id)
    assert len(simulator.jobs()) == 2


def test_a_fax_nobody_sent_is_not_sent_again(simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    with api.session() as session, pytest.raises(ProviderRefused):
        session.resend("999")
    assert simulator.jobs() == ()


def test_no_number_is_in_a_url(time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi) -> None:
    fax_id = simulator.send("12025550001")
    time.pass_by()

    with api.session() as session:
        session.send(ONE)
        session.resend(fax_id, "12025550101")

    assert not any("1202555" in request.path for request in simulator.rest_requests())
