"""The SOAP service's protocol: envelope, login, WSDL."""

import base64
from typing import Any

import httpx
import pytest
import zeep

from local.show.simulators.faults import Faults
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.local.show.simulators.soap_client import INLINE, SoapClient, envelope_of, ids, status_code
from tests.support import plain_http
from tests.support.virtual_time import VirtualTime


def test_the_wsdl_names_this_server_as_its_address(softlinx: SoftlinxSimulator) -> None:
    wsdl = plain_http.get(softlinx.wsapi_url)
    assert wsdl.headers["content-type"].startswith("text/xml")
    assert f'location="{softlinx.wsapi_url}"' in wsdl.text


def test_a_stock_client_works_from_the_wsdl_alone(softlinx: SoftlinxSimulator) -> None:
    service: Any = zeep.Client(f"{softlinx.wsapi_url}?wsdl").service  # type: ignore[no-untyped-call]
    token = {"AuthToken": service.Login(LoginInput=INLINE).AuthToken}
    recipients = [{"FaxNumber": "12025550100"}, {"FaxNumber": "12025550001"}]
    document = {"ContentType": "text/plain", "FileName": "a.txt", "AttachmentContent": b"hello"}
    sent = service.SendFax(
        SendFaxInput={"AuthenticationToken": token, "FaxRecipient": recipients, "Attachment": [document]}
    )
    assert [info.FaxNumber for info in sent.FaxInfo] == ["12025550100", "12025550001"]
    found = service.QuerySendFax(QuerySendFaxInput={"AuthenticationToken": token, "Mark": "false"})
    assert [info.FaxId for info in found.FaxInfo] == [info.FaxId for info in sent.FaxInfo]
    assert found.HasMoreResults == "false"
    left = service.Logout(LogoutInput={"AuthenticationToken": token})
    assert left.StatusCode == "0"


def test_a_token_stands_in_for_the_login_until_logout(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    token = soap.call("Login").findtext("AuthToken", "")
    by_token = SoapClient(softlinx.wsapi_url, {"AuthenticationToken": {"AuthToken": token}})
    assert status_code(by_token.call("QuerySendFax")) == "0"
    assert status_code(by_token.call("Logout")) == "0"
    assert status_code(by_token.call("QuerySendFax")) != "0"
    assert status_code(by_token.call("Logout")) != "0"


def test_a_password_may_be_base64(softlinx: SoftlinxSimulator) -> None:
    password = base64.b64encode(b"not-a-secret").decode()
    authentication = {
        "Login": "faxledger",
        "Password": password,
        "PasswordSecurity": "base64",
        "Realm": "acme",
    }
    client = SoapClient(softlinx.wsapi_url, {"Authentication": authentication})
    assert status_code(client.call("Login")) == "0"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Login": "somebody"},
        {"Password": "guess"},
        {"Realm": "other"},
        {"PasswordSecurity": "base64"},
        {"PasswordSecurity": "rot13"},
    ],
)
def test_a_wrong_login_is_refused_at_http_200(softlinx: SoftlinxSimulator, wrong: dict[str, str]) -> None:
    right = {"Login": "faxledger", "Password": "not-a-secret", "Realm": "Acme"}
    client = SoapClient(softlinx.wsapi_url, {"Authentication": {**right, **wrong}})
    for operation in ("Login", "QuerySendFax", "ModifySendFax"):
        output = client.call(operation)
        assert status_code(output) != "0"
        assert output.findtext("AuthToken") is None


def test_a_call_without_any_login_is_refused(softlinx: SoftlinxSimulator) -> None:
    assert status_code(SoapClient(softlinx.wsapi_url, {}).call("QuerySendFax")) != "0"


def test_logins_can_be_refused_for_a_while(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    softlinx.faults = Faults(refuse_logins=2)
    assert [status_code(soap.call("Login")) == "0" for _ in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("version", [11, 66, 79])
def test_any_version_in_the_action_will_do(soap: SoapClient, version: int) -> None:
    response = soap.post("QuerySendFax", envelope_of("QuerySendFax", INLINE), version=version)
    assert response.status_code == 200


RIGHT = envelope_of("QuerySendFax", INLINE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<not xml", id="not XML"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]>' + RIGHT, id="a DOCTYPE"),
        pytest.param(b"<Envelope/>", id="no envelope"),
        pytest.param(RIGHT.replace(b"soap/envelope/", b"other/"), id="another SOAP"),
        pytest.param(RIGHT.replace(b"softlinx.com/ReplixFax", b"softlinx.com/Other"), id="another namespace"),
        pytest.param(RIGHT.replace(b"QuerySendFaxInput", b"Input"), id="an input by another name"),
        pytest.param(
            RIGHT.replace(
                b"<QuerySendFaxInput>", b'<QuerySendFaxInput xmlns="http://www.softlinx.com/ReplixFax">'
            ),
            id="a qualified input",
        ),
        pytest.param(
            RIGHT.replace(b"<Realm>", b'<x:Realm xmlns:x="urn:x">').replace(b"</Realm>", b"</x:Realm>"),
            id="a qualified element below it",
        ),
    ],
)
def test_what_strays_from_the_protocol_gets_a_fault(soap: SoapClient, content: bytes) -> None:
    response = soap.post("QuerySendFax", content)
    assert response.status_code == 500
    assert "faultstring" in response.text


def test_the_action_must_name_the_operation(soap: SoapClient) -> None:
    assert soap.post("QueryReceiveFax", RIGHT).status_code == 500
    assert soap.post("QuerySendFax", RIGHT, headers={"SOAPAction": ""}).status_code == 500


def test_an_unknown_operation_gets_a_fault(soap: SoapClient) -> None:
    assert soap.post("FaxMeACoffee", envelope_of("FaxMeACoffee", INLINE)).status_code == 500


def test_other_paths_and_methods_are_not_served(softlinx: SoftlinxSimulator) -> None:
    assert plain_http.post(f"{softlinx.url}/elsewhere").status_code == 404
    assert plain_http.put(softlinx.wsapi_url).status_code == 405


def test_a_connection_is_kept_for_further_calls(softlinx: SoftlinxSimulator) -> None:
    with httpx.Client() as client:
        client.get(softlinx.wsapi_url)
        response = client.get(softlinx.wsapi_url)
    assert response.http_version == "HTTP/1.1"
    assert "connection" not in response.headers


def test_slow_requests_are_answered_late_by_the_wall(time: VirtualTime) -> None:
    waited: list[float] = []
    slow = Faults(slow=1, slow_seconds=0.2)
    with SoftlinxSimulator(time, time, faults=slow, sleep=waited.append) as simulator:
        plain_http.get(simulator.wsapi_url)
        assert waited == []
        SoapClient(simulator.wsapi_url).post("QuerySendFax", RIGHT)
        assert waited == [0.2]


def test_every_call_is_recorded(softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime) -> None:
    soap.call("Login")
    time.advance(hours=1)
    soap.call("ModifySendFax", FaxId="1", Mark="true")
    login, modify = softlinx.requests()
    assert (login.operation, login.status_code) == ("Login", "0")
    assert (modify.at - login.at).total_seconds() == 3600
    assert modify.status_code != "0"


def test_queries_one_after_the_other_count_as_one_at_once(
    softlinx: SoftlinxSimulator, soap: SoapClient
) -> None:
    assert ids(soap.call("QuerySendFax")) == ids(soap.call("QueryReceiveFax")) == []
    assert softlinx.most_queries_at_once == 1
