"""What an organisation gives of its own: a name for the API, a key, and the boundary of what roles may do."""

import pytest

from tests.support.iam import listed
from tests.support.template import Template, monitoring_template, raw_template

RESOURCES = raw_template()["Resources"]
OUTPUTS = raw_template()["Outputs"]
GIVEN = {"SoftlinxRealm": "Acme", "GreenFaxAccountId": "12345"}
DOMAIN = {
    "CustomDomain": "faxes.clinic.example",
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/6f3c",
}
KEEPS_NOTHING = {"ConsolePage"}
URLS = ("ApiUrl", "SoftlinxCallbackUrl", "GreenFaxNotifyUrl")


@pytest.mark.parametrize("output", URLS)
def test_the_urls_to_register_follow_the_name(output: str) -> None:
    with_a_name = Template(GIVEN | DOMAIN).resolve(OUTPUTS[output]["Value"])
    without = Template(GIVEN).resolve(OUTPUTS[output]["Value"])
    assert with_a_name.startswith("https://faxes.clinic.example")
    assert ".execute-api." in without
    assert with_a_name.partition(".example")[2] == without.partition("amazonaws.com")[2]


@pytest.mark.parametrize("name", ["Domain", "DomainMapping"])
def test_without_a_name_nothing_is_made_for_it(name: str) -> None:
    assert not Template(GIVEN).exists(name)
    assert Template(GIVEN | DOMAIN).exists(name)


def test_every_role_of_the_stack_has_the_boundary_and_sam_makes_none() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    template = Template(GIVEN | {"PermissionsBoundary": boundary})
    roles = [name for name, made in RESOURCES.items() if made["Type"] == "AWS::IAM::Role"]
    assert roles
    for name in roles:
        assert template.resource(name)["PermissionsBoundary"] == boundary, name
    schedules = [
        event["Properties"]
        for function in template.functions()
        for event in template.resource(function).get("Events", {}).values()
        if event["Type"] == "ScheduleV2"
    ]
    assert schedules
    assert {schedule["RoleArn"] for schedule in schedules} == {"unresolved:SchedulesRole.Arn"}


def trusted(role: str) -> tuple[str, object]:
    (statement,) = RESOURCES[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    return statement["Principal"]["Service"], statement.get("Condition")


def test_only_the_account_s_own_schedules_use_their_role_and_only_lambda_the_others() -> None:
    own_account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    for name, made in RESOURCES.items():
        if made["Type"] == "AWS::IAM::Role" and name != "SchedulesRole":
            # Lambda takes no role of another account's, and names no account when it takes on one.
            assert trusted(name) == ("lambda.amazonaws.com", None), name
    assert trusted("SchedulesRole") == ("scheduler.amazonaws.com", own_account)


def test_schedules_may_run_what_has_a_schedule_and_nothing_else() -> None:
    template = Template(GIVEN)
    scheduled = {
        f"unresolved:{function}.Arn"
        for function in template.functions()
        for event in template.resource(function).get("Events", {}).values()
        if event["Type"] == "ScheduleV2"
    }
    (policy,) = template.resource("SchedulesRole")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["lambda:InvokeFunction"]
    assert set(statement["Resource"]) == scheduled


KEY = "arn:aws:kms:eu-central-1:123456789012:key/6f3c9a52"
NO_VALUE = "unresolved:AWS::NoValue"


def keys_of(template: Template, name: str) -> set[str]:
    """By which keys of KMS a resource is encrypted, where it says so."""
    made = template.resource(name)
    encrypted = [
        made.get("SSESpecification", {}).get("KMSMasterKeyId"),
        made.get("KmsKeyId"),
        *(
            rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
            for rule in made.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        ),
    ]
    return {key for key in encrypted if key not in (None, NO_VALUE)}


HOLDING = ("AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")


@pytest.mark.parametrize("name", [name for name, made in RESOURCES.items() if made["Type"] in HOLDING])
def test_what_holds_faxes_secrets_or_logs_lies_under_the_key_that_is_given(name: str) -> None:
    assert keys_of(Template(GIVEN | {"KmsKeyArn": KEY}), name) == {KEY}
    assert keys_of(Template(GIVEN), name) == set()


def test_every_function_may_use_the_key_and_no_other_by_the_services_that_keep_something_under_it() -> None:
    given, none = Template(GIVEN | {"KmsKeyArn": KEY}), Template(GIVEN)
    for function in set(given.functions()) - KEEPS_NOTHING:
        (using,) = (one for one in given.statements(function) if "kms:GenerateDataKey" in one["Action"])
        assert using["Resource"] == KEY, function
        via = listed(using["Condition"]["StringEquals"]["kms:ViaService"])
        assert {service.partition(".")[0] for service in via} <= {"dynamodb", "s3", "secretsmanager"}
        assert "kms:" not in str(none.statements(function)), function


@pytest.mark.parametrize(
    "name", [name for name, made in RESOURCES.items() if made["Type"] == "AWS::S3::Bucket"]
)
def test_every_access_to_a_bucket_is_logged_in_the_bucket_that_is_given(name: str) -> None:
    logging = Template(GIVEN | {"BucketLogs": "clinic-logs"}).resource(name)["LoggingConfiguration"]
    assert logging == {"DestinationBucketName": "clinic-logs", "LogFilePrefix": f"faxledger/{name}/"}
    assert Template(GIVEN).resource(name)["LoggingConfiguration"] == NO_VALUE


def test_what_services_deliver_into_by_themselves_lies_under_a_key_that_they_may_use() -> None:
    """EventBridge, CloudWatch and SES can't use the keys that AWS keeps in KMS for SQS, SNS and S3."""
    for name, made in RESOURCES.items():
        if made["Type"] == "AWS::SQS::Queue":
            assert made["Properties"]["SqsManagedSseEnabled"], name
            assert "KmsMasterKeyId" not in made["Properties"], name
    topic = monitoring_template()["Resources"]["Topic"]["Properties"]
    assert "KmsMasterKeyId" not in topic
    (rule,) = Template(GIVEN).resource("StatusEmails")["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
