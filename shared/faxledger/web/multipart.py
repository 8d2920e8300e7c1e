"""The parts of a `multipart/form-data` body (RFC 7578).

The standard library's e-mail parser reads these too, but it repairs what is broken, recurses into nested
multiparts until the stack is full, and needs a header to be made up before each body.
"""

import re

from faxledger.errors import MalformedInput

# `; name="value"` or `; name=value`, as in Content-Type and Content-Disposition.
_PARAMETER = re.compile(r""";\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""")
# Form parts are sent as they are; RFC 7578 wants no other transfer encoding.
_AS_IS = frozenset({"", "7bit", "8bit", "binary"})


def boundary_of(content_type: str) -> str:
    """What separates the parts; raises `MalformedInput` when the content type does not say."""
    boundary = _parameter(content_type, "boundary")
    if not boundary:
        raise MalformedInput("content-type", "names no boundary")
    return boundary


def parts_of(body: bytes, boundary: str) -> list[tuple[str, bytes]]:
    """Each part's field name and content, in order.

    Raises `MalformedInput` for a body without its closing boundary, which may have been cut off, and for a
    part that is no form field.
    """
    # A line end belongs to the boundary after it; some senders end lines with LF alone.
    mark = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    _preamble, *pieces = re.split(mark, body)
    is_closing, contents = pieces[::2], pieces[1::2]
    if b"--" not in is_closing:
        raise MalformedInput("body", "is not well-formed multipart/form-data, or was cut off")
    return [_field(part) for part in contents[: is_closing.index(b"--")]]


def _field(part: bytes) -> tuple[str, bytes]:
    head, empty_line, content = _halves(part)
    headers = _headers(head.decode("utf-8", "replace"))
    disposition = headers.get("content-disposition", "")
    name = _parameter(disposition, "name") if disposition.lower().startswith("form-data") else None
    encoding = headers.get("content-transfer-encoding", "").lower()
    if not empty_line or name is None or encoding not in _AS_IS:
        raise MalformedInput("body", "has a part that is not a form field")
    return name, content


def _halves(part: bytes) -> tuple[bytes, bytes, bytes]:
    found = re.search(rb"(\r?\n)\1", part)
    return (part[: found.start()], found[0], part[found.end() :]) if found else (part, b"", b"")


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _parameter(header: str, wanted: str) -> str | None:
    for name, quoted, bare in _PARAMETER.findall(header):
        if name.lower() == wanted:
            return re.sub(r"\\(.)", r"\1", quoted) or bare
    return None
