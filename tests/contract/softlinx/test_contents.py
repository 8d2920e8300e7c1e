"""A fax's document arrives byte for byte, however it is packed."""

import pytest

from faxledger.domain.fax import Direction
from faxledger.domain.report import DocumentType
from faxledger.errors import ProviderAnswerUnreadable, ProviderError, ProviderRefused
from faxledger.providers.softlinx.api import SoftlinxApi
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator, XopStyle
from tests.contract.softlinx.conftest import Started
from tests.contract.softlinx.simulated import Kind, Time, account, document_of

OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND
MEGABYTE = 1024 * 1024

STYLES = {
    "inline": None,
    "root first": XopStyle(),
    "root last": XopStyle(root_is_last=True),
    "no start": XopStyle(names_start=False),
    "cid as it is": XopStyle(encodes_cid=False),
    "everything packed": XopStyle(wraps_all=True, root_is_last=True),
}


@pytest.mark.parametrize("style", STYLES)
def test_documents_are_kept_to_the_byte(time: Time, started: Started, kind: Kind, style: str) -> None:
    simulator = started(SoftlinxOptions(xop=STYLES[style]))
    sent = [simulator.send("12025550100") for _ in range(7)]
    received = [simulator.receive("12025550100") for _ in range(7)]
    time.pass_by()

    with account(kind, simulator).session() as session:
        for direction, faxes in ((OUTBOUND, sent), (INBOUND, received)):
            for fax_id in faxes:
                for form in DocumentType:
                    with session.content(direction, fax_id, form) as content:
                        assert b"".join(content) == document_of(simulator, direction, fax_id, form)


def test_a_document_can_be_read_like_a_file(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.receive("12025550100")
    time.pass_by()
    document = document_of(simulator, INBOUND, fax_id)

    with api.session() as session, session.content(INBOUND, fax_id) as content:
        assert content.read(0) == b""
        pieces = [content.read(7), content.read(100)]
        assert [len(piece) for piece in pieces] == [7, 100]
        pieces += [content.read(), content.read(), content.read(5)]
    assert b"".join(pieces) == document
    assert pieces[-2:] == [b"", b""]


@pytest.mark.parametrize("style", ["inline", "root first", "root last"])
def test_a_large_document_is_taken_up_to_the_cap(
    time: Time, started: Started, kind: Kind, style: str
) -> None:
    simulator = started(SoftlinxOptions(xop=STYLES[style], document_padding_bytes=6 * MEGABYTE))
    fax_id = simulator.receive("12025550100")
    time.pass_by()
    document = document_of(simulator, INBOUND, fax_id)

    with account(kind, simulator).session() as session:
        with session.content(INBOUND, fax_id, cap_bytes=len(document)) as content:
            assert b"".join(content) == document
        with (
            pytest.raises(ProviderAnswerUnreadable, match="larger than"),
            session.content(INBOUND, fax_id, cap_bytes=len(document) - 1) as content,
        ):
            list(content)


def test_other_calls_can_be_made_while_a_document_arrives(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    first, second = simulator.receive("12025550100"), simulator.receive("12025550100")
    time.pass_by()

    with api.session() as session, session.content(INBOUND, first) as one:
        session.mark(INBOUND, first)
        with session.content(INBOUND, second) as other:
            assert other.read() == document_of(simulator, INBOUND, second)
        assert one.read() == document_of(simulator, INBOUND, first)


def test_a_document_that_is_not_wanted_after_all_disturbs_nothing(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.receive("12025550100")
    time.pass_by()

    with api.session() as session:
        with session.content(INBOUND, fax_id):
            pass
        session.mark(INBOUND, fax_id)


def test_the_document_of_a_fax_nobody_knows_is_refused(api: SoftlinxApi) -> None:
    with api.session() as session, pytest.raises(ProviderRefused) as refused, session.content(INBOUND, "999"):
        pass
    assert refused.value.code == "5"


def test_a_document_that_is_not_there_yet_is_an_error_before_its_first_byte(
    time: Time, simulator: SoftlinxSimulator, api: SoftlinxApi
) -> None:
    fax_id = simulator.receive("12025550202")
    time.pass_by()

    with api.session() as session:
        for _ in range(2):
            with pytest.raises(ProviderError), session.content(INBOUND, fax_id):
                pytest.fail("it is not there yet")
        with session.content(INBOUND, fax_id) as content:
            assert content.read() == document_of(simulator, INBOUND, fax_id)
