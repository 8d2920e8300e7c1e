"""What is kept how long, encrypted, and not lost by a hand's slip: read from template.yaml."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.template import Template, raw_template

RESOURCES: Mapping[str, Mapping[str, Any]] = raw_template()["Resources"]
# By bucket: of which prefix ("" for all of it) what expires by which parameter, or after how many days.
EXPIRES = {
    "Documents": {"": "RetentionDays", "outgoing/": "SentDocumentDays", "partial/": 1},
    "FailedRecords": {"": "RetentionDays"},
    "StatusEmails": {"": "StatusEmailDays"},
}
# What proves later what was known when; there is nothing about a person in it.
NEVER_EXPIRE = {"Reports"}


def of_type(kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, made) for name, made in RESOURCES.items() if made["Type"] == kind)


@pytest.mark.parametrize(("bucket", "made"), list(of_type("AWS::S3::Bucket")))
def test_what_lies_in_a_bucket_expires_by_its_parameter_and_is_encrypted_and_private(
    bucket: str, made: Mapping[str, Any]
) -> None:
    assert made["Properties"]["BucketEncryption"]
    assert set(made["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    if bucket in NEVER_EXPIRE:
        assert "LifecycleConfiguration" not in made["Properties"]
        return
    rules = [
        rule
        for rule in made["Properties"]["LifecycleConfiguration"]["Rules"]
        if "NoncurrentVersionExpiration" not in rule
    ]
    days = {rule.get("Prefix", ""): rule["ExpirationInDays"] for rule in rules}
    assert {prefix: one["Ref"] if isinstance(one, dict) else one for prefix, one in days.items()} == (
        EXPIRES[bucket]
    )
    assert {rule["Status"] for rule in rules} == {"Enabled"}


def test_a_record_of_a_closed_day_has_versions_and_is_locked_for_as_long_as_somebody_says() -> None:
    unlocked = Template({}).resource("Reports")
    assert unlocked["VersioningConfiguration"] == {"Status": "Enabled"}
    # It can be enabled only for all time, so it is, and then a retention may be set at any time.
    assert unlocked["ObjectLockEnabled"] is True
    assert unlocked["ObjectLockConfiguration"] == "unresolved:AWS::NoValue"
    locked = Template({"LockReportsDays": "3650", "LockReportsMode": "COMPLIANCE"}).resource("Reports")
    assert locked["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": "3650"}},
    }


def test_no_function_may_delete_the_record_of_a_closed_day_or_write_one_but_the_one_that_closes() -> None:
    for name in Template({}).functions():
        for statement in Template({}).statements(name):
            if "Reports" in json.dumps(statement["Resource"]):
                allowed = {"s3:ListBucket", "s3:GetObject"} | (
                    {"s3:PutObject"} if name == "CloseDay" else set()
                )
                assert set(statement["Action"]) <= allowed, name


def test_dead_letters_wait_for_a_person_for_as_long_as_sqs_can_and_are_encrypted() -> None:
    for name, made in of_type("AWS::SQS::Queue"):
        assert made["Properties"]["SqsManagedSseEnabled"] is True, name
        if name.endswith("DeadLetters"):
            assert made["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600, name


def test_what_a_rule_leaves_out_of_an_event_does_not_come_back_by_its_dead_letters() -> None:
    """EventBridge puts there the event as it came, and not what the rule has made of it."""
    for name, made in of_type("AWS::Events::Rule"):
        for target in made["Properties"]["Targets"]:
            assert ("InputTransformer" in target) is ("DeadLetterConfig" not in target), name


def test_the_documents_of_a_dead_order_are_there_when_it_is_put_back() -> None:
    assert (
        raw_template()["Parameters"]["SentDocumentDays"]["MinValue"] * 24 * 3600
        > (RESOURCES["OrderDeadLetters"]["Properties"]["MessageRetentionPeriod"])
    )


# What holds faxes, what opens the door and who did what: none of it can be had again.
KEPT = (
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
)


def test_what_cant_be_had_again_outlives_the_stack_but_not_a_first_deployment_that_fails() -> None:
    for name, made in RESOURCES.items():
        policies = made.get("DeletionPolicy"), made.get("UpdateReplacePolicy")
        is_kept = made["Type"] in KEPT
        assert policies == (("RetainExceptOnCreate", "Retain") if is_kept else (None, None)), name


def test_the_table_can_be_restored_and_is_protected_unless_somebody_says_otherwise() -> None:
    properties = RESOURCES["Table"]["Properties"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"]["SSEEnabled"] is True
    for parameters, is_protected in (({}, True), ({"ProtectTable": "false"}, False)):
        assert Template(parameters).resource("Table")["DeletionProtectionEnabled"] is is_protected


@pytest.mark.parametrize(("days", "status", "kept_for"), [("0", "Suspended", 1), ("30", "Enabled", "30")])
def test_a_document_has_versions_for_as_many_days_as_somebody_says(
    days: str, status: str, kept_for: object
) -> None:
    documents = Template({"DocumentVersionDays": days}).resource("Documents")
    assert documents["VersioningConfiguration"] == {"Status": status}
    versions = {
        rule.get("Prefix", ""): rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in documents["LifecycleConfiguration"]["Rules"]
        if "NoncurrentVersionExpiration" in rule
    }
    # What was read of a feed is written anew every 20 minutes.
    assert versions == {"": kept_for, "feeds/": 1}


def test_every_function_writes_to_the_log_group_whose_retention_is_a_parameter() -> None:
    assert RESOURCES["Logs"]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}
    assert raw_template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}
    for name, made in of_type("AWS::Serverless::Function"):
        assert "LoggingConfig" not in made["Properties"], name


def test_the_access_log_is_kept_as_long_and_is_written_by_no_function() -> None:
    assert RESOURCES["AccessLog"]["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}
    name = Template({}).resource("AccessLog")["LogGroupName"]
    # Under any other prefix a stage is refused once its account has many APIs.
    assert name.startswith("/aws/vendedlogs/faxledger/")
    settings = RESOURCES["Api"]["Properties"]["AccessLogSettings"]
    assert settings["DestinationArn"] == {"Fn::GetAtt": "AccessLog.Arn"}
    for role, made in of_type("AWS::IAM::Role"):
        assert "AccessLog" not in json.dumps(made), role


def test_of_a_run_that_went_well_lambda_writes_no_line() -> None:
    logging = raw_template()["Globals"]["Function"]["LoggingConfig"]
    # A level can be set only for lines in JSON; that of what handlers print stays Powertools' own.
    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
    assert "ApplicationLogLevel" not in logging
