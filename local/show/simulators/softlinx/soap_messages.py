"""SOAP 1.1 as this service speaks it, to the letter.

Document/literal, wrapped: the operation element is qualified, its single child `<Op>Input` and everything
below is not; the answer is `<OpResponse>` with one unqualified `<Op>Output` (seen). All values are strings
(doc). Binary content travels as XOP in both directions (doc) or inline as base64.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from local.show.simulators.multipart import media_type_of
from local.show.simulators.softlinx.options import XopStyle
from local.show.simulators.softlinx.xop import BadPackage, Packer, unpack
from local.show.simulators.web import WebRequest, WebResponse

NAMESPACE = "http://www.softlinx.com/ReplixFax"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"

# `ver` has been 11, 66 and 79 (seen): it comes from the client's WSDL and any is accepted.
_ACTION = re.compile(r'"?http://www\.softlinx\.com/wsapi/op=(\w+)/ver=\d+"?')

Fields: TypeAlias = Sequence[tuple[str, "str | bytes | Fields"]]

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

    def texts(self, name: str) -> Sequence[str]:
        return [(element.text or "").strip() for element in self.input.findall(name)]

    def children(self, name: str) -> "Sequence[Call]":
        """The elements of that name, each to be read as an input of its own."""
        return [Call(self.operation, element) for element in self.input.findall(name)]


def text_of(element: ET.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def read_call(request: WebRequest) -> Call:
    """Raises `Fault` for whatever strays from the protocol, so that a careless client is found out here."""
    envelope = _envelope_of(request)
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


def answer_of(operation: str, fields: Fields, xop: XopStyle | None) -> WebResponse:
    """`xop` None has binary content inline."""
    packer = None if xop is None else Packer(operation, xop)
    response = ET.Element(f"{{{NAMESPACE}}}{operation}Response")
    _append(response, f"{operation}Output", fields, packer)
    document = _document_of(response)
    if packer is None or not packer.has_package:
        return WebResponse(200, document, "text/xml; charset=utf-8")
    content_type, body = packer.pack(document)
    return WebResponse(200, body, content_type)


def fault_of(text: str) -> WebResponse:
    """SOAP 1.1 answers a fault with status 500."""
    fault = ET.Element(f"{{{ENVELOPE}}}Fault")
    _append(fault, "faultcode", "soap:Client")
    _append(fault, "faultstring", text)
    return WebResponse(500, _document_of(fault), "text/xml; charset=utf-8")


def _envelope_of(request: WebRequest) -> ET.Element:
    content_type = request.headers.get("content-type", "")
    media_type = media_type_of(content_type)
    try:
        if media_type == "multipart/related":
            return unpack(content_type, request.body)
        if media_type != "text/xml":
            raise Fault("the content type must be text/xml, or multipart/related for XOP")
        return fromstring(request.body, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException):
        raise Fault("the request is not well-formed XML, or declares a document type") from None
    except BadPackage as bad:
        raise Fault(str(bad)) from bad


def _append(
    parent: ET.Element, name: str, value: "str | bytes | Fields", packer: Packer | None = None
) -> None:
    child = ET.SubElement(parent, name)
    if isinstance(value, str):
        child.text = value
    elif isinstance(value, bytes):
        if packer is None:
            child.text = b64encode(value).decode()
        else:
            child.append(packer.reference_to(value))
    else:
        for inner_name, inner in value:
            _append(child, inner_name, inner, packer)


def _document_of(content: ET.Element) -> bytes:
    envelope = ET.Element(f"{{{ENVELOPE}}}Envelope")
    ET.SubElement(envelope, f"{{{ENVELOPE}}}Body").append(content)
    document: bytes = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return document
