"""Multipart bodies, taken apart and put together with every byte of a part as it is."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from hashlib import sha256

_LINE_END = b"\r\n"


class NotMultipart(ValueError):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class BodyPart:
    """`name` and `file_name` are a form's and empty elsewhere; `content_id` is without its brackets."""

    content: bytes
    content_type: str = "text/plain"
    content_id: str = ""
    name: str = ""
    file_name: str | None = None


def parameter_of(content_type: str, name: str) -> str:
    """A parameter of a Content-Type header, empty when it is absent."""
    header = Message()
    header["Content-Type"] = content_type
    return str(header.get_param(name, ""))


def media_type_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def read_parts(content_type: str, body: bytes) -> list[BodyPart]:
    """Raises `NotMultipart`, also when the closing boundary is missing."""
    boundary = parameter_of(content_type, "boundary")
    if not boundary:
        raise NotMultipart("the content type names no boundary")
    _, *sections = (_LINE_END + body).split(_LINE_END + b"--" + boundary.encode())
    if not sections or not sections[-1].startswith(b"--"):
        raise NotMultipart("the closing boundary is missing")
    return [_part_of(section) for section in sections[:-1]]


def write_related(parts: Sequence[BodyPart], *, root_id: str, names_start: bool) -> tuple[str, bytes]:
    """The content type and the body of a `multipart/related` XOP package, its parts in this order."""
    # Nothing random, so that one seed gives one answer; a hash of the whole does not occur inside it.
    boundary = "MIMEBoundary_" + sha256(b"".join(part.content for part in parts)).hexdigest()[:40]
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {part.content_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{part.content_id}>\r\n\r\n".encode()
        + part.content
        + _LINE_END
        for part in parts
    )
    start = f' start="<{root_id}>";' if names_start else ""
    content_type = (
        f'multipart/related; type="application/xop+xml";{start} start-info="text/xml"; boundary="{boundary}"'
    )
    return content_type, body + f"--{boundary}--\r\n".encode()


def _part_of(section: bytes) -> BodyPart:
    head, blank_line, content = section.partition(_LINE_END * 2)
    if not blank_line:
        raise NotMultipart("a part has no end of its header")
    headers = HeaderParser().parsestr(head.decode("utf-8", "replace").strip())
    if str(headers.get("Content-Transfer-Encoding", "")).lower() == "base64":
        content = _decoded(content)
    file_name = headers.get_filename()
    return BodyPart(
        content=content,
        content_type=str(headers.get("Content-Type", "text/plain")),
        content_id=str(headers.get("Content-ID", "")).strip().removeprefix("<").removesuffix(">"),
        name=str(headers.get_param("name", "", header="content-disposition")),
        # Browsers and HTTP libraries escape a quote in a form's file name in this way (WHATWG).
        file_name=None if file_name is None else file_name.replace("%22", '"'),
    )


def _decoded(content: bytes) -> bytes:
    try:
        return b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        raise NotMultipart("a part that says base64 is something else") from None
