"""The callback with Flask, behind apig-wsgi."""

import os
from hmac import compare_digest

import boto3
from apig_wsgi import make_lambda_handler
from botocore.exceptions import ClientError
from flask import Flask, abort, request

app = Flask(__name__)
dynamodb = boto3.client("dynamodb")


@app.post("/callbacks/softlinx/<token>")
def take(token: str) -> str:
    if not compare_digest(token, os.environ["CALLBACK_TOKEN"]):
        abort(404)
    try:
        dynamodb.put_item(
            TableName=os.environ["TABLE"],
            Item={"id": {"S": request.form["FaxId"]}, "status": {"S": request.form["FaxStatus"]}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    return "OK"


handler = make_lambda_handler(app)
