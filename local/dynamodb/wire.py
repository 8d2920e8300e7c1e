"""Requests of DynamoDB's protocol and their answers, as they go over the wire: JSON, with bytes in base64."""

import json
from base64 import b64decode, b64encode
from typing import Any
from zlib import crc32

from local.dynamodb.refusals import RequestRefused
from local.dynamodb.requests import MemoryTables

_ERRORS = "com.amazonaws.dynamodb.v20120810#"


def answer_of(tables: MemoryTables, operation: str, body: bytes | str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer to a request's body."""
    request = json.loads(body, object_hook=_with_bytes)
    status, answer = 200, None
    try:
        answer = tables.answer(operation, request)
    except RequestRefused as refusal:
        item = {} if refusal.item is None else {"Item": refusal.item}
        status, answer = 400, {"__type": _ERRORS + refusal.code, "message": refusal.message, **item}
    text = json.dumps(answer, default=_as_base64)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        # By it botocore sees whether an answer arrived whole.
        "x-amz-crc32": str(crc32(text.encode())),
        "x-amzn-RequestId": f"memory-{id(answer)}",
    }
    return status, headers, text


def _with_bytes(read: dict[str, Any]) -> dict[str, Any]:
    """Bytes travel in base64. An attribute that is called B is no text, but a value with a type."""
    return {"B": b64decode(read["B"])} if len(read) == 1 and isinstance(read.get("B"), str) else read


def _as_base64(value: Any) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value).__name__)
