"""XOP packages: an envelope and its binary content side by side in one multipart/related body."""

from base64 import b64encode
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

from local.show.simulators.multipart import (
    BodyPart,
    NotMultipart,
    media_type_of,
    parameter_of,
    read_parts,
    write_related,
)
from local.show.simulators.softlinx.options import XopStyle

_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
_ROOT_ID = "root.message@softlinx.example"
_ROOT_TYPE = 'application/xop+xml; charset=UTF-8; type="text/xml"'

ET.register_namespace("xop", "http://www.w3.org/2004/08/xop/include")


class BadPackage(ValueError):
    """The request is no XOP package, or refers to a part that it does not have."""


class Packer:
    """Takes the content of one answer aside while its envelope is written."""

    def __init__(self, operation: str, style: XopStyle) -> None:
        self._operation = operation
        self._style = style
        self._parts: list[BodyPart] = []

    @property
    def has_package(self) -> bool:
        return bool(self._parts) or self._style.wraps_all

    def reference_to(self, content: bytes) -> ET.Element:
        # With what RFC 2392 has a reference percent-encode.
        content_id = f"{self._operation}/{len(self._parts) + 1}+fax@softlinx.example"
        self._parts.append(BodyPart(content, "application/octet-stream", content_id))
        reference = quote(content_id, safe="") if self._style.encodes_cid else content_id
        return ET.Element(_INCLUDE, {"href": f"cid:{reference}"})

    def pack(self, envelope: bytes) -> tuple[str, bytes]:
        """The content type and the body."""
        root = BodyPart(envelope, _ROOT_TYPE, _ROOT_ID)
        parts = [*self._parts, root] if self._style.root_is_last else [root, *self._parts]
        return write_related(parts, root_id=_ROOT_ID, names_start=self._style.names_start)


def unpack(content_type: str, body: bytes) -> ET.Element:
    """The envelope of a request, all content put inline; raises `BadPackage` and what parsers raise."""
    try:
        parts = read_parts(content_type, body)
    except NotMultipart as broken:
        raise BadPackage(str(broken)) from broken
    envelope: ET.Element = fromstring(_root_of(parts, content_type).content, forbid_dtd=True)
    contents = {part.content_id: part.content for part in parts}
    for holder in envelope.iter():
        if [child.tag for child in holder] == [_INCLUDE]:
            reference = unquote(holder[0].get("href", "").removeprefix("cid:"))
            if reference not in contents:
                raise BadPackage("the package has no part by the name of an Include's href")
            holder.clear()
            holder.text = b64encode(contents[reference]).decode()
    return envelope


def _root_of(parts: list[BodyPart], content_type: str) -> BodyPart:
    """The one that `start` names, or without it the first (RFC 2387)."""
    start = parameter_of(content_type, "start").removeprefix("<").removesuffix(">")
    root = next((part for part in parts if not start or part.content_id == start), None)
    if root is None or media_type_of(root.content_type) != "application/xop+xml":
        raise BadPackage("the root part of the package is missing, or is not application/xop+xml")
    return root
