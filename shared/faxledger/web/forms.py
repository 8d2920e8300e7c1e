"""Form fields out of a request body or a query string, read strictly: what is doubtful is refused by name."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

from faxledger.errors import MalformedInput
from faxledger.web.multipart import boundary_of, parts_of

_MOST_FIELDS = 200
# Control characters, and halves of surrogate pairs, which are no text.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs"})
# A field's name is the sender's text too: only what looks like a name, and not like a number of a person's,
# is repeated.
_SHOWN_NAME = re.compile(r"(?!.*[0-9]{5})[A-Za-z0-9_]{1,40}")


class UnsupportedForm(Exception):
    """The content type is not one of the two form encodings."""


def form_reader(content_type: str) -> Callable[[bytes], dict[str, str]]:
    """What reads the fields, by name, of a form of this content type; the text is UTF-8 whatever it says.

    The reader raises `MalformedInput` for a body that does not follow its encoding, invalid UTF-8, control
    characters, or a field given twice with different values. Raises `UnsupportedForm` for other types.
    """
    match content_type.partition(";")[0].strip().lower():
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
    parts = parts_of(body, boundary_of(content_type))
    if len(parts) > _MOST_FIELDS:
        raise MalformedInput("body", f"has more than {_MOST_FIELDS} fields")
    return _checked((name, _utf8(name, value)) for name, value in parts)


def _checked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    folded: dict[str, str] = {}
    for name, value in pairs:
        if not (name or value):
            continue
        if not name:
            # No table can keep it: a sighting's names are attribute names.
            raise MalformedInput("body", "has a value without a field name")
        if _is_unfit(name):
            raise MalformedInput("body", "has a field name with control characters")
        if _is_unfit(value):
            raise MalformedInput(_shown(name), "holds control characters")
        if folded.setdefault(name.casefold(), value) != value:
            raise MalformedInput(_shown(name), "is given twice with different values")
        fields.setdefault(name, value)
    return fields


def _is_unfit(text: str) -> bool:
    return any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text)


def _utf8(field: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedInput(_shown(field), "is not valid UTF-8") from None


def _shown(name: str) -> str:
    return name if _SHOWN_NAME.fullmatch(name) else "a field with an unusual name"
