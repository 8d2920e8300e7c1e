"""Answers in several parts (XOP, MTOM): the envelope is one of them, a document another.

The envelope is the part that `start` names, which need not be the first (RFC 2387); a document may come
before the envelope that refers to it, and then lies in a file without a name until that has come.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import IO, Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from faxledger.errors import ProviderAnswerUnreadable
from faxledger.providers.softlinx.multipart import Part, bare_id, parts_of
from faxledger.providers.softlinx.orders import new_file, pieces_of, write_all

_INCLUDE: Final = "{http://www.w3.org/2004/08/xop/include}Include"
_CID: Final = "cid:"


def is_package(content_type: Message) -> bool:
    return content_type.get_content_type() == "multipart/related"


def envelope_in(content_type: Message, body: Iterable[bytes]) -> bytes:
    """The envelope of a package whose other parts do not matter; raises `ProviderAnswerUnreadable`."""
    roots = [
        b"".join(part.chunks())
        for index, part in enumerate(parts_of(content_type, body))
        if is_root(content_type, index, part)
    ]
    if len(roots) != 1:
        raise ProviderAnswerUnreadable("the multipart answer has no root part, or more than one")
    return roots[0]


def is_root(content_type: Message, index: int, part: Part) -> bool:
    start = content_type.get_param("start", "")
    root_id = bare_id(collapse_rfc2231_value(start)) if start else ""
    return part.content_id == root_id if root_id else index == 0


def reference_in(elements: Iterable[Element]) -> frozenset[str] | None:
    """How the part that an output refers to may be called; None when it refers to none.

    Raises `ProviderAnswerUnreadable` when it refers to several, or to anything but a part.
    """
    found = [element.get("href", "").strip() for element in elements if element.tag == _INCLUDE]
    if not found:
        return None
    if len(found) > 1 or found[0][: len(_CID)].lower() != _CID:
        raise ProviderAnswerUnreadable("the answer refers to more than one part, or to none of its own")
    name = found[0][len(_CID) :]
    # In the reference the name is percent-encoded (RFC 2392); some servers name the part so as well.
    return frozenset({unquote(name), name})


class PartsKept:
    """Parts that came before the envelope, in files without a name; closed with `files`."""

    def __init__(self, files: ExitStack) -> None:
        self._files = files
        self._kept: dict[str, IO[bytes]] = {}

    def keep(self, part: Part) -> None:
        if part.content_id in self._kept:
            raise ProviderAnswerUnreadable("two parts of the answer have one name")
        file = self._files.enter_context(new_file())
        write_all(file, part.chunks())
        self._kept[part.content_id] = file

    def document(self, names: frozenset[str]) -> Iterator[bytes] | None:
        file = next((self._kept[name] for name in names if name in self._kept), None)
        return None if file is None else pieces_of(file)
