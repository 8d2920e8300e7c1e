"""What is answered: the outcome of one call, and the faxes in it, from JSON that nobody has to trust."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Self

from faxledger.errors import ProviderAnswerUnreadable, ProviderRefused
from faxledger.providers.softlinx.api import BrokenFax
from faxledger.providers.softlinx.refusals import refusal_of, refuse_by_status
from faxledger.providers.softlinx.transport import HttpAnswer, HttpHead

_TRUE: Final = "true"
_FALSE: Final = frozenset({"false", ""})
# An answer to a call is `0` in another status than these (doc), or no answer to it.
_GOOD: Final = frozenset({200, 201})
_SAYS_NO: Final = frozenset({400, 404})
# Control characters, and halves of surrogate pairs, which JSON may hold and no ledger.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

# In the place of what says nothing: it is neither a text nor anything else that is looked for.
_NO_VALUE: Final = object()


class RestOutput:
    """The object of an answer; `refusal` is None when the provider says that the call has succeeded."""

    # What would break one fax of JSON breaks all that stands behind it.
    broken: tuple[BrokenFax, ...] = ()

    def __init__(
        self, operation: str, http_status: int, members: Mapping[str, Any], refusal: ProviderRefused | None
    ) -> None:
        self._operation = operation
        self._members = members
        self.http_status = http_status
        self.refusal = refusal

    def succeeded(self) -> Self:
        """The same; raises the refusal if there is one."""
        if self.refusal is not None:
            raise self.refusal
        return self

    def text(self, name: str) -> str | None:
        value = self._members.get(name)
        if value is not None and not isinstance(value, str):
            raise ProviderAnswerUnreadable(f"{self._operation}: {name} is not a text")
        return value

    def is_true(self, name: str) -> bool:
        """Whether the member `name` is true, or the word for it; absent is not."""
        word = (self.text(name) or "").strip().lower()
        if word != _TRUE and word not in _FALSE:
            raise ProviderAnswerUnreadable(f"{self._operation}: {name} is neither true nor false")
        return word == _TRUE

    def rows(self, name: str) -> tuple[dict[str, str], ...]:
        """The simple members of each object in the array `name`, as given; null is absent."""
        rows = self._members.get(name)
        if rows is None:
            return ()
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ProviderAnswerUnreadable(f"{self._operation}: {name} is not an array of objects")
        return tuple({key: value for key, value in row.items() if isinstance(value, str)} for row in rows)


def output_of(operation: str, answer: HttpAnswer) -> RestOutput:
    """Raises `ProviderUnavailable`, `LoginRefused`, `ProviderAnswerUnreadable`.

    Another refusal is told by the output: something may stand beside it.
    """
    refuse_by_status(operation, answer)
    if answer.status not in _GOOD | _SAYS_NO:
        raise ProviderAnswerUnreadable(f"{operation}: HTTP {answer.status}")
    members = _object_in(operation, answer)
    status = members.get("RequestStatus")
    if not isinstance(status, dict):
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no RequestStatus")
    code, text = status.get("StatusCode"), status.get("StatusText") or ""
    if answer.status in _SAYS_NO and code in (None, "", "0"):
        code = f"HTTP-{answer.status}"
    if not isinstance(code, str) or not isinstance(text, str):
        raise ProviderAnswerUnreadable(f"{operation}: the answer has no readable StatusCode")
    return RestOutput(operation, answer.status, members, refusal_of(operation, code, text))


def is_json(head: HttpHead) -> bool:
    return head.media_type in ("application/json", "text/json") or head.media_type.endswith("+json")


def _object_in(operation: str, answer: HttpAnswer) -> dict[str, Any]:
    if not is_json(answer):
        raise ProviderAnswerUnreadable(f"{operation}: the answer is not JSON (HTTP {answer.status})")
    members = _parsed(answer.body)
    if not isinstance(members, dict):
        raise ProviderAnswerUnreadable(f"{operation}: the answer is not one JSON object")
    return members


def _parsed(body: bytes) -> object:
    """Numbers and booleans as the words they are written with, as in SOAP; None for what is not JSON.

    What is no text is read as U+FFFD: one character of one fax must not cost all faxes of a page.
    """
    try:
        return json.loads(
            body.decode("utf-8-sig", "replace"),
            strict=False,  # lets control characters into texts
            object_pairs_hook=_members,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_value,
        )
    # RecursionError: nested deeper than anything that is meant.
    except (ValueError, RecursionError):
        return None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands there twice neither value is taken for the truth, unless they are the same."""
    members: dict[str, Any] = {}
    for given_name, given_value in pairs:
        name, value = _mended(given_name), _word(given_value)
        if members.setdefault(name, value) != value:
            members[name] = _NO_VALUE
    return members


def _word(value: Any) -> Any:
    if isinstance(value, str):
        return _mended(value)
    return ("true" if value else "false") if isinstance(value, bool) else value


def _mended(text: str) -> str:
    return _NO_TEXT.sub("\ufffd", text)


def _no_value(_constant: str) -> object:
    """NaN and Infinity are not JSON."""
    return _NO_VALUE
