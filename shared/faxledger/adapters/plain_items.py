"""Batches of items as DynamoDB sends them: what botocore makes of its JSON is that same JSON, but for bytes.

Botocore goes through every value for its type. Of the time that one of a million faxes takes, that is most.
"""

import json
from http import HTTPStatus
from typing import Any


def takes_items_plainly(dynamodb: Any) -> Any:
    """The client, from now on; a batch with bytes in it is left to botocore."""
    event = "before-parse.dynamodb.BatchGetItem"
    dynamodb.meta.events.register(event, _take, unique_id="faxledger-plain-items")
    return dynamodb


def _take(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    body = response_dict["body"]
    if response_dict["status_code"] == HTTPStatus.OK and b'"B"' not in body:
        customized_response_dict.update(json.loads(body))
        response_dict["body"] = b"{}"
