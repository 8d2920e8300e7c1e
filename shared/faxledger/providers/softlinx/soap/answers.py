"""What is answered: the outcome of one call, and the faxes in it.

Answers are read here and not by zeep, which either refuses an element its WSDL does not name or repairs
broken XML, and logs values it can't convert. Names are compared without their namespace.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from faxledger.errors import (
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.providers.softlinx.transport import HttpAnswer

_SUCCESS: Final = "0"
_SOAP_NAMESPACES: Final = frozenset(
    {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}
)
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0", ""})
# A code goes into messages and logs, so what doesn't look like one stays out of them.
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}")
# SOAP 1.1 and 1.2: the fault is the server's and the same request may succeed later.
_SERVER_FAULTS: Final = frozenset({"Server", "Receiver"})


class Output:
    """The `<Op>Output` of a call that the provider says has succeeded."""

    def __init__(self, operation: str, element: Element) -> None:
        self._operation = operation
        self._element = element

    def text(self, name: str) -> str | None:
        """The text of the child `name`; raises `ProviderAnswerUnreadable` when there are two."""
        child = _only(self._operation, self._element, name)
        return None if child is None or _is_nil(child) else (child.text or "").strip()

    def is_true(self, name: str) -> bool:
        """Whether the child `name` is `true`; absent is not (doc: booleans are strings)."""
        word = (self.text(name) or "").lower()
        if word not in _TRUE | _FALSE:
            raise ProviderAnswerUnreadable(f"{self._operation}: {name} is neither true nor false")
        return word in _TRUE

    def rows(self, name: str) -> tuple[dict[str, str], ...]:
        """The simple fields of each child `name`, as given.

        Left out: what is nil, what has children, and a field given twice with different values, so that
        nobody takes one of them for the truth.
        """
        return tuple(_row(child) for child in self._element if _local(child) == name and not _is_nil(child))


def output_of(operation: str, answer: HttpAnswer) -> Output:
    """Raises `ProviderUnavailable`, `ProviderRefused` (`LoginRefused`), `ProviderAnswerUnreadable`."""
    refused = LoginRefused if operation == "Login" else ProviderRefused
    if answer.status in (401, 403):
        raise LoginRefused(operation, f"HTTP-{answer.status}")
    if answer.asks_for_patience and answer.status != 500:
        raise ProviderUnavailable(f"{operation}: HTTP {answer.status}")
    body = _soap_body(answer.body)
    # A fault comes with 500 (doc of SOAP 1.1), or with 200 from servers that don't care.
    if body is not None and len(body) == 1 and _local(body[0]) == "Fault":
        raise _fault(operation, body[0], refused)
    if answer.status == 500:
        raise ProviderUnavailable(f"{operation}: HTTP 500")
    if answer.status != 200:
        raise ProviderAnswerUnreadable(f"{operation}: HTTP {answer.status}")
    if body is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer is not a SOAP envelope")
    if len(body) != 1 or _local(body[0]) != f"{operation}Response":
        raise ProviderAnswerUnreadable(f"{operation}: the answer is not one {operation}Response")
    element = _only(operation, body[0], f"{operation}Output")
    if element is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no {operation}Output")
    _refuse_failure(operation, element, refused)
    return Output(operation, element)


def _soap_body(document: bytes) -> Element | None:
    envelope = _parsed(document)
    if envelope is None or _local(envelope) != "Envelope" or _namespace(envelope) not in _SOAP_NAMESPACES:
        return None
    bodies = _children(envelope, "Body")
    return bodies[0] if len(bodies) == 1 else None


def _parsed(document: bytes) -> Element | None:
    try:
        root: Element = fromstring(document, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    # LookupError and ValueError: an encoding that Python, or expat, does not know.
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        return None
    return root


def _refuse_failure(operation: str, output: Element, refused: type[ProviderRefused]) -> None:
    status = _only(operation, output, "RequestStatus")
    if status is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no RequestStatus")
    code = _text(_only(operation, status, "StatusCode"))
    if not _CODE.fullmatch(code):
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no readable StatusCode")
    # HTTP 200 with another code than 0 is a failure (doc).
    if code != _SUCCESS:
        raise refused(operation, code, _text(_only(operation, status, "StatusText")))


def _fault(operation: str, fault: Element, refused: type[ProviderRefused]) -> ProviderError:
    """SOAP 1.1 has faultcode and faultstring, SOAP 1.2 has Code/Value and Reason/Text."""
    code = _first_text(fault, ("faultcode",)) or _first_text(fault, ("Code", "Value"))
    code = code.rpartition(":")[2]
    if not _CODE.fullmatch(code):
        return ProviderAnswerUnreadable(f"{operation}: a SOAP fault with no readable code")
    if code.partition(".")[0] in _SERVER_FAULTS:
        return ProviderUnavailable(f"{operation}: SOAP fault {code}")
    text = _first_text(fault, ("faultstring",)) or _first_text(fault, ("Reason", "Text"))
    return refused(operation, code, text)


def _row(info: Element) -> dict[str, str]:
    row: dict[str, str] = {}
    contradicted = set()
    for field in info:
        if len(field) or _is_nil(field):
            continue
        name, value = _local(field), field.text or ""
        if row.setdefault(name, value) != value:
            contradicted.add(name)
    return {name: value for name, value in row.items() if name not in contradicted}


def _only(operation: str, parent: Element, name: str) -> Element | None:
    found = _children(parent, name)
    if len(found) > 1:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has {name} more than once")
    return found[0] if found else None


def _children(parent: Element, name: str) -> list[Element]:
    return [child for child in parent if _local(child) == name]


def _first_text(parent: Element, path: Iterable[str]) -> str:
    for name in path:
        found = _children(parent, name)
        if not found:
            return ""
        parent = found[0]
    return _text(parent)


def _text(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _is_nil(element: Element) -> bool:
    return element.get(_NIL, "").strip() in _TRUE


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _namespace(element: Element) -> str:
    return element.tag.rpartition("}")[0].lstrip("{")
