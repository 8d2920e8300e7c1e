"""A row of a feed's XML as it stands, before anybody says what it means."""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from faxledger.errors import MalformedInput
from faxledger.providers.greenfax.rows import meaning_of

# What stands behind the `?` of an address may be a signature, another one in each answer.
_SIGNED = re.compile(r"(https?://[^\0?]*\?)[^\0]*", re.IGNORECASE)


class XmlRow(NamedTuple):
    """A row as it stands: its element, its attributes, and names and texts of its fields in turn."""

    tag: str
    attributes: Mapping[str, str]
    fields: Sequence[str]

    @property
    def digest(self) -> int:
        """The same for the same row, and for no other: 64 bits of all but signatures of URLs."""
        attributes = [part for pair in self.attributes.items() for part in pair]
        # No text of XML holds a NUL, so nothing can be cut up in two ways.
        text = "\0".join((self.tag, *attributes, "", *self.fields))
        if "://" in text:
            text = _SIGNED.sub(r"\1", text)
        return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")

    @property
    def given(self) -> dict[str, str]:
        """Its fields; raises `MalformedInput` for a field of meaning given twice with different values."""
        given: dict[str, str] = {}
        for name, text in (*self.attributes.items(), *zip(self.fields[::2], self.fields[1::2], strict=True)):
            local = name.rpartition("}")[2]
            if given.setdefault(local, text) != text and meaning_of(local):
                raise MalformedInput("row", "has a field twice with different values")
        return given

    @property
    def raw(self) -> bytes:
        """The row as XML, without what stood between its fields."""
        element = Element(self.tag, dict(self.attributes))
        for name, text in zip(self.fields[::2], self.fields[1::2], strict=True):
            SubElement(element, name).text = text
        return tostring(element)


class BrokenRow(XmlRow):
    """A row that is not well-formed; its only field is all of it, as it stands."""

    __slots__ = ()

    @property
    def given(self) -> dict[str, str]:
        """Raises `MalformedInput`."""
        raise MalformedInput("row", "is not well-formed XML")

    @property
    def raw(self) -> bytes:
        return self.fields[0].encode()
