"""Calls the simulated SOAP service with envelopes written by hand, as any client might."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.etree import ElementTree as ET

import httpx

from tests.support import plain_http

NAMESPACE = "http://www.softlinx.com/ReplixFax"
Value: TypeAlias = "str | Values | Sequence[str | Values]"
Values: TypeAlias = Mapping[str, Value]

INLINE: Values = {"Authentication": {"Login": "faxledger", "Password": "not-a-secret", "Realm": "Acme"}}


def envelope_of(operation: str, values: Values) -> bytes:
    envelope = ET.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    body = ET.SubElement(envelope, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    _append(ET.SubElement(body, f"{{{NAMESPACE}}}{operation}"), f"{operation}Input", values)
    document: bytes = ET.tostring(envelope, encoding="utf-8")
    return document


def _append(parent: ET.Element, name: str, value: Value) -> None:
    if isinstance(value, str):
        ET.SubElement(parent, name).text = value
    elif isinstance(value, Mapping):
        child = ET.SubElement(parent, name)
        for inner_name, inner in value.items():
            _append(child, inner_name, inner)
    else:
        for item in value:
            _append(parent, name, item)


class SoapClient:
    def __init__(self, url: str, authentication: Values = INLINE) -> None:
        self._url = url
        self._authentication = authentication

    def post(
        self, operation: str, content: bytes, *, version: int = 79, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        action = f'"http://www.softlinx.com/wsapi/op={operation}/ver={version}"'
        return plain_http.post(
            self._url,
            content=content,
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action, **(headers or {})},
        )

    def call(self, operation: str, **values: Value) -> ET.Element:
        """The output of an operation that was answered with 200, whatever its StatusCode."""
        response = self.post(operation, envelope_of(operation, {**self._authentication, **values}))
        assert response.status_code == 200, response.text
        path = f".//{{{NAMESPACE}}}{operation}Response/{operation}Output"
        output = ET.fromstring(response.content).find(path)  # noqa: S314 - our own server's answer
        assert output is not None
        return output


def status_code(output: ET.Element) -> str | None:
    return output.findtext("RequestStatus/StatusCode")


def ids(output: ET.Element) -> list[str]:
    return [row.findtext("FaxId", "") for row in output.findall("FaxInfo")]
