"""The callback with Powertools for AWS Lambda: its router, its parser (pydantic) and its idempotency."""

import os
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel, parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError
from pydantic import Field

TABLE = os.environ["TABLE"]

app = APIGatewayHttpResolver()
dynamodb = boto3.client("dynamodb")
persistence = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=dynamodb)
once = IdempotencyConfig(event_key_jmespath="fax_id")


class Callback(BaseModel):
    fax_id: str = Field(alias="FaxId", pattern=r"^\d{1,18}$")
    status: str = Field(alias="FaxStatus")


@idempotent_function(data_keyword_argument="callback", persistence_store=persistence, config=once)  # type: ignore[untyped-decorator]
def record(callback: Callback) -> None:
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item={"id": {"S": callback.fax_id}, "status": {"S": callback.status}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


@app.post("/callbacks/softlinx/<token>")
def take(token: str) -> Response[str]:
    if not compare_digest(token, os.environ["CALLBACK_TOKEN"]):
        raise NotFoundError
    record(callback=parse(event=dict(parse_qsl(app.current_event.decoded_body)), model=Callback))
    return Response(200, content_type="text/plain", body="OK")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    once.register_lambda_context(context)
    return app.resolve(event, context)
