"""Form fields out of a request body or a query string.

Fields that decide something are read strictly: what is doubtful in them is refused by name. In all others a
stranger's machine may have put anything, which is no reason to lose the rest: a line end or a tab becomes a
space, and what is no text becomes `REPLACED`, by which the field says so.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from urllib.parse import parse_qsl

from faxledger.errors import MalformedInput
from faxledger.web.multipart import boundary_of, parts_of

REPLACED = "\N{REPLACEMENT CHARACTER}"

_MOST_FIELDS = 200
# Control characters, and halves of surrogate pairs, which are no text.
_NO_TEXT = frozenset({"Cc", "Cs"})
_BLANKS = frozenset("\t\r\n")
# A field's name is the sender's text too: only what looks like a name, and not like a number of a person's,
# is repeated.
_SHOWN_NAME = re.compile(r"(?!.*[0-9]{5})[A-Za-z0-9_]{1,40}")


class UnsupportedForm(Exception):
    """The content type is not one of the two form encodings."""


def form_reader(
    content_type: str, deciding: Collection[str], required: Collection[str]
) -> Callable[[bytes], dict[str, str]]:
    """What reads the fields, by name, of a form of this content type; the text is UTF-8 whatever it says.

    `deciding` names, in lower case, the fields that have to be text throughout. The reader raises
    `MalformedInput` for a body that does not follow its encoding, invalid UTF-8 or control characters in
    one of these, or a field given twice with different values. Raises `UnsupportedForm` for other types. A
    body without a type is urlencoded where it has all of the `required` fields, and else raises the same.
    """
    match content_type.partition(";")[0].strip().lower():
        case "application/x-www-form-urlencoded":
            return lambda body: _urlencoded_body(body, deciding)
        case "multipart/form-data":
            return lambda body: _multipart_fields(content_type, body, deciding)
        case "" if not content_type.strip():
            return lambda body: _untyped_fields(body, deciding, required)
        case _:
            raise UnsupportedForm


def urlencoded_fields(text: str, deciding: Collection[str]) -> dict[str, str]:
    """The fields of an urlencoded text by name, read as `form_reader` says; raises `MalformedInput`."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise MalformedInput("body", f"has more than {_MOST_FIELDS} fields") from None
    return _checked(pairs, deciding)


def _urlencoded_body(body: bytes, deciding: Collection[str]) -> dict[str, str]:
    # Some end the body as a line; a value's own line end would be encoded.
    return urlencoded_fields(body.rstrip(b"\r\n").decode("utf-8", "replace"), deciding)


def _untyped_fields(body: bytes, deciding: Collection[str], required: Collection[str]) -> dict[str, str]:
    fields = _urlencoded_body(body, deciding)
    if not {name.casefold() for name in fields}.issuperset(required):
        raise UnsupportedForm
    return fields


def _multipart_fields(content_type: str, body: bytes, deciding: Collection[str]) -> dict[str, str]:
    parts = parts_of(body, boundary_of(content_type))
    if len(parts) > _MOST_FIELDS:
        raise MalformedInput("body", f"has more than {_MOST_FIELDS} fields")
    return _checked(((name, value.decode("utf-8", "replace")) for name, value in parts), deciding)


def _checked(pairs: Iterable[tuple[str, str]], deciding: Collection[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    folded: dict[str, str] = {}
    for given_name, given_value in pairs:
        name, value = _as_text(given_name), _as_text(given_value)
        if not (name or value):
            continue
        if not name:
            # No table can keep it: a sighting's names are attribute names.
            raise MalformedInput("body", "has a value without a field name")
        if name.casefold() in deciding and (value != given_value or REPLACED in value):
            raise MalformedInput(name, "holds control characters, or is not valid UTF-8")
        if folded.setdefault(name.casefold(), value) != value:
            raise MalformedInput(_shown(name), "is given twice with different values")
        fields.setdefault(name, value)
    return fields


def _as_text(given: str) -> str:
    """The text without what no text has; a folded line (`\\r\\n 234`) is one again."""
    if not any(unicodedata.category(character) in _NO_TEXT for character in given):
        return given
    unfolded = given.replace("\r\n ", " ").replace("\r\n", " ")
    return "".join(" " if character in _BLANKS else _or_replaced(character) for character in unfolded)


def _or_replaced(character: str) -> str:
    return REPLACED if unicodedata.category(character) in _NO_TEXT else character


def _shown(name: str) -> str:
    return name if _SHOWN_NAME.fullmatch(name) else "a field with an unusual name"
