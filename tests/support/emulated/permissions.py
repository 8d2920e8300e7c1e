"""What IAM is asked at each call of a deployment, which CloudFormation makes with the deployer's leave."""

from tests.support.iam import Call
from tests.support.service_models import Request
from tests.support.template import ACCOUNT, REGION

# Where IAM has a name of its own for a service.
_SERVICES = {"sesv2": "ses", "apigatewayv2": "apigateway"}
# The gateway's actions are the methods of HTTP.
_METHODS = {"Create": "POST", "Reimport": "PUT", "Update": "PATCH", "Delete": "DELETE"}
# By service: the kind of resource, and which parameter names one; the first that is given counts.
_RESOURCES = {
    "cloudwatch": {
        "AlarmName": "alarm:",
        "AlarmNames": "alarm:",
        "DashboardName": "dashboard/",
        "DashboardNames": "dashboard/",
    },
    "dynamodb": {"TableName": "table/"},
    "events": {"ArchiveName": "archive/", "Rule": "rule/", "Name": "event-bus/"},
    "iam": {"RoleName": "role/"},
    "lambda": {"LayerName": "layer:", "FunctionName": "function:"},
    "logs": {"logGroupName": "log-group:"},
    "s3": {"Bucket": ""},
    "scheduler": {"Name": "schedule/default/"},
    "secretsmanager": {"SecretId": "", "Name": "secret:"},
    "sns": {"TopicArn": "", "Name": ""},
    "sqs": {"QueueName": "", "QueueUrl": ""},
}
_OF_NO_REGION = {"iam", "s3"}
_OF_NO_ACCOUNT = {"s3"}


def asked_of_iam(call: tuple[str, Request]) -> Call:
    """The action and the resource; `*` where IAM knows none of a name."""
    name, request = call
    service, operation = name.split(":")
    if service == "apigatewayv2":
        operation = next(method for verb, method in _METHODS.items() if operation.startswith(verb))
    return Call(f"{_SERVICES.get(service, service)}:{operation}", _resource_of(service, operation, request))


def _resource_of(service: str, operation: str, request: Request) -> str:
    if operation == "CreateEventSourceMapping":
        return "*"
    kinds = _RESOURCES.get(service, {})
    if operation in {"PutRule", "DeleteRule"}:
        kinds = {"Name": "rule/"}
    parameter = next((one for one in kinds if one in request), None)
    if parameter is None:
        return "*"
    named, kind = request[parameter], kinds[parameter]
    name = str(named[0] if isinstance(named, list) else named)
    if name.startswith("arn:"):
        return name
    if parameter == "QueueUrl":
        name = name.rpartition("/")[2]
    if kind == "rule/" and "EventBusName" in request:
        kind += f"{request['EventBusName']}/"
    region = "" if service in _OF_NO_REGION or kind == "dashboard/" else REGION
    account = "" if service in _OF_NO_ACCOUNT else ACCOUNT
    return f"arn:aws:{service}:{region}:{account}:{kind}{name}"
