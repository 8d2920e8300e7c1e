"""The least a callback can be made of: botocore's DynamoDB client and one conditional write."""

import os
from base64 import b64decode
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs

from botocore.exceptions import ClientError
from botocore.session import get_session

dynamodb: Any = get_session().create_client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    if not compare_digest(event["pathParameters"]["token"], os.environ["CALLBACK_TOKEN"]):
        return {"statusCode": 404}
    form = parse_qs(b64decode(event["body"]).decode())
    try:
        dynamodb.put_item(
            TableName=os.environ["TABLE"],
            Item={"id": {"S": form["FaxId"][0]}, "status": {"S": form["FaxStatus"][0]}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return {"statusCode": 200, "body": "OK"}
