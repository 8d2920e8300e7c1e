"""No function reaches itself by a queue, unless it is said here why it has to.

Lambda stops what has come back to a function 16 times by queues (AWS Lambda Developer Guide, Use Lambda
recursive loop detection to prevent infinite loops), and what is stopped ends in the dead letters.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.template import raw_template

RESOURCES: Mapping[str, Mapping[str, Any]] = raw_template()["Resources"]

# Why, and what bounds it.
REACHES_ITSELF = {
    "Notify": "sends itself an event's first attempt and the two next; every longer wait is in the table",
}


def of_type(kind: str) -> list[str]:
    return [name for name, made in RESOURCES.items() if made["Type"] == kind]


def named(value: Any) -> str:
    """The logical id in `!GetAtt Queue.Arn`, or nothing."""
    found = value.get("Fn::GetAtt", "") if isinstance(value, dict) else ""
    return str(found[0] if isinstance(found, list) else found).partition(".")[0]


def statements(policies: Any) -> Iterator[Mapping[str, Any]]:
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            # One that stands under a condition counts as if it held.
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def sends_to(function: str) -> set[str]:
    """The queues that the function's role lets it send to."""
    role = named(RESOURCES[function]["Properties"]["Role"])
    found: set[str] = set()
    for statement in statements(RESOURCES[role]["Properties"]["Policies"]):
        if "sqs:SendMessage" in statement["Action"]:
            resources = statement["Resource"]
            found |= {named(one) for one in (resources if isinstance(resources, list) else [resources])}
    return found


def triggered_by(queue: str) -> set[str]:
    return {
        function
        for function in of_type("AWS::Serverless::Function")
        for event in RESOURCES[function]["Properties"].get("Events", {}).values()
        if event["Type"] == "SQS" and named(event["Properties"]["Queue"]) == queue
    }


def reached_from(function: str) -> set[str]:
    """The functions that it sets going by queues, and those that they set going."""
    found: set[str] = set()
    ahead = [function]
    while ahead:
        fresh = {one for queue in sends_to(ahead.pop()) for one in triggered_by(queue)} - found
        found |= fresh
        ahead += fresh
    return found


def test_every_function_that_reaches_itself_is_known_to() -> None:
    functions = of_type("AWS::Serverless::Function")
    assert {one for one in functions if one in reached_from(one)} == set(REACHES_ITSELF)


def test_what_is_looked_at_is_there() -> None:
    """So that the rule above does not hold because nothing is seen."""
    assert reached_from("Sweep") >= {"MarkFax", "RetrieveContent", "DownloadContent", "Notify"}
    assert reached_from("SubmitFax") == {"SendFax", "MailFax"}
