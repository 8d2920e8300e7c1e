"""The upgrade gate: an update from the last release neither replaces nor breaks what a live stack has.

`make upgrade-gate` runs it. What the last release had stands in released.json. `make released` writes that
anew, as a part of every release (CONTRIBUTING.md). Until a release's tag is set no stack has it, and whoever
changes what is refused here runs it again.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.support.releases import RELEASED, STATELESS, WHAT_IT_HOLDS, described, written
from tests.support.resource_schemas import create_only, schema_of
from tests.support.template import ROOT
from tests.support.transformed import Documents, Section, documents
from tests.support.upgrades import breaches

# A breach that the next release makes on purpose: its place, and the heading in docs/upgrading.md under
# which stands how to migrate. After `make released` this is empty again.
MIGRATIONS: dict[str, str] = {}


@cache
def as_it_is() -> Section:
    return described(documents())


def released() -> Section:
    found: Section = json.loads(RELEASED.read_text("utf-8"))
    return found


def places_of(before: Section, now: Section) -> set[str]:
    return {one.place for one in breaches(before, now)}


def test_an_update_from_the_last_release_replaces_and_breaks_nothing() -> None:
    unlisted = [one for one in breaches(released(), as_it_is()) if one.place not in MIGRATIONS]
    assert unlisted == [], "keep it as it was, or list how to migrate (CONTRIBUTING.md, Make a release)"


def test_every_migration_is_needed_and_described() -> None:
    assert MIGRATIONS.keys() <= places_of(released(), as_it_is()), "what is no breach needs no migration"
    upgrading = (ROOT / "docs" / "upgrading.md").read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", upgrading, re.MULTILINE)
    assert set(MIGRATIONS.values()) <= set(headings), "say in docs/upgrading.md how to migrate"


def test_the_description_of_the_last_release_was_written_by_the_command() -> None:
    assert written(released()) == RELEASED.read_text("utf-8")


# --- Each kind of breach is refused -------------------------------------------------------------------------


def change(**resources: Section) -> Callable[[Documents], None]:
    """Properties of resources, each to another value; None takes one away."""

    def changed(templates: Documents) -> None:
        for name, given in resources.items():
            properties = templates.bundle["Resources"][name]["Properties"]
            properties |= given
            for gone in [one for one, value in given.items() if value is None]:
                del properties[gone]

    return changed


def attribute(section: str, name: str, **given: Any) -> Callable[[Documents], None]:
    """Of a parameter, an output or a resource itself."""
    return lambda templates: templates.bundle[section][name].update(given)


def remove(section: str, *names: str) -> Callable[[Documents], None]:
    def removed(templates: Documents) -> None:
        entries = templates.bundle[section]
        for name in names[:-1]:
            entries = entries[name]
        del entries[names[-1]]

    return removed


def rename(before: str, after: str) -> Callable[[Documents], None]:
    def renamed(templates: Documents) -> None:
        resources = templates.bundle["Resources"]
        resources[after] = resources.pop(before)

    return renamed


def index(number: int, **given: Any) -> Callable[[Documents], None]:
    def changed(templates: Documents) -> None:
        templates.bundle["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"][number] |= given

    return changed


def add_indexes(*names: str) -> Callable[[Documents], None]:
    def added(templates: Documents) -> None:
        indexes = templates.bundle["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
        indexes.extend({**indexes[0], "IndexName": name} for name in names)

    return added


def retype(name: str, type_: str) -> Callable[[Documents], None]:
    return attribute("Resources", name, Type=type_)


def drop_a_route(templates: Documents) -> None:
    del templates.bundle["Resources"]["Api"]["Properties"]["Body"]["paths"]["/faxes/{id}"]


def open_a_route(templates: Documents) -> None:
    paths = templates.bundle["Resources"]["Api"]["Properties"]["Body"]["paths"]
    paths["/faxes/{id}"]["get"]["security"] = [{"NONE": []}]


def drop_the_topic(templates: Documents) -> None:
    del templates.monitoring["Resources"]["Topic"]


HASH = [{"AttributeName": "pk", "KeyType": "HASH"}]
NUMBERED = [{"AttributeName": name, "AttributeType": "N"} for name in ("pk",)]
OTHER_VIEW = {"StreamViewType": "NEW_IMAGE"}
OTHER_EXPIRY = {"AttributeName": "gone_at", "Enabled": True}
SOONER = {"Rules": [{"Id": "expire", "Status": "Enabled", "ExpirationInDays": 1}]}

BREACHES: dict[str, tuple[Callable[[Documents], object], str]] = {
    "a table's keys": (change(Table={"KeySchema": HASH}), "Table.KeySchema"),
    "a table's name": (change(Table={"TableName": "faxes"}), "Table.TableName"),
    "an index's keys": (index(0, KeySchema=HASH), "Table.GlobalSecondaryIndexes.by_time"),
    "an index's projection": (
        index(0, Projection={"ProjectionType": "ALL"}),
        "Table.GlobalSecondaryIndexes.by_time",
    ),
    "two indexes at once": (add_indexes("one", "other"), "Table.GlobalSecondaryIndexes"),
    "an index under another name": (index(0, IndexName="by_day"), "Table.GlobalSecondaryIndexes"),
    "a key's type": (change(Table={"AttributeDefinitions": NUMBERED}), "Table.AttributeDefinitions.pk"),
    "a table's stream": (change(Table={"StreamSpecification": OTHER_VIEW}), "Table.StreamSpecification"),
    "a table's expiry": (
        change(Table={"TimeToLiveSpecification": OTHER_EXPIRY}),
        "Table.TimeToLiveSpecification",
    ),
    "a bucket's name": (change(Documents={"BucketName": "faxes"}), "Documents.BucketName"),
    "a bucket's expiry": (
        change(Documents={"LifecycleConfiguration": SOONER}),
        "Documents.LifecycleConfiguration",
    ),
    "a queue's name": (change(NotifyQueue={"QueueName": "notify"}), "NotifyQueue.QueueName"),
    "a queue in order": (change(NotifyQueue={"FifoQueue": True}), "NotifyQueue.FifoQueue"),
    "a queue's retention": (
        change(NotifyQueue={"MessageRetentionPeriod": 60}),
        "NotifyQueue.MessageRetentionPeriod",
    ),
    "a secret's name": (change(SoftlinxCredentials={"Name": "softlinx"}), "SoftlinxCredentials.Name"),
    "what was filled into a secret": (
        change(SoftlinxCredentials={"SecretString": "{}"}),
        "SoftlinxCredentials.SecretString",
    ),
    "a secret that was made up": (
        change(SoftlinxCallbackTokens={"GenerateSecretString": {"PasswordLength": 64}}),
        "SoftlinxCallbackTokens.GenerateSecretString",
    ),
    "a log group's name": (change(AccessLog={"LogGroupName": "access"}), "AccessLog.LogGroupName"),
    "a log group's retention": (change(Logs={"RetentionInDays": 1}), "Logs.RetentionInDays"),
    "a bus's name": (change(Bus={"Name": "faxes"}), "Bus.Name"),
    "an archive's retention": (change(Archive={"RetentionDays": 1}), "Archive.RetentionDays"),
    "where a function polls from": (
        change(AnnounceChanges={"StartingPosition": "LATEST"}),
        "AnnounceChanges.StartingPosition",
    ),
    "a REST API instead of an HTTP API": (retype("Api", "AWS::ApiGateway::RestApi"), "Api"),
    "an API of another protocol": (change(Api={"ProtocolType": "WEBSOCKET"}), "Api.ProtocolType"),
    "a route that is gone": (drop_a_route, "Api.Routes.GET /faxes/{id}"),
    "a route that asks for something else": (open_a_route, "Api.Routes.GET /faxes/{id}"),
    "a queue that is gone": (remove("Resources", "NotifyQueue"), "NotifyQueue"),
    "a table under another name in the template": (rename("Table", "Ledger"), "Table"),
    "a topic that is gone": (drop_the_topic, "monitoring.yaml Topic"),
    "another type": (retype("Sweep", "AWS::StepFunctions::StateMachine"), "Sweep"),
    "another condition": (attribute("Resources", "OrderQueue", Condition="HasKey"), "OrderQueue.Condition"),
    "a condition of a condition": (
        lambda templates: templates.bundle["Conditions"].update(HasSoftlinx={"Fn::Equals": ["a", "b"]}),
        "SoftlinxCredentials.Condition",
    ),
    "nothing kept when it is deleted": (
        remove("Resources", "Documents", "DeletionPolicy"),
        "Documents.DeletionPolicy",
    ),
    "nothing kept when it is replaced": (
        remove("Resources", "Documents", "UpdateReplacePolicy"),
        "Documents.UpdateReplacePolicy",
    ),
    "a parameter that is gone": (remove("Parameters", "TimeZone"), "TimeZone"),
    "a parameter of another type": (attribute("Parameters", "TimeZone", Type="Number"), "TimeZone.Type"),
    "a stricter pattern": (
        attribute("Parameters", "TimeZone", AllowedPattern="UTC"),
        "TimeZone.AllowedPattern",
    ),
    "a value that is gone": (
        attribute("Parameters", "SoftlinxApi", AllowedValues=["soap"]),
        "SoftlinxApi.AllowedValues",
    ),
    "values where any was allowed": (
        attribute("Parameters", "TimeZone", AllowedValues=["UTC"]),
        "TimeZone.AllowedValues",
    ),
    "a least value": (attribute("Parameters", "RetentionDays", MinValue=400), "RetentionDays.MinValue"),
    "a most value": (attribute("Parameters", "RetentionDays", MaxValue=500), "RetentionDays.MaxValue"),
    "a most length": (attribute("Parameters", "TimeZone", MaxLength=8), "TimeZone.MaxLength"),
    "a least length": (attribute("Parameters", "TimeZone", MinLength=1), "TimeZone.MinLength"),
    "a default that is gone": (remove("Parameters", "TimeZone", "Default"), "TimeZone.Default"),
    "a new parameter without a default": (
        lambda templates: templates.bundle["Parameters"].update(Clinic={"Type": "String"}),
        "Clinic",
    ),
    "a new rule": (
        lambda templates: templates.bundle["Rules"].update(Another={"Assertions": []}),
        "Another",
    ),
    "an output that is gone": (remove("Outputs", "Table"), "Table"),
    "an output under a condition": (attribute("Outputs", "Table", Condition="HasKey"), "Table.Condition"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_refused(name: str) -> None:
    breach, place = BREACHES[name]
    templates = documents().copy()
    breach(templates)
    found = places_of(as_it_is(), described(templates))
    assert (place if place.startswith("monitoring.yaml") else f"template.yaml {place}") in found
    assert len(found) == 1 or name == "a condition of a condition"


def test_an_export_under_another_name_is_refused() -> None:
    before, now = documents().copy(), documents().copy()
    before.bundle["Outputs"]["Bus"]["Export"] = {"Name": "faxes"}
    now.bundle["Outputs"]["Bus"]["Export"] = {"Name": "bus"}
    assert places_of(described(before), described(now)) == {"template.yaml Bus.Export"}


def widen(templates: Documents) -> None:
    conditions = templates.bundle["Conditions"]
    conditions["Sends"] = {"Fn::Or": [{"Condition": "HasSoftlinx"}, {"Condition": "HasKey"}]}
    templates.bundle["Resources"]["OrderQueue"]["Condition"] = "Sends"


HARMLESS: dict[str, Callable[[Documents], object]] = {
    "nothing": lambda _: None,
    "one more index": add_indexes("by_day"),
    "one index less": lambda templates: templates.first("AWS::DynamoDB::Table")[
        "GlobalSecondaryIndexes"
    ].pop(),
    "a longer timeout": change(Sweep={"Timeout": 600}),
    "a function under another name": rename("Sweep", "Broom"),
    "an alarm less": lambda templates: templates.monitoring["Resources"].pop("RunsFail"),
    "a wider bound": attribute("Parameters", "RetentionDays", MaxValue=5_000),
    "one more value": attribute("Parameters", "SoftlinxApi", AllowedValues=["soap", "rest", "grpc"]),
    "no pattern any more": remove("Parameters", "TimeZone", "AllowedPattern"),
    "another default": attribute("Parameters", "TimeZone", Default="America/New_York"),
    "a new parameter": lambda templates: templates.bundle["Parameters"].update(
        Clinic={"Type": "String", "Default": ""}
    ),
    "a rule less": remove("Rules", "DomainsNeedACertificate"),
    "one more output": lambda templates: templates.bundle["Outputs"].update(Clinic={"Value": "x"}),
    "a condition that holds more often": widen,
    "no condition any more": remove("Resources", "SoftlinxCredentials", "Condition"),
    "a longer wait in a queue": change(NotifyQueue={"VisibilityTimeout": 720}),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_live_stack_can_follow_is_let_through(name: str) -> None:
    templates = documents().copy()
    HARMLESS[name](templates)
    assert places_of(as_it_is(), described(templates)) == set()


def test_what_is_known_of_types_is_known_of_types_that_are_there() -> None:
    types = {made["Type"] for _, document in documents().each() for made in document["Resources"].values()}
    assert types >= STATELESS.keys() | WHAT_IT_HOLDS.keys()
    for kind, held in WHAT_IT_HOLDS.items():
        assert schema_of(kind)["properties"].keys() >= held.keys()


def test_cloudformation_itself_says_what_replaces_a_resource() -> None:
    assert set(create_only("AWS::SQS::Queue")) == {("FifoQueue",), ("QueueName",)}
    assert ("KeySchema",) in create_only("AWS::DynamoDB::Table")
    assert ("Rule", "Name") in create_only("AWS::SES::ReceiptRule")
