from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faxledger.domain.fax import Direction
from faxledger.errors import (
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    SettingMissing,
)
from faxledger.providers.softlinx.api import Selection
from faxledger.providers.softlinx.orders import Document, FaxOrder, FaxRecipient
from faxledger.providers.softlinx.soap import SoftlinxSoap
from faxledger.providers.softlinx.soap.client import SHIPPED_WSDL
from tests.support.scripted_server import OK, ScriptedServer, http, output
from tests.wire.softlinx.hurry import A_LOGOUT_IS_CUT_SHORT

OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND


def faxes(*ids: int, more: str = "", operation: str = "QuerySendFax") -> bytes:
    rows = "".join(f"<FaxInfo><FaxId>{n}</FaxId><FaxStatus>sent</FaxStatus></FaxInfo>" for n in ids)
    if more:
        rows += f"<HasMoreResults>true</HasMoreResults><ResultsReference>{more}</ResultsReference>"
    return output(operation, OK + rows)


def offered(account: SoftlinxSoap, *, status: str | None = "sent") -> list[str]:
    with account.session() as session:
        pages = session.query(OUTBOUND, Selection(mark=False, status=status))
        return [row["FaxId"] for page in pages for row in page.rows]


def test_one_login_serves_the_whole_session(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes(1))
    server.answer("QueryReceiveFax", faxes(2, operation="QueryReceiveFax"))
    server.answer("ModifySendFax", output("ModifySendFax"))
    server.answer("ModifyReceiveFax", output("ModifyReceiveFax"))

    with account.session() as session:
        assert [page.rows for page in session.query(OUTBOUND)] == [({"FaxId": "1", "FaxStatus": "sent"},)]
        session.mark(OUTBOUND, "1")
        assert [page.rows for page in session.query(INBOUND)] == [({"FaxId": "2", "FaxStatus": "sent"},)]
        session.mark(INBOUND, "2")

    assert server.operations() == [
        "Login", "QuerySendFax", "ModifySendFax", "QueryReceiveFax", "ModifyReceiveFax", "Logout",
    ]  # fmt: skip
    assert server.inputs("Login") == [{"Login": "admin", "Password": "canary-password", "Realm": "acme"}]
    assert server.inputs("ModifySendFax") == [{"AuthToken": "token-1", "FaxId": "1", "Mark": "true"}]
    assert server.inputs("ModifyReceiveFax") == [{"AuthToken": "token-1", "FaxId": "2", "Mark": "true"}]
    assert server.inputs("Logout") == [{"AuthToken": "token-1"}]
    assert all("canary-password" not in asked.body for asked in server.asked[1:])


def test_calls_go_to_the_configured_url_in_the_wsdls_protocol(
    server: ScriptedServer, account: SoftlinxSoap
) -> None:
    server.answer("QuerySendFax", faxes())

    offered(account)

    for asked in server.asked:
        assert (asked.method, asked.target) == ("POST", "/softlinx/replixfax/wsapi")
        assert "content-type: text/xml; charset=utf-8" in asked.head.lower()
        assert "accept-encoding: identity" in asked.head.lower()
        assert f'"http://www.softlinx.com/wsapi/op={asked.operation}/ver=79"' in asked.head


def test_a_query_is_followed_page_by_page(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes(1, 2, more="r-1"), faxes(3, 4, more="r-2"), faxes(5))

    assert offered(account) == ["1", "2", "3", "4", "5"]
    first = {
        "AuthToken": "token-1", "FaxStatus": "sent", "Mark": "false", "ResultLimit": "2",
        "SortColumn": "faxId", "SortOrder": "asc",
    }  # fmt: skip
    assert server.inputs("QuerySendFax") == [
        first,
        {**first, "GetNextResults": "r-1"},
        {**first, "GetNextResults": "r-2"},
    ]


def test_a_query_may_leave_status_and_mark_open(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes())

    with account.session() as session:
        assert [page.rows for page in session.query(OUTBOUND, Selection(mark=None))] == [()]

    assert server.inputs("QuerySendFax")[0].keys() == {"AuthToken", "ResultLimit", "SortColumn", "SortOrder"}


def test_one_reference_for_the_whole_result_is_followed(
    server: ScriptedServer, account: SoftlinxSoap
) -> None:
    server.answer("QuerySendFax", faxes(1, 2, more="r"), faxes(3, 4, more="r"), faxes(5))

    assert offered(account) == ["1", "2", "3", "4", "5"]


def test_a_page_that_repeats_ends_the_query(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes(1, 2, more="r-1"), faxes(3, 4, more="r-2"), faxes(1, 2, more="r-3"))

    with pytest.raises(ProviderAnswerUnreadable, match="QuerySendFax: the same page again"):
        offered(account)
    assert server.operations()[-1] == "Logout"


def test_empty_pages_with_one_reference_end_the_query(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes(more="r"))

    with pytest.raises(ProviderAnswerUnreadable, match="the same page again"):
        offered(account)
    assert server.operations().count("QuerySendFax") == 2


