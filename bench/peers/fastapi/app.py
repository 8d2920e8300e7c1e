"""The callback with FastAPI, behind Mangum."""

import os
from hmac import compare_digest
from typing import Annotated
from urllib.parse import parse_qsl

import boto3
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse
from mangum import Mangum
from pydantic import BaseModel, Field

app = FastAPI()
dynamodb = boto3.client("dynamodb")


class Callback(BaseModel):
    fax_id: str = Field(alias="FaxId", pattern=r"^\d{1,18}$")
    status: str = Field(alias="FaxStatus")


async def sent_form(request: Request) -> Callback:
    return Callback.model_validate(dict(parse_qsl((await request.body()).decode())))


@app.post("/callbacks/softlinx/{token}")
def take(token: str, callback: Annotated[Callback, Depends(sent_form)]) -> PlainTextResponse:
    if not compare_digest(token, os.environ["CALLBACK_TOKEN"]):
        raise HTTPException(404)
    try:
        dynamodb.put_item(
            TableName=os.environ["TABLE"],
            Item={"id": {"S": callback.fax_id}, "status": {"S": callback.status}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return PlainTextResponse("OK")


handler = Mangum(app, lifespan="off")
