"""What a REST call asks for: its query string, and a form body of either kind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from local.show.simulators.multipart import NotMultipart, media_type_of, read_parts
from local.show.simulators.softlinx.refusals import BadArgument
from local.show.simulators.softlinx.sends import Attachment
from local.show.simulators.web import WebRequest


@dataclass(frozen=True, slots=True)
class RestArguments:
    """Names are case-sensitive, and unknown ones are ignored (doc)."""

    values: Sequence[tuple[str, str]]
    files: tuple[Attachment, ...] = ()

    def text(self, name: str) -> str:
        """The first of several."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> Sequence[str]:
        return [value.strip() for key, value in self.values if key == name]


def read_arguments(request: WebRequest) -> RestArguments:
    """Raises `BadArgument` for a form that cannot be read."""
    values = parse_qsl(request.query, keep_blank_values=True)
    content_type = request.headers.get("content-type", "")
    match media_type_of(content_type):
        case "application/x-www-form-urlencoded":
            form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
            return RestArguments([*values, *form])
        case "multipart/form-data":
            return _with_parts(values, content_type, request.body)
    if request.body:
        raise BadArgument("Unsupported content type")
    return RestArguments(values)


def read_json_object(text: str) -> RestArguments:
    """A FaxRecipient; raises `BadArgument`."""
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, Mapping):
        raise BadArgument("Invalid FaxRecipient")
    return RestArguments([(name, value) for name, value in given.items() if isinstance(value, str)])


def _with_parts(values: Sequence[tuple[str, str]], content_type: str, body: bytes) -> RestArguments:
    try:
        parts = read_parts(content_type, body)
    except NotMultipart:
        raise BadArgument("Invalid multipart body") from None
    fields = [
        (part.name, part.content.decode("utf-8", "replace")) for part in parts if part.file_name is None
    ]
    files = [
        Attachment(part.content_type, part.file_name, part.content)
        for part in parts
        if part.file_name is not None
    ]
    return RestArguments([*values, *fields], tuple(files))
