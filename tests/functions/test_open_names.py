"""Names that Softlinx does not publish are what the deployment says, all the way to the wire."""

from base64 import b64encode
from collections.abc import Iterator

import pytest

from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient
from faxledger.providers.softlinx.rest import SoftlinxRest
from faxledger.providers.softlinx.transport import Limits
from tests.support.bundle_on_moto import Stack, event_file, softlinx_post
from tests.support.scripted_server import OK, ScriptedServer, output, scripted_server
from tests.support.stream import messages
from tests.wire.softlinx.speakers import Call, Rest

NO_MORE = f"{OK}<HasMoreResults>false</HasMoreResults>"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        yield scripted


def test_the_column_that_queries_are_sorted_by(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters |= {"SoftlinxUrl": server.url, "SoftlinxSortColumn": "FAX_ID"}
    for operation in ("QuerySendFax", "QueryReceiveFax"):
        server.answer(operation, output(operation, NO_MORE))
    stack.invoke("SoftlinxPoll", event_file("softlinx_poll"))

    queries = server.inputs("QuerySendFax") + server.inputs("QueryReceiveFax")
    assert {query["SortColumn"] for query in queries} == {"FAX_ID"}


def test_the_element_that_holds_a_document_which_comes_inline(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters |= {"SoftlinxUrl": server.url, "SoftlinxContentElement": "Blob"}
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "7", "FaxStatus": "recvOk"}))
    operation = "GetReceiveFaxContent"
    server.answer(operation, output(operation, f"{OK}<Blob>{b64encode(b'%PDF-1.7 x').decode()}</Blob>"))
    server.answer("ModifyReceiveFax", output("ModifyReceiveFax"))
    fax = {"detail": {"fax_id": "softlinx.inbound.acme.7"}}

    assert stack.invoke("RetrieveContent", messages(fax)) == {"batchItemFailures": []}
    assert list(stack.documents().values()) == [b"%PDF-1.7 x"]


def test_the_form_parts_that_carry_documents(server: ScriptedServer) -> None:
    rest = Rest(server, Limits())
    api = SoftlinxRest(
        url=server.rest_url, realm="acme", credentials=lambda: ("admin", "x"), file_field="Upload"
    )
    rest.says(Call.SEND, rest.rows(Call.SEND, {"FaxId": "1", "FaxNumber": "12025550100"}))
    order = FaxOrder((FaxRecipient("12025550100"),), (Document.of_bytes(b"%PDF-1.7 x", file_name="a.pdf"),))

    with api.session() as session:
        session.send(order)

    (asked,) = server.asked
    assert 'name="Upload"; filename="a.pdf"' in asked.body
