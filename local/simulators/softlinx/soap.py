"""SOAP 1.1 as this service speaks it, to the letter.

Document/literal, wrapped: the operation element is qualified, its single child `<Op>Input` and everything
below is not; the answer is `<OpResponse>` with one unqualified `<Op>Output` (seen). All values are strings
(doc).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from local.simulators.web import Request, Response

NAMESPACE = "http://www.softlinx.com/ReplixFax"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"

# `ver` has been 11, 66 and 79 (seen): it comes from the client's WSDL and any is accepted.
_ACTION = re.compile(r'"?http://www\.softlinx\.com/wsapi/op=(\w+)/ver=\d+"?')

Fields: TypeAlias = Sequence[tuple[str, "str | Fields"]]

ET.register_namespace("soap", ENVELOPE)
ET.register_namespace("rf", NAMESPACE)


class Fault(Exception):
    """The request is not one this service can take; answered with a SOAP fault."""


@dataclass(frozen=True, slots=True)
class Call:
    operation: str
    input: ET.Element

    def text(self, name: str) -> str:
        """The text of an input element, empty when it is absent."""
        return text_of(self.input, name)


def text_of(element: ET.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def read_call(request: Request) -> Call:
    """Raises `Fault` for whatever strays from the protocol, so that a careless client is found out here."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "text/xml":
        raise Fault("the content type must be text/xml")
    try:
        envelope = fromstring(request.body, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException):
        raise Fault("the request is not well-formed XML, or declares a document type") from None
    body = envelope.find(f"{{{ENVELOPE}}}Body")
    if envelope.tag != f"{{{ENVELOPE}}}Envelope" or body is None or len(body) != 1:
        raise Fault("the request is not a SOAP 1.1 envelope with one body element")
    namespace, _, operation = body[0].tag.rpartition("}")
    if namespace != "{" + NAMESPACE:
        raise Fault("the operation element is not in the service's namespace")
    action = _ACTION.fullmatch(request.headers.get("soapaction", ""))
    if action is None or action[1] != operation:
        raise Fault("the SOAPAction header does not name the operation in the body")
    if [child.tag for child in body[0]] != [f"{operation}Input"]:
        raise Fault(f"{operation} must hold one unqualified {operation}Input")
    call = Call(operation, body[0][0])
    if any(element.tag.startswith("{") for element in call.input.iter()):
        raise Fault("the elements of an input must be unqualified")
    return call


def answer_of(operation: str, fields: Fields) -> Response:
    response = ET.Element(f"{{{NAMESPACE}}}{operation}Response")
    _append(response, f"{operation}Output", fields)
    return _respond(200, response)


def fault_of(text: str) -> Response:
    """SOAP 1.1 answers a fault with status 500."""
    fault = ET.Element(f"{{{ENVELOPE}}}Fault")
    _append(fault, "faultcode", "soap:Client")
    _append(fault, "faultstring", text)
    return _respond(500, fault)


def _append(parent: ET.Element, name: str, value: "str | Fields") -> None:
    child = ET.SubElement(parent, name)
    if isinstance(value, str):
        child.text = value
        return
    for inner_name, inner in value:
        _append(child, inner_name, inner)


def _respond(status: int, content: ET.Element) -> Response:
    envelope = ET.Element(f"{{{ENVELOPE}}}Envelope")
    ET.SubElement(envelope, f"{{{ENVELOPE}}}Body").append(content)
    body = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return Response(status, body, "text/xml; charset=utf-8")
