"""How the REST API writes its answers."""

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from local.show.simulators.softlinx.soap_messages import Fields
from local.show.simulators.web import WebResponse

_COUNTS = frozenset({"Duration", "PagesReceived", "PagesSent", "PagesTotal", "RetryCount", "RetryCountLeft"})
_BOOLEANS = {"true": True, "false": False}

_Value: TypeAlias = str | int | bool


def answer_of(
    status: int,
    rows: Iterable[Fields] | None = None,
    paging: Fields = (),
    *,
    has_types: bool = False,
) -> WebResponse:
    """A success; `rows` None is an answer that has no FaxInfo. `has_types` as in `SoftlinxOptions`."""
    answer: dict[str, object] = {"RequestStatus": {"StatusCode": "0", "StatusText": "Success"}}
    if rows is not None:
        answer["FaxInfo"] = [_object_of(row, has_types=has_types) for row in rows]
    return _response(status, answer | _object_of(paging, has_types=has_types))


def refusal_of(status: int, code: str, text: str, *headers: tuple[str, str]) -> WebResponse:
    return _response(status, {"RequestStatus": {"StatusCode": code, "StatusText": text}}, *headers)


def _object_of(fields: Fields, *, has_types: bool) -> dict[str, _Value]:
    return {
        name: _value_of(name, value, has_types=has_types) for name, value in fields if isinstance(value, str)
    }


def _value_of(name: str, text: str, *, has_types: bool) -> _Value:
    """FaxId is a number (seen) whatever the rest is."""
    if name == "FaxId" or (has_types and name in _COUNTS):
        return int(text)
    return _BOOLEANS.get(text, text) if has_types else text


def _response(status: int, answer: Mapping[str, object], *headers: tuple[str, str]) -> WebResponse:
    return WebResponse(
        status, json.dumps(answer).encode(), "application/json; charset=utf-8", headers=headers
    )
