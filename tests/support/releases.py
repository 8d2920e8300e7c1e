"""What of the templates a live stack depends on, written down with each release to hold the next one to it.

`make released` writes it to tests/template/released.json.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.resource_schemas import create_only, value_at
from tests.support.template import ROOT
from tests.support.transformed import Documents, Section, documents

RELEASED = ROOT / "tests" / "template" / "released.json"

# Beside what replaces a resource: properties that, when they change, take away or overwrite what it holds.
WHAT_IT_HOLDS: Mapping[str, Mapping[str, str]] = {
    "AWS::DynamoDB::Table": {
        "AttributeDefinitions": "a key's type can't be changed",
        "GlobalSecondaryIndexes": "one update makes or drops one index, and changes none",
        "StreamSpecification": "the stream begins anew, and its unread records are lost",
        "TimeToLiveSpecification": "the attribute of the expiry can't be changed while it is in use",
    },
    "AWS::Events::Archive": {"RetentionDays": "what is older goes at once"},
    "AWS::Logs::LogGroup": {"RetentionInDays": "what is older goes at once"},
    "AWS::S3::Bucket": {"LifecycleConfiguration": "what has expired goes at once"},
    "AWS::SQS::Queue": {"MessageRetentionPeriod": "messages that are older go at once"},
    "AWS::SecretsManager::Secret": {
        "GenerateSecretString": "the secret is made up anew, over the one in use",
        "SecretString": "the secret is written anew, over what a person has filled in",
    },
}
# What may be removed, or made anew beside the one there is, without a loss. Every other type stays as it is.
STATELESS: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "it finds its state again",
    "AWS::CloudWatch::Dashboard": "it shows what is kept elsewhere",
    "AWS::Events::Rule": "the new one is there before the old one goes, and what comes twice is done once",
    "AWS::IAM::Role": "the new one is in use before the old one goes",
    "AWS::Lambda::Alias": "the routes go to the new one before the old one goes",
    "AWS::Lambda::Function": "it holds nothing; the new one is in use before the old one goes",
    "AWS::Lambda::LayerVersion": "every change makes a new one",
    "AWS::Lambda::Permission": "the new one stands beside the old one",
    "AWS::Lambda::Version": "every change makes a new one",
    "AWS::Scheduler::Schedule": "a run too many is held back by its claim",
}
_API = "AWS::ApiGatewayV2::Api"
_CONSTRAINTS = (
    *("Type", "Default", "AllowedPattern", "AllowedValues"),
    *("MinValue", "MaxValue", "MinLength", "MaxLength"),
)


def described(templates: Documents) -> Section:
    """By file and section, as JSON would have it."""
    found = {file: _described(document) for file, document in templates.each()}
    # The nested stack is given its parameters by the bundle, and by nobody else.
    del found["monitoring.yaml"]["Parameters"]
    described: Section = json.loads(json.dumps(found))
    return described


def _described(document: Section) -> Section:
    return {
        "Parameters": {
            name: {constraint: given[constraint] for constraint in _CONSTRAINTS if constraint in given}
            for name, given in document["Parameters"].items()
        },
        "Rules": document.get("Rules", {}),
        "Resources": {name: _resource(made, document) for name, made in document["Resources"].items()},
        "Outputs": {
            name: _given(Condition=_condition(output, document), Export=output.get("Export"))
            for name, output in document["Outputs"].items()
        },
    }


def _resource(made: Section, document: Section) -> Section:
    kind, properties = made["Type"], made.get("Properties", {})
    if kind in STATELESS:
        return {"Type": kind}
    kept = {".".join(path): value_at(properties, path) for path in create_only(kind)}
    kept |= {name: properties.get(name) for name in WHAT_IT_HOLDS.get(kind, ())}
    return _given(
        Type=kind,
        Condition=_condition(made, document),
        DeletionPolicy=made.get("DeletionPolicy"),
        UpdateReplacePolicy=made.get("UpdateReplacePolicy"),
        Properties=_given(**kept),
        Routes=dict(_routes(properties["Body"]["paths"])) if kind == _API else None,
    )


def _given(**values: Any) -> Section:
    return {name: value for name, value in values.items() if value is not None}


def _routes(paths: Section) -> Iterator[tuple[str, Section]]:
    """Each route, with the condition under which it is there and what it asks of a caller."""
    for path, methods in paths.items():
        condition, chosen = _under(methods)
        for method, route in chosen.items():
            own_condition, route_itself = _under(route)
            asks = sorted(name for one in route_itself.get("security", []) for name in one)
            yield f"{method.upper()} {path}", _given(Condition=own_condition or condition, Asks=asks)


def _under(value: Section) -> tuple[str | None, Section]:
    if "Fn::If" in value:
        condition, chosen, _ = value["Fn::If"]
        return condition, chosen
    return None, value


def _condition(entry: Section, document: Section) -> Any:
    """The whole expression, so that a change of a condition that it is made of is seen."""
    return _expanded({"Condition": entry["Condition"]}, document) if "Condition" in entry else None


def _expanded(value: Any, document: Section) -> Any:
    match value:
        case {"Condition": str() as name}:
            return _expanded(document["Conditions"][name], document)
        case dict():
            return {name: _expanded(one, document) for name, one in value.items()}
        case list():
            return [_expanded(one, document) for one in value]
    return value


def written(described: Section) -> str:
    """A line for each parameter, rule, resource and output, so that a change of one is a change of a line."""
    files = []
    for file, sections in sorted(described.items()):
        lines = []
        for section, entries in sorted(sections.items()):
            each = [
                f"   {json.dumps(name)}: {json.dumps(one, sort_keys=True)}"
                for name, one in sorted(entries.items())
            ]
            lines.append(f"  {json.dumps(section)}: {{\n" + ",\n".join(each) + "\n  }")
        files.append(f" {json.dumps(file)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(files) + "\n}\n"


if __name__ == "__main__":
    RELEASED.write_text(written(described(documents())), "utf-8")
    print(f"{RELEASED.relative_to(ROOT)} describes the templates as they are")  # noqa: T201 - it is a command
