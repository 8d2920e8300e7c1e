"""Answers in the form API Gateway's HTTP API expects; errors are `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from faxledger.errors import (
    FaxledgerError,
    ItemRefused,
    ItemUnreadable,
    MalformedInput,
    NotPossible,
    SignatureUnavailable,
)

Response = dict[str, Any]

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "120"


def accepted() -> Response:
    """The one answer to every callback that is on record, whatever it changed."""
    return {"statusCode": HTTPStatus.OK.value, "headers": {"content-type": "text/plain"}, "body": "OK\n"}


def json_answer(
    document: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return {
        "statusCode": status.value,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(document),
    }


def problem(
    status: HTTPStatus, detail: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """An error; `field` names the part of the request that was wrong, `detail` repeats none of its value."""
    document: dict[str, str | int] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if field is not None:
        document["field"] = field
    return {
        "statusCode": status.value,
        "headers": {"content-type": PROBLEM_TYPE, **(headers or {})},
        "body": json.dumps(document),
    }


def problem_of(error: FaxledgerError) -> Response:
    """The one map from our errors to HTTP."""
    if isinstance(error, MalformedInput):
        return problem(HTTPStatus.BAD_REQUEST, f"{error.field} {error.problem}", field=error.field)
    if isinstance(error, NotPossible):
        return problem(HTTPStatus.CONFLICT, f"{error.field} {error.problem}", field=error.field)
    if isinstance(error, ItemRefused):
        detail = "What was sent can't be kept as it is: it is too long, or holds what is no valid text."
        return problem(HTTPStatus.BAD_REQUEST, detail)
    detail = "The ledger can't be reached; please try again."
    if isinstance(error, SignatureUnavailable):
        detail = "It can't be signed just now; please try again."
    if isinstance(error, ItemUnreadable):
        # Until a version that can read it runs again, as after a rollback.
        detail = "What the ledger keeps of it can't be read by this version: see docs/operations.md."
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"retry-after": RETRY_AFTER_SECONDS})
