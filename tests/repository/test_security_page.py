"""docs/security.md: the tests it names are there, and its tables say what the templates have."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.template import ROOT, monitoring_template, raw_template

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
TEMPLATE = raw_template()
RESOURCES: Mapping[str, Mapping[str, Any]] = {
    **TEMPLATE["Resources"],
    **monitoring_template()["Resources"],
}
PARAMETERS: Mapping[str, Mapping[str, Any]] = TEMPLATE["Parameters"]
# Whatever keeps something, or hands it on.
HOLDING = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::Events::Archive",
        "AWS::Events::EventBus",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
    }
)
DAY = 24 * 3600
DEFAULT = re.compile(r"`([A-Z]\w+)` \((\d+)\b")
# What of CloudFormation's names of services the table calls by another one.
CALLED = {
    "ApiGatewayV2": "API Gateway",
    "Events": "EventBridge",
    "Logs": "CloudWatch Logs",
    "SecretsManager": "Secrets Manager",
    # SAM's functions, API and schedules.
    "Serverless": "Lambda",
}


def table_under(heading: str) -> list[list[str]]:
    """The rows of the first table of a section, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip() for line in section.splitlines() if line.lstrip().startswith("|")]
    assert len(rows) > 2, heading
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


PLACES = table_under("Where which data lies")


def rows_of(name: str) -> list[list[str]]:
    return [row for row in PLACES if f"`{name}`" in row[0]]


def names(kind: str) -> list[str]:
    return [name for name, made in RESOURCES.items() if made["Type"] == kind]


def parameters_in(cell: str) -> set[str]:
    return set(re.findall(r"`([A-Z]\w+)`", cell))


TESTS = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/.]+)\)", PAGE)


def test_threats_are_answered_by_tests() -> None:
    threats = PAGE.partition("\n## Threats")[2].partition("\n## ")[0]
    rows = [line for line in threats.splitlines() if line.startswith("| ")]
    without = [
        row for row in rows if "](../tests/" not in row and not row.startswith(("| threat |", "| ---"))
    ]
    assert len(TESTS) > 30
    assert without == []


@pytest.mark.parametrize(("test", "file"), TESTS)
def test_each_test_that_is_named_is_there(test: str, file: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize("name", [name for name, made in RESOURCES.items() if made["Type"] in HOLDING])
def test_everything_that_holds_something_stands_in_the_table(name: str) -> None:
    assert rows_of(name)


def test_nothing_stands_in_the_table_that_is_not_there() -> None:
    named = {name for row in PLACES for name in re.findall(r"`([A-Z]\w+)`", row[0])}
    assert named == {name for name, made in RESOURCES.items() if made["Type"] in HOLDING}


def leading_keys(value: Any) -> Iterator[str]:
    """The kinds of items that roles name; the keys of indexes are written small, or are hashes."""
    if isinstance(value, dict):
        for inner in value.get("dynamodb:LeadingKeys", ()):
            if kind := re.match(r"([A-Z]+)#", inner):
                yield kind[1]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from leading_keys(inner)


def test_every_kind_of_item_stands_in_the_table() -> None:
    named = {kind for row in rows_of("Table") for kind in re.findall(r"`([A-Z]+)#…`", row[0])}
    assert named == set(leading_keys(TEMPLATE["Resources"]))


def test_every_prefix_of_the_documents_stands_in_the_table() -> None:
    there = set(re.findall(r"\$\{Documents\.Arn\}/(\w+/)", str(TEMPLATE["Resources"])))
    named = {prefix for row in rows_of("Documents") for prefix in re.findall(r"`(\w+/)`", row[0])}
    assert named == there


@pytest.mark.parametrize("bucket", names("AWS::S3::Bucket"))
def test_what_lies_in_a_bucket_is_kept_as_long_as_the_table_says(bucket: str) -> None:
    if bucket == "Reports":
        # Nothing expires there: a lock says for how long nothing may be deleted.
        assert [parameters_in(how_long) for *_, how_long, _ in rows_of(bucket)] == [{"LockReportsDays"}]
        return
    rules = RESOURCES[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = [rule for rule in rules if "ExpirationInDays" in rule]
    # What is gone after a fixed number of days is so by no parameter.
    days = {rule.get("Prefix", ""): set(parameters_of(rule["ExpirationInDays"])) for rule in expiring}
    for where, *_, how_long, _who in rows_of(bucket):
        for prefix in re.findall(r"`(\w+/)`", where) or [""]:
            assert parameters_in(how_long) == days.get(prefix, days[""]), where


def parameters_of(days: Any) -> list[str]:
    return [days["Ref"]] if isinstance(days, dict) else []


def test_what_lies_on_queues_in_the_archive_and_in_logs_is_kept_as_long_as_the_table_says() -> None:
    for queue in names("AWS::SQS::Queue"):
        kept = RESOURCES[queue]["Properties"]["MessageRetentionPeriod"] / DAY
        assert [row[4].startswith(f"{kept:.0f} days") for row in rows_of(queue)] == [True], queue
    retention = {"AWS::Logs::LogGroup": "RetentionInDays", "AWS::Events::Archive": "RetentionDays"}
    for name, parameter in ((name, one) for kind, one in retention.items() for name in names(kind)):
        kept_by = RESOURCES[name]["Properties"][parameter]["Ref"]
        assert [parameters_in(row[4]) for row in rows_of(name)] == [{kept_by}], name


@pytest.mark.parametrize("name", [name for name, made in RESOURCES.items() if made["Type"] in HOLDING])
def test_each_thing_lies_under_the_key_that_the_table_says(name: str) -> None:
    is_under_it = "KmsKeyArn" in str(RESOURCES[name]["Properties"])
    assert {row[3] for row in rows_of(name)} == {"`KmsKeyArn`" if is_under_it else "AWS"}


def test_each_figure_beside_a_parameter_is_its_default() -> None:
    told = DEFAULT.findall(PAGE)
    assert {"RetentionDays", "LogDays", "ArchiveDays", "StatusEmailDays"} <= {name for name, _ in told}
    assert [(name, int(days)) for name, days in told if PARAMETERS[name]["Default"] != int(days)] == []


def test_six_years_can_be_set_where_they_are_recommended() -> None:
    rows = table_under("Retention, and the six years")
    assert {row[0].split("`")[1] for row in rows if "**2192**" in row[2]} == {"LogDays", "RetentionDays"}
    assert 2192 >= 6 * 365 + 2
    assert 2192 in PARAMETERS["LogDays"]["AllowedValues"]
    assert PARAMETERS["RetentionDays"]["MaxValue"] >= 2192


def test_every_service_that_the_templates_use_stands_among_those_of_the_agreement() -> None:
    listed = {name for row in table_under("Business associates") for name in row[0].split(", ")}
    used = {made["Type"].split("::")[1] for made in RESOURCES.values()}
    assert {CALLED.get(service, service) for service in used} - listed == set()


def test_the_two_pages_about_security_name_each_other() -> None:
    assert "](../SECURITY.md)" in PAGE
    assert "](docs/security.md)" in (ROOT / "SECURITY.md").read_text("utf-8")
    assert "](docs/security.md)" in (ROOT / "README.md").read_text("utf-8")
