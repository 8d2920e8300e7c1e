"""Requests of DynamoDB's protocol and their answers, as they go over the wire: JSON, with bytes in base64."""

import json
from base64 import b64decode, b64encode
from typing import Any
from zlib import crc32

from local.at_once import AnswerAtOnce
from local.dynamodb.refusals import RequestRefused
from local.dynamodb.requests import MemoryTables

_ERRORS = "com.amazonaws.dynamodb.v20120810#"


def answer_of(tables: MemoryTables, operation: str, body: bytes | str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer to a request's body."""
    status, answer = 200, None
    try:
        answer = tables.answer(operation, _read(body))
    except RequestRefused as refusal:
        status, answer = 400, {"__type": _ERRORS + refusal.code, **_told_of(refusal)}
    text = json.dumps(answer, default=_as_base64)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        # By it botocore sees whether an answer arrived whole.
        "x-amz-crc32": str(crc32(text.encode())),
        "x-amzn-RequestId": f"memory-{id(answer)}",
    }
    return status, headers, text


def read_answer_of(tables: MemoryTables, operation: str, body: bytes | str) -> AnswerAtOnce:
    """The same, as botocore reads it."""
    try:
        # Whoever asked may change what was answered, and not what lies in the table.
        return AnswerAtOnce(200, _copied(tables.answer(operation, _read(body))))
    except RequestRefused as refusal:
        error = {"Code": refusal.code, "Message": refusal.message}
        return AnswerAtOnce(400, {"Error": error, **_copied(_told_of(refusal))})


def _told_of(refusal: RequestRefused) -> dict[str, Any]:
    item = {} if refusal.item is None else {"Item": refusal.item}
    return {"message": refusal.message, **item}


def _read(body: bytes | str) -> Any:
    return json.loads(body, object_hook=_with_bytes)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _with_bytes(read: dict[str, Any]) -> dict[str, Any]:
    """Bytes travel in base64. An attribute that is called B is no text, but a value with a type."""
    return {"B": b64decode(read["B"])} if len(read) == 1 and isinstance(read.get("B"), str) else read


def _as_base64(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value).__name__)
