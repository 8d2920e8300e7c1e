"""What is answered: the outcome of one call, and the faxes in it.

Answers are read here and not by zeep, which either refuses an element its WSDL does not name or repairs
broken XML, and logs values it can't convert. Names are compared without their namespace.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Self
from xml.etree.ElementTree import Element

from faxledger.errors import (
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.providers.softlinx.api import BrokenFax
from faxledger.providers.softlinx.multipart import content_type_of
from faxledger.providers.softlinx.refusals import is_code, refusal_of, refuse_by_status, unavailable
from faxledger.providers.softlinx.soap.broken_answers import root_without_broken
from faxledger.providers.softlinx.soap.envelopes import is_nil, local_name
from faxledger.providers.softlinx.soap.packages import envelope_in, is_package
from faxledger.providers.softlinx.transport import HttpAnswer, HttpHead

_SOAP_NAMESPACES: Final = frozenset(
    {"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"}
)
_FAX: Final = "FaxInfo"
_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0", ""})
# SOAP 1.1 and 1.2: the fault is the server's and the same request may succeed later.
_SERVER_FAULTS: Final = frozenset({"Server", "Receiver"})


class SoapOutput:
    """The `<Op>Output` of a call; `refusal` is None when the provider says that it has succeeded.

    `broken` are the faxes that are left out, as they came, because they are no XML.
    """

    def __init__(
        self,
        operation: str,
        element: Element,
        refusal: ProviderRefused | None,
        broken: tuple[BrokenFax, ...] = (),
    ) -> None:
        self._operation = operation
        self._element = element
        self.refusal = refusal
        self.broken = broken

    def succeeded(self) -> Self:
        """The same; raises the refusal if there is one."""
        if self.refusal is not None:
            raise self.refusal
        return self

    def whole(self) -> Self:
        """The same; raises `ProviderAnswerUnreadable` where a fax is left out."""
        if self.broken:
            raise ProviderAnswerUnreadable(f"{self._operation}: a fax of the answer is no XML")
        return self

    def elements(self) -> Iterator[Element]:
        return self._element.iter()

    def text(self, name: str) -> str | None:
        """The text of the child `name`; raises `ProviderAnswerUnreadable` when there are two."""
        child = _only(self._operation, self._element, name)
        return None if child is None or is_nil(child.attrib) else (child.text or "").strip()

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
        return tuple(
            _row(child)
            for child in self._element
            if local_name(child.tag) == name and not is_nil(child.attrib)
        )


def output_of(operation: str, answer: HttpAnswer) -> SoapOutput:
    """Raises `ProviderUnavailable`, `ProviderRefused` (`LoginRefused`), `ProviderAnswerUnreadable`.

    A refusal with an output is told by the output: something may stand beside it.
    """
    refuse_by_status(operation, answer, may_hold_a_fault=True)
    envelope, broken = root_without_broken(_envelope_in(answer), _FAX)
    return output_in(operation, answer, envelope, broken)


def output_in(
    operation: str, answer: HttpHead, envelope: Element | None, broken: tuple[bytes, ...] = ()
) -> SoapOutput:
    """The output in an envelope, None being no XML; raises as `output_of` does."""
    refused = LoginRefused if operation == "Login" else ProviderRefused
    body = _soap_body(envelope)
    # A fault comes with 500 (doc of SOAP 1.1), or with 200 from servers that don't care.
    if body is not None and len(body) == 1 and local_name(body[0].tag) == "Fault":
        raise _fault(operation, body[0], refused)
    if answer.status == 500:
        raise unavailable(operation, answer)
    if answer.status != 200:
        raise ProviderAnswerUnreadable(f"{operation}: HTTP {answer.status}")
    if body is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer is not a SOAP envelope")
    if len(body) != 1 or local_name(body[0].tag) != f"{operation}Response":
        raise ProviderAnswerUnreadable(f"{operation}: the answer is not one {operation}Response")
    element = _only(operation, body[0], f"{operation}Output")
    if element is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no {operation}Output")
    unread = tuple(BrokenFax(f"{_FAX} is no XML", raw) for raw in broken)
    return SoapOutput(operation, element, _refusal(operation, element, refused), unread)


def _envelope_in(answer: HttpAnswer) -> bytes:
    """A server that packages documents may package every answer."""
    content_type = content_type_of(answer.content_type)
    return envelope_in(content_type, (answer.body,)) if is_package(content_type) else answer.body


def _soap_body(envelope: Element | None) -> Element | None:
    if (
        envelope is None
        or local_name(envelope.tag) != "Envelope"
        or _namespace(envelope) not in _SOAP_NAMESPACES
    ):
        return None
    bodies = _children(envelope, "Body")
    return bodies[0] if len(bodies) == 1 else None


def _refusal(operation: str, output: Element, refused: type[ProviderRefused]) -> ProviderRefused | None:
    status = _only(operation, output, "RequestStatus")
    if status is None:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no RequestStatus")
    code, text = (_text(_only(operation, status, name)) for name in ("StatusCode", "StatusText"))
    return refusal_of(operation, code, text, refused)


def _fault(operation: str, fault: Element, refused: type[ProviderRefused]) -> ProviderError:
    """SOAP 1.1 has faultcode and faultstring, SOAP 1.2 has Code/Value and Reason/Text."""
    code = _first_text(fault, ("faultcode",)) or _first_text(fault, ("Code", "Value"))
    code = code.rpartition(":")[2]
    if not is_code(code):
        return ProviderAnswerUnreadable(f"{operation}: a SOAP fault with no readable code")
    if code.partition(".")[0] in _SERVER_FAULTS:
        return ProviderUnavailable(f"{operation}: SOAP fault {code}")
    text = _first_text(fault, ("faultstring",)) or _first_text(fault, ("Reason", "Text"))
    return refused(operation, code, text)


def _row(info: Element) -> dict[str, str]:
    row: dict[str, str] = {}
    contradicted = set()
    for field in info:
        if len(field) or is_nil(field.attrib):
            continue
        name, value = local_name(field.tag), field.text or ""
        if row.setdefault(name, value) != value:
            contradicted.add(name)
    return {name: value for name, value in row.items() if name not in contradicted}


def _only(operation: str, parent: Element, name: str) -> Element | None:
    found = _children(parent, name)
    if len(found) > 1:
        raise ProviderAnswerUnreadable(f"{operation}: the answer has {name} more than once")
    return found[0] if found else None


def _children(parent: Element, name: str) -> list[Element]:
    return [child for child in parent if local_name(child.tag) == name]


def _first_text(parent: Element, path: Iterable[str]) -> str:
    for name in path:
        found = _children(parent, name)
        if not found:
            return ""
        parent = found[0]
    return _text(parent)


def _text(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _namespace(element: Element) -> str:
    return element.tag.rpartition("}")[0].lstrip("{")
