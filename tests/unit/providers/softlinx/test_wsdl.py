import re
from pathlib import Path

import pytest
from defusedxml import ElementTree

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.soap.client import SHIPPED_WSDL
from faxledger.providers.softlinx.soap.questions import Questions

REPLIXFAX = "http://www.softlinx.com/ReplixFax"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
TOKEN: dict[str, object] = {"AuthenticationToken": {"AuthToken": "t-1"}}

# Each operation with the least its input needs, and its fields in an order that is not the schema's.
ASKED: dict[str, dict[str, object]] = {
    "Login": {"Authentication": {"Realm": "acme", "Password": "p", "Login": "admin"}},
    "Logout": TOKEN,
    "SendFax": {**TOKEN, "FaxRecipient": [{"FaxNumber": "1"}], "Attachment": [{"AttachmentContent": b"x"}]},
    "QuerySendFax": {"Mark": "false", "FaxStatus": "sent", "GetNextResults": "r", **TOKEN},
    "QueryReceiveFax": {"Mark": "false", "ResultLimit": "10", **TOKEN},
    "ModifySendFax": {"Mark": "true", "FaxId": "33", **TOKEN},
    "ModifyReceiveFax": {"Mark": "true", "FaxId": "33", **TOKEN},
    "GetSendFaxContent": {"FaxId": "33", "FaxContentType": "pdf", "FaxContentSelector": "all", **TOKEN},
    "GetReceiveFaxContent": {"FaxId": "33", "FaxContentType": "pdf", **TOKEN},
    "DeleteSendFax": {"FaxId": ["33", "34"], **TOKEN},
    "DeleteReceiveFax": {"FaxId": ["33", "34"], **TOKEN},
}


@pytest.fixture(scope="module")
def questions() -> Questions:
    return Questions(SHIPPED_WSDL.read_bytes())


@pytest.mark.parametrize("operation", ASKED)
def test_the_shipped_wsdl_describes_every_operation_in_its_wrapped_shape(
    questions: Questions, operation: str
) -> None:
    envelope = questions.envelope(operation, ASKED[operation])

    body = ElementTree.fromstring(envelope.body).find(f"{ENVELOPE}Body")
    assert body is not None
    assert [child.tag for child in body] == [f"{{{REPLIXFAX}}}{operation}"]
    assert [child.tag for child in body[0]] == [f"{operation}Input"]
    assert all("{" not in element.tag for element in body[0][0].iter())
    assert re.fullmatch(
        rf'"http://www\.softlinx\.com/wsapi/op={operation}/ver=(11|66|79)"', envelope.soap_action
    )


def test_fields_are_written_in_the_order_of_the_schema(questions: Questions) -> None:
    body = ElementTree.fromstring(questions.envelope("QuerySendFax", ASKED["QuerySendFax"]).body)

    asked = [element.tag for element in body.iter() if "{" not in element.tag]
    assert asked == [
        "QuerySendFaxInput", "AuthenticationToken", "AuthToken", "FaxStatus", "Mark", "GetNextResults",
    ]  # fmt: skip


def test_every_value_is_a_string_but_documents(questions: Questions) -> None:
    assert questions is not None
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    typed = {
        element.get("name"): element.get("type")
        for element in ElementTree.parse(SHIPPED_WSDL).iter(f"{xsd}element")
        if (element.get("type") or "").startswith("xsd:")
    }
    others = {name: kind for name, kind in typed.items() if kind != "xsd:string"}
    assert others == {
        "AttachmentContent": "xsd:base64Binary",
        "FaxContent": "xsd:base64Binary",
        "RcptInfo": "xsd:anyType",
    }


def test_the_version_is_the_wsdls(questions: Questions) -> None:
    older = Questions(SHIPPED_WSDL.read_bytes().replace(b"/ver=79", b"/ver=11"))

    assert questions.envelope("Logout", TOKEN).soap_action.endswith('/op=Logout/ver=79"')
    assert older.envelope("Logout", TOKEN).soap_action.endswith('/op=Logout/ver=11"')


def test_a_wsdl_that_lacks_an_operation_is_said_to() -> None:
    shipped = SHIPPED_WSDL.read_text(encoding="utf-8")
    without = Questions(shipped.replace("ModifySendFax", "AlterSendFax").encode())

    with pytest.raises(ProviderAnswerUnreadable, match="ModifySendFax: the WSDL describes"):
        without.envelope("ModifySendFax", ASKED["ModifySendFax"])


def test_a_wsdl_that_names_a_field_otherwise_is_said_to_without_the_value() -> None:
    shipped = SHIPPED_WSDL.read_text(encoding="utf-8")
    otherwise = Questions(shipped.replace('name="Password"', 'name="Secret"').encode())

    with pytest.raises(ProviderAnswerUnreadable) as refused:
        otherwise.envelope("Login", {"Authentication": {"Login": "a", "Password": "canary", "Realm": "r"}})
    assert "canary" not in str(refused.value)
    assert refused.value.__context__ is None


SHIPPED = SHIPPED_WSDL.read_text(encoding="utf-8")
SCHEMA = "<!-- shared by the operations -->"
IMPORT = '<xsd:import namespace="urn:x" schemaLocation="{}"/>'


@pytest.mark.parametrize(
    "wsdl",
    [
        pytest.param("", id="empty"),
        pytest.param("<html/>", id="not a WSDL"),
        pytest.param("no XML at all", id="not XML"),
        pytest.param(SHIPPED[: len(SHIPPED) // 2], id="truncated"),
        pytest.param(SHIPPED.replace("?>", "?><!DOCTYPE d>", 1), id="document type"),
        pytest.param(SHIPPED.replace("?>", '?><!DOCTYPE d [<!ENTITY e "x">]>', 1), id="entity"),
        pytest.param(SHIPPED.replace(SCHEMA, IMPORT.format("http://127.0.0.1:9/")), id="schema from the net"),
        pytest.param(SHIPPED.replace(SCHEMA, IMPORT.format("more.xsd")), id="schema from beside it"),
        pytest.param(
            SHIPPED.replace("<wsdl:types>", '<wsdl:import namespace="urn:x" location="x.wsdl"/><wsdl:types>'),
            id="further WSDL",
        ),
        pytest.param(SHIPPED.replace("http://schemas.xmlsoap.org/wsdl/soap/", "urn:x"), id="no SOAP binding"),
    ],
)
def test_a_wsdl_that_is_none_or_reaches_out_is_refused(wsdl: str) -> None:
    assert wsdl != SHIPPED

    with pytest.raises(ProviderAnswerUnreadable) as refused:
        Questions(wsdl.encode())
    assert refused.value.__context__ is None


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_not_even_a_sound_schema_is_taken_from_the_disk(tmp_path: Path, scheme: str) -> None:
    schema = tmp_path / "more.xsd"
    schema.write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"/>')

    with pytest.raises(ProviderAnswerUnreadable):
        Questions(SHIPPED.replace(SCHEMA, IMPORT.format(f"{scheme}{schema}")).encode())
