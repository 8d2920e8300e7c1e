"""What is asked: the WSDL, and the envelopes that zeep builds after it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree
from zeep import Settings
from zeep.exceptions import Error as ZeepError
from zeep.wsdl import Document
from zeep.wsdl.bindings import Soap11Binding

from faxledger.errors import ProviderAnswerUnreadable

# zeep checks little of what it reads: a WSDL that is odd enough fails inside it with any of these.
_ODD_WSDL: Final = (
    ZeepError,
    etree.LxmlError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    OSError,
)


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """A request ready to be posted; its body holds a password or a token."""

    soap_action: str
    body: bytes


class Questions:
    """The operations of one WSDL; may be used by several threads at once.

    Raises `ProviderAnswerUnreadable` when `wsdl` is none, has a DTD, or refers to any other document.
    """

    def __init__(self, wsdl: bytes) -> None:
        binding = _soap_binding(wsdl)
        if binding is None:
            raise ProviderAnswerUnreadable("the WSDL can't be read, or describes no SOAP 1.1 service")
        self._binding = binding

    def envelope(self, operation: str, fields: Mapping[str, object]) -> Envelope:
        """Ask `operation` with the content of its `<Op>Input`.

        Raises `ProviderAnswerUnreadable` when the WSDL has no such operation or describes it otherwise.
        """
        message = self._message(operation, {f"{operation}Input": fields})
        if message is None:
            raise ProviderAnswerUnreadable(f"{operation}: the WSDL describes this operation otherwise")
        body = etree.tostring(message.content, xml_declaration=True, encoding="utf-8")
        return Envelope(message.headers["SOAPAction"], body)

    def _message(self, operation: str, arguments: dict[str, object]) -> Any:
        # zeep's exceptions end here and are no context of ours: they may quote the values.
        try:
            return self._binding.get(operation).create(**arguments)
        except _ODD_WSDL:
            return None


def _soap_binding(wsdl: bytes) -> Any:
    no_further_documents: Any = _NoFurtherDocuments()  # zeep asks for the class, and means an object
    try:
        document = Document(
            io.BytesIO(wsdl),
            no_further_documents,
            settings=Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True),
        )
        ports = [port for service in document.services.values() for port in service.ports.values()]
        # The provider tells its operations apart by the SOAPAction header, which is SOAP 1.1 (seen).
        return next((port.binding for port in ports if isinstance(port.binding, Soap11Binding)), None)
    except _ODD_WSDL:
        return None


class _NoFurtherDocuments:
    """Stands where zeep expects its HTTP transport: a WSDL gets no other document, from net or disk."""

    def load(self, _url: object) -> bytes:
        raise LookupError("a WSDL may not refer to further documents")
