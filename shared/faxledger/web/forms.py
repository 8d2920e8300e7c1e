"""Form fields out of a request body or a query string, read strictly: what is doubtful is refused by name."""

import unicodedata
from collections.abc import Callable, Iterable
from email import policy
from email.message import Message
from email.parser import BytesParser
from urllib.parse import parse_qsl

from faxledger.errors import MalformedInput

_MOST_FIELDS = 200
_FIELD_NAME_SHOWN = 40


class UnsupportedForm(Exception):
    """The content type is not one of the two form encodings."""


def form_reader(content_type: str) -> Callable[[bytes], dict[str, str]]:
    """What reads the fields, by name, of a form of this content type.

    The reader raises `MalformedInput` for a body that does not follow its encoding, invalid UTF-8, control
    characters, or a field given twice with different values. Raises `UnsupportedForm` for other types.
    """
    header = Message()
    header["content-type"] = content_type
    match header.get_content_type() if content_type.strip() else "":
        case "application/x-www-form-urlencoded":
            return lambda body: urlencoded_fields(_utf8("body", body))
        case "multipart/form-data":
            return lambda body: _multipart_fields(content_type, body)
        case _:
            raise UnsupportedForm


def urlencoded_fields(text: str) -> dict[str, str]:
    """The fields of an urlencoded text by name; raises `MalformedInput`."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise MalformedInput("body", "is not valid UTF-8 when decoded") from None
    except ValueError:
        raise MalformedInput("body", f"has more than {_MOST_FIELDS} fields") from None
    return _checked(pairs)


def _multipart_fields(content_type: str, body: bytes) -> dict[str, str]:
    # The standard library's e-mail parser reads MIME multiparts; only the header has to be put before it.
    head = b"Content-Type: " + content_type.encode("ascii", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart() or message.defects:
        raise MalformedInput("body", "is not well-formed multipart/form-data")
    pairs = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(value, bytes):
            raise MalformedInput("body", "has a part that is not a form field")
        pairs.append((name, _utf8(name, value)))
        if len(pairs) > _MOST_FIELDS:
            raise MalformedInput("body", f"has more than {_MOST_FIELDS} fields")
    return _checked(pairs)


def _checked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    folded: dict[str, str] = {}
    for name, value in pairs:
        if has_control_characters(name):
            raise MalformedInput("body", "has a field name with control characters")
        if has_control_characters(value):
            raise MalformedInput(_shown(name), "holds control characters")
        if folded.setdefault(name.casefold(), value) != value:
            raise MalformedInput(_shown(name), "is given twice with different values")
        fields.setdefault(name, value)
    return fields


def has_control_characters(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)


def _utf8(field: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedInput(_shown(field), "is not valid UTF-8") from None


def _shown(name: str) -> str:
    # A field's name is the sender's text too; only what looks like a name is repeated.
    short = name[:_FIELD_NAME_SHOWN]
    return short if short.replace("_", "").isalnum() and short.isascii() else "a field with an unusual name"