def test_more_results_for_ever_end_the_query(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", *(faxes(n, more=f"r-{n}") for n in range(50)))

    with pytest.raises(ProviderAnswerUnreadable, match="no end after 20 pages"):
        offered(account)
    assert server.operations().count("QuerySendFax") == 20


def test_more_results_without_a_reference_end_the_query(
    server: ScriptedServer, account: SoftlinxSoap
) -> None:
    server.answer("QuerySendFax", output("QuerySendFax", f"{OK}<HasMoreResults>true</HasMoreResults>"))

    with pytest.raises(ProviderAnswerUnreadable, match="no ResultsReference"):
        offered(account)


def test_pages_before_the_unreadable_one_are_kept(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes(1, 2, more="r-1"), http("<html/>"))

    with account.session() as session:
        pages = session.query(OUTBOUND)
        assert [row["FaxId"] for row in next(pages).rows] == ["1", "2"]
        with pytest.raises(ProviderAnswerUnreadable):
            next(pages)


REFUSED = "<RequestStatus><StatusCode>12</StatusCode><StatusText>no such user</StatusText></RequestStatus>"


def test_a_refused_login_is_not_tried_again(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("Login", output("Login", REFUSED))

    with pytest.raises(LoginRefused) as refused:
        offered(account)
    assert (refused.value.code, refused.value.text) == ("12", "no such user")
    assert server.operations() == ["Login"]


def test_a_login_without_a_token_is_unreadable(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("Login", output("Login"))

    with pytest.raises(ProviderAnswerUnreadable, match="no AuthToken"):
        offered(account)


def test_a_refused_mark_is_told_with_its_code(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("ModifySendFax", output("ModifySendFax", REFUSED))

    with account.session() as session, pytest.raises(ProviderRefused) as refused:
        session.mark(OUTBOUND, "33")
    assert (refused.value.operation, refused.value.code) == ("ModifySendFax", "12")


@A_LOGOUT_IS_CUT_SHORT
@pytest.mark.parametrize(
    "answer", [output("Logout", REFUSED), http("", status="503 Service Unavailable"), http("<html/>"), b""]
)
def test_a_logout_that_fails_is_harmless(
    server: ScriptedServer, account: SoftlinxSoap, answer: bytes
) -> None:
    server.answer("Logout", answer, lambda connection: connection.close())

    with account.session():
        pass

    assert server.operations() == ["Login", "Logout"]


def test_a_logout_that_fails_hides_no_error(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", http("", status="503 Service Unavailable"))
    server.answer("Logout", http("<html/>"))

    with pytest.raises(ProviderUnavailable, match="QuerySendFax: HTTP 503"):
        offered(account)


def test_an_account_serves_several_sessions(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("QuerySendFax", faxes(1))

    assert [offered(account), offered(account)] == [["1"], ["1"]]
    assert server.operations().count("Login") == 2


def test_rotated_credentials_are_used_by_the_next_session(server: ScriptedServer) -> None:
    credentials = iter([("admin", "old"), ("admin", "new")])
    account = SoftlinxSoap(url=server.url, realm="acme", credentials=lambda: next(credentials))

    for _ in range(2):
        with account.session():
            pass

    assert [fields["Password"] for fields in server.inputs("Login")] == ["old", "new"]


def test_several_threads_mark_in_one_session(server: ScriptedServer, account: SoftlinxSoap) -> None:
    server.answer("ModifySendFax", output("ModifySendFax"))

    with account.session() as session, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: session.mark(OUTBOUND, str(n)), range(40)))

    marked = [int(fields["FaxId"]) for fields in server.inputs("ModifySendFax")]
    assert sorted(marked) == list(range(40))


def account_with_wsdl(server: ScriptedServer, wsdl: str) -> SoftlinxSoap:
    return SoftlinxSoap(url=server.url, realm="acme", credentials=lambda: ("admin", "p"), wsdl=wsdl)


def test_the_providers_own_wsdl_is_fetched_once(server: ScriptedServer) -> None:
    server.answer("", http(SHIPPED_WSDL.read_bytes().replace(b"/ver=79", b"/ver=66")))
    account = account_with_wsdl(server, f"{server.url}?wsdl")

    for _ in range(2):
        with account.session():
            pass

    assert [asked.method for asked in server.asked] == ["GET", "POST", "POST", "POST", "POST"]
    assert server.asked[0].target == "/softlinx/replixfax/wsapi?wsdl"
    assert "op=Login/ver=66" in server.asked[1].head


def test_what_the_providers_wsdl_refers_to_is_not_fetched(server: ScriptedServer) -> None:
    further = f'<xsd:import namespace="urn:x" schemaLocation="{server.url}?xsd=1"/>'
    wsdl = SHIPPED_WSDL.read_text(encoding="utf-8").replace("<!-- shared by the operations -->", further)
    server.answer("", http(wsdl))
    account = account_with_wsdl(server, server.url)

    with pytest.raises(ProviderAnswerUnreadable, match="WSDL"), account.session():
        pass
    assert [asked.method for asked in server.asked] == ["GET"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("302 Found", ProviderAnswerUnreadable),
        ("404 Not Found", ProviderAnswerUnreadable),
        ("503 Service Unavailable", ProviderUnavailable),
    ],
)
def test_a_wsdl_that_is_not_there_is_said_to_be(
    server: ScriptedServer, status: str, error: type[ProviderError]
) -> None:
    server.answer("", http("", status=status, headers=f"Location: {server.url}\r\n"))
    account = account_with_wsdl(server, server.url)

    with pytest.raises(error, match="WSDL"), account.session():
        pass
    assert len(server.asked) == 1


def test_a_wsdl_of_ones_own_is_read_from_a_file(server: ScriptedServer, tmp_path: Path) -> None:
    own = tmp_path / "own.wsdl"
    own.write_bytes(SHIPPED_WSDL.read_bytes().replace(b"/ver=79", b"/ver=11"))

    with account_with_wsdl(server, str(own)).session():
        pass

    assert "op=Login/ver=11" in server.asked[0].head


def test_a_wsdl_file_that_is_missing_is_named(server: ScriptedServer, tmp_path: Path) -> None:
    account = account_with_wsdl(server, str(tmp_path / "none.wsdl"))

    with pytest.raises(SettingMissing, match=r"none\.wsdl"), account.session():
        pass


EXPIRED = "<RequestStatus><StatusCode>3</StatusCode></RequestStatus>"


def account_that_knows(server: ScriptedServer, *codes: str) -> SoftlinxSoap:
    server.answer("Login", *(output("Login", f"{OK}<AuthToken>token-{n}</AuthToken>") for n in (1, 2, 3)))
    return SoftlinxSoap(
        url=server.url,
        realm="acme",
        credentials=lambda: ("admin", "p"),
        expired_token_codes=frozenset(codes),
    )


def test_an_expired_token_is_replaced(server: ScriptedServer) -> None:
    server.answer("ModifySendFax", output("ModifySendFax", EXPIRED), output("ModifySendFax"))

    with account_that_knows(server, "3").session() as session:
        session.mark(OUTBOUND, "33")

    assert server.operations() == ["Login", "ModifySendFax", "Login", "ModifySendFax", "Logout"]
    assert [fields["AuthToken"] for fields in server.inputs("ModifySendFax")] == ["token-1", "token-2"]
    assert server.inputs("Logout")[0]["AuthToken"] == "token-2"


def test_it_may_be_told_by_its_http_status_too(server: ScriptedServer) -> None:
    server.answer("ModifySendFax", http("", status="401 Unauthorized"), output("ModifySendFax"))

    with account_that_knows(server, "HTTP-401").session() as session:
        session.mark(OUTBOUND, "33")

    assert server.operations().count("Login") == 2


def test_a_session_logs_in_again_once_and_no_more(server: ScriptedServer) -> None:
    server.answer("ModifySendFax", output("ModifySendFax", EXPIRED))

    with account_that_knows(server, "3").session() as session:
        for _ in range(3):
            with pytest.raises(ProviderRefused):
                session.mark(OUTBOUND, "33")

    assert server.operations().count("Login") == 2


def test_no_code_means_an_expired_token_unless_one_is_told(server: ScriptedServer) -> None:
    server.answer("ModifySendFax", output("ModifySendFax", EXPIRED))

    with account_that_knows(server).session() as session, pytest.raises(ProviderRefused):
        session.mark(OUTBOUND, "33")
    assert server.operations() == ["Login", "ModifySendFax", "Logout"]


def test_a_send_that_an_expired_token_held_up_is_made_with_the_new_one(server: ScriptedServer) -> None:
    sent = f"{OK}<FaxInfo><FaxId>33</FaxId></FaxInfo>"
    server.answer("SendFax", output("SendFax", EXPIRED), output("SendFax", sent))
    document = Document.of_bytes(b"%PDF", file_name="a.pdf")

    with account_that_knows(server, "3").session() as session:
        (handover,) = session.send(FaxOrder(recipients=(FaxRecipient("1"),), documents=(document,)))

    assert handover.fax_id == "33"
    assert [fields["AttachmentContent"] for fields in server.inputs("SendFax")] == ["JVBERg==", "JVBERg=="]


def test_a_password_can_be_sent_as_base64(server: ScriptedServer) -> None:
    account = SoftlinxSoap(
        url=server.url, realm="acme", credentials=lambda: ("admin", "pässword"), has_encoded_password=True
    )

    with account.session():
        pass

    assert server.inputs("Login") == [
        {"Login": "admin", "Password": "cMOkc3N3b3Jk", "PasswordSecurity": "base64", "Realm": "acme"}
    ]


def test_a_wsdl_without_room_for_documents_is_said_to_be_another(
    server: ScriptedServer, tmp_path: Path
) -> None:
    own = tmp_path / "own.wsdl"
    typed = b'name="AttachmentContent" type="xsd:%b"'
    own.write_bytes(SHIPPED_WSDL.read_bytes().replace(typed % b"base64Binary", typed % b"hexBinary"))
    document = Document.of_bytes(b"%PDF", file_name="a.pdf")

    with account_with_wsdl(server, str(own)).session() as session, pytest.raises(ProviderAnswerUnreadable):
        session.send(FaxOrder(recipients=(FaxRecipient("1"),), documents=(document,)))
    assert "SendFax" not in server.operations()
