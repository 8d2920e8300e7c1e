"""Would this role be allowed this call? As much of IAM as the template's roles use, and no more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call of an AWS service, as in `dynamodb:UpdateItem`.

    `keys` are the partition keys it touches, `sender` is who an email is from, `via` is the service on whose
    way a key of KMS is used.
    """

    action: str
    resource: str
    keys: frozenset[str] = frozenset()
    sender: str = ""
    via: str = ""


def allowing(statements: Iterable[Mapping[str, Any]], call: Call) -> Mapping[str, Any] | None:
    """The first statement that allows the call."""
    return next((statement for statement in statements if _allows(statement, call)), None)


def _allows(statement: Mapping[str, Any], call: Call) -> bool:
    assert statement["Effect"] == "Allow", "the roles have no denials so far"
    assert set(statement) <= {"Effect", "Action", "Resource", "Condition"}, f"unknown: {set(statement)}"
    return (
        _matches(statement["Action"], call.action)
        and _matches(statement["Resource"], call.resource)
        and all(_holds(operator, keys, call) for operator, keys in statement.get("Condition", {}).items())
    )


def _holds(operator: str, keys: Mapping[str, Any], call: Call) -> bool:
    if operator == "StringEquals":
        said = {"ses:FromAddress": call.sender, "kms:ViaService": call.via}
        assert set(keys) <= set(said), f"the evaluator knows no {set(keys)}"
        return all(said[name] in listed(wanted) for name, wanted in keys.items())
    assert operator == "ForAllValues:StringLike", f"the evaluator knows no {operator}"
    assert set(keys) == {"dynamodb:LeadingKeys"}, f"the evaluator knows no {set(keys)}"
    return all(_matches(keys["dynamodb:LeadingKeys"], key) for key in call.keys)


def _matches(patterns: str | Sequence[str], value: str) -> bool:
    # fnmatch knows `[` too, which no pattern here holds.
    return any(fnmatchcase(value, pattern) for pattern in listed(patterns))


def listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


# By the service or the call, what its caller is asked for in KMS where what it touches lies under a key of
# the organisation's. S3 and Secrets Manager use the key with the caller's permissions. DynamoDB asks KMS
# for the table's own key for each principal; its guide counts all of these among the least that a principal
# needs (Amazon DynamoDB Developer Guide, Encryption at rest, Authorizing use of your customer managed key).
_IN_KMS: Mapping[str, tuple[str, ...]] = {
    "dynamodb": (
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ),
    "dynamodb:DescribeTable": (),
    "dynamodb:ListStreams": (),
    "s3:GetObject": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
}


def calls_of_kms(call: Call, key: str, region: str) -> Iterator[Call]:
    """What the caller has to be allowed with the key beside this call."""
    service = call.action.partition(":")[0]
    for action in _IN_KMS.get(call.action, _IN_KMS.get(service, ())):
        yield Call(action, key, via=f"{service}.{region}.amazonaws.com")


# By the service, which parameter says what a call is about, where that is simple.
_NAMED_BY: Mapping[str, str] = {"kms": "KeyId", "sqs": "QueueUrl"}


def call_of(service: str, operation: str, parameters: Mapping[str, Any], arns: Mapping[str, str]) -> Call:
    """The call behind botocore's parameters; `arns` gives each name's ARN."""
    if service == "secretsmanager":
        return Call(f"secretsmanager:{operation}", str(parameters["SecretId"]))
    if service == "events":
        (bus,) = {entry["EventBusName"] for entry in parameters["Entries"]}
        return Call(f"events:{operation}", arns[bus])
    if service == "s3":
        bucket = f"arn:aws:s3:::{parameters['Bucket']}"
        # IAM has names of its own for these.
        action = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket"}.get(operation, operation)
        return Call(f"s3:{action}", f"{bucket}/{parameters['Key']}" if "Key" in parameters else bucket)
    if service == "sesv2":
        sender = str(parameters["FromEmailAddress"])
        # For a whole message, SES holds the call against another action's name.
        operation = "SendRawEmail" if "Raw" in parameters["Content"] else operation
        return Call(f"ses:{operation}", f"{arns['identities']}/{sender}", sender=sender)
    if service in _NAMED_BY:
        return Call(f"{service}:{operation.removesuffix('Batch')}", arns[parameters[_NAMED_BY[service]]])
    assert service == "dynamodb", f"no function has called {service} so far"
    return _table_call(operation, parameters, arns)


def _table_call(operation: str, parameters: Mapping[str, Any], arns: Mapping[str, str]) -> Call:
    if "RequestItems" in parameters:
        ((table, asked),) = parameters["RequestItems"].items()
        return Call(f"dynamodb:{operation}", arns[table], frozenset(key["pk"]["S"] for key in asked["Keys"]))
    resource = arns[parameters["TableName"]]
    if "IndexName" in parameters:
        # Of an index the leading keys are its own.
        resource += f"/index/{parameters['IndexName']}"
    if operation == "Query":
        keys = {parameters["ExpressionAttributeValues"][":partition"]["S"]}
    else:
        named = parameters.get("Key") or parameters.get("Item")
        keys = {named["pk"]["S"]} if named else set()
    return Call(f"dynamodb:{operation}", resource, frozenset(keys))
