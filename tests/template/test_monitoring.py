"""monitoring.yaml watches every function and every queue, and only what is really counted."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from faxledger.domain.deliveries import Channel
from faxledger.domain.fax import Provider, Source
from faxledger.domain.report import Duty
from tests.support.metrics import counted
from tests.support.template import ROOT, monitoring_template, raw_template

MONITORING: Mapping[str, Any] = monitoring_template()
ALARMS = {
    name: resource["Properties"]
    for name, resource in MONITORING["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
PASSED: Mapping[str, Any] = raw_template()["Resources"]["Monitoring"]["Properties"]["Parameters"]
FAXLEDGER = {"Ref": "Namespace"}
# By `origin`, as the ways in name themselves; a test of each holds that they do.
ORIGINS = {
    "softlinx-callback",
    "softlinx-poll",
    "softlinx-poll-outbound",
    "softlinx-poll-inbound",
    "greenfax-notify",
    "greenfax-email",
    "greenfax-feed",
    "greenfax-feed-outbound",
    "greenfax-feed-inbound",
}
LABELS: Mapping[str, Collection[str]] = {
    "provider": set(Provider),
    "source": set(Source),
    "origin": ORIGINS,
    "channel": set(Channel),
    "reason": {"token", "address", "size", "form", "field"},
    "duty": {*Duty, "announce", "deliver"},
}


def watched() -> Iterator[tuple[str, Any, str, dict[str, Any]]]:
    """Alarm, namespace, name and dimensions of every metric that an alarm looks at."""
    for alarm, properties in ALARMS.items():
        parts = [
            part["MetricStat"]["Metric"] for part in properties.get("Metrics", []) if "MetricStat" in part
        ]
        for metric in parts or [properties]:
            dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
            yield alarm, metric["Namespace"], metric["MetricName"], dimensions


@pytest.mark.parametrize(
    ("alarm", "name", "dimensions"),
    [(alarm, name, dimensions) for alarm, space, name, dimensions in watched() if space == FAXLEDGER],
)
def test_an_alarm_is_on_something_that_is_counted(
    alarm: str, name: str, dimensions: Mapping[str, str]
) -> None:
    assert (name, frozenset(dimensions)) in counted(), alarm
    for label, value in dimensions.items():
        assert value in LABELS[label], alarm


def value_of(alarm: str, counts: Mapping[str, int]) -> int | None:
    """What an alarm compares with its threshold; a metric that is not in the counts has no data."""
    queries = {query["Id"]: query for query in ALARMS[alarm]["Metrics"]}

    def valued(name: str) -> int | None:
        if "MetricStat" in queries[name]:
            metric = queries[name]["MetricStat"]["Metric"]
            return counts.get(
                "-".join([metric["MetricName"], *(one["Value"] for one in metric["Dimensions"])])
            )
        expression = queries[name]["Expression"]
        if added := re.fullmatch(r"SUM\(\[([\w, ]+)\]\)", expression):
            values = [value for part in added[1].split(", ") if (value := valued(part)) is not None]
            return sum(values) if values else None
        # A sign stands in front, as in the example that CloudWatch's user guide gives of one: -5*m1.
        times, of = expression.split(" * ")
        value = valued(of)
        return None if value is None else value * int(times)

    return valued("whole")


REFUSED = {
    "SoftlinxCallbacksAreRefused": ("CallbackRefused-softlinx-callback-token", "softlinx-callback"),
    "GreenFaxCallbacksAreRefused": ("CallbackRefused-greenfax-notify-token", "greenfax-notify"),
    "SoftlinxCallsNoMore": ("Settled-softlinx-poll", "softlinx-callback"),
    "GreenFaxCallsNoMore": ("Settled-greenfax-feed", "greenfax-notify"),
}


@pytest.mark.parametrize("alarm", REFUSED)
def test_callbacks_that_stop_are_an_alarm_and_those_beside_real_ones_are_none(alarm: str) -> None:
    instead, push = REFUSED[alarm]
    assert ALARMS[alarm]["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    threshold = ALARMS[alarm]["Threshold"]
    assert value_of(alarm, {instead: threshold}) == threshold
    assert value_of(alarm, {}) is None
    for heard in ("Settled", "Known", "Repeated", "Conflict", "Hint"):
        value = value_of(alarm, {instead: 100_000, f"{heard}-{push}": 1})
        assert value is not None
        assert value < threshold


def test_an_address_that_is_not_allowed_counts_as_a_wrong_token_does() -> None:
    counts = {"CallbackRefused-softlinx-callback-token": 2, "CallbackRefused-softlinx-callback-address": 3}
    assert value_of("SoftlinxCallbacksAreRefused", counts) == 5


def of_type(kind: str) -> set[str]:
    return {name for name, resource in raw_template()["Resources"].items() if resource["Type"] == kind}


def on(metric: str) -> set[str]:
    """The functions or queues whose metric of AWS's own some alarm is on."""
    found = (dimensions for _, space, name, dimensions in watched() if space != FAXLEDGER and name == metric)
    return {value["Ref"] for dimensions in found for value in dimensions.values()}


def test_every_function_has_an_alarm_on_errors_and_on_being_throttled() -> None:
    assert on("Errors") == on("Throttles") == of_type("AWS::Serverless::Function")


def test_every_dead_letter_queue_has_an_alarm_and_so_has_every_queue_s_age() -> None:
    queues = of_type("AWS::SQS::Queue")
    dead = {name for name in queues if name.endswith("DeadLetters")}
    assert on("ApproximateNumberOfMessagesVisible") == dead
    assert on("ApproximateAgeOfOldestMessage") == queues - dead
    for name, properties in ALARMS.items():
        if properties.get("MetricName") == "ApproximateNumberOfMessagesVisible":
            assert (properties["Threshold"], properties["ComparisonOperator"]) == (
                0,
                "GreaterThanThreshold",
            ), name


def test_a_queue_s_age_is_watched_above_what_all_its_tries_take() -> None:
    resources = raw_template()["Resources"]
    for name, properties in ALARMS.items():
        if properties.get("MetricName") == "ApproximateAgeOfOldestMessage":
            queue = resources[properties["Dimensions"][0]["Value"]["Ref"]]["Properties"]
            tries = queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"]
            assert properties["Threshold"] >= tries, name


def test_every_reader_of_the_stream_has_an_alarm_on_its_age() -> None:
    functions = of_type("AWS::Serverless::Function")
    readers = {
        name
        for name in functions
        for event in raw_template()["Resources"][name]["Properties"].get("Events", {}).values()
        if event["Type"] == "DynamoDB"
    }
    assert on("IteratorAge") == readers


# What only one of the providers has, and why.
OF_ONE_PROVIDER = {
    "MarkGivenUp": "GreenFax keeps no marks",
    "AddressRefused": "Softlinx hands its documents out itself",
    "LoginRefused": "GreenFax refuses a feed, which is FeedFailed",
    "PollFailed": "GreenFax is read by its feed",
    "FeedFailed": "Softlinx has no feed",
    "FeedTooSoon": "Softlinx has no feed",
    "FailureDenied": "Softlinx names a fax when it takes it, so a failure is its own word",
}


def test_what_may_go_wrong_at_either_provider_is_watched_at_both() -> None:
    seen: dict[tuple[str, str], set[str]] = {}
    for alarm, _, name, dimensions in watched():
        if "provider" in dimensions and name not in OF_ONE_PROVIDER:
            # Where the two can't be added up, each has an alarm that bears its name.
            of_both = re.sub("^(Softlinx|GreenFax)", "", alarm)
            seen.setdefault((of_both, name), set()).add(dimensions["provider"])
    assert {key: providers for key, providers in seen.items() if providers != set(Provider)} == {}


def test_every_function_and_every_queue_stands_on_the_dashboard() -> None:
    body, _ = MONITORING["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    wanted = of_type("AWS::Serverless::Function") | of_type("AWS::SQS::Queue")
    assert {name for name in wanted if f"${{{name}}}" not in body} == set()


def test_the_page_of_costs_says_how_many_alarms_there_are_and_on_how_many_metrics() -> None:
    metrics = list(watched())
    said = re.search(
        r"(\d+) alarms on (\d+) metrics, (\d+) USD", (ROOT / "docs" / "cost.md").read_text("utf-8")
    )
    assert said is not None
    # 0.10 USD a month for each metric that an alarm looks at.
    assert [int(number) for number in said.groups()] == [len(ALARMS), len(metrics), round(len(metrics) / 10)]


def test_silence_is_an_alarm_only_where_it_is_the_trouble() -> None:
    treated = {name: properties["TreatMissingData"] for name, properties in ALARMS.items()}
    assert {name: how for name, how in treated.items() if how != "notBreaching"} == {
        "NothingIsSettled": "breaching",
        # One that has been without data since it was made tells nobody; one that has lost it does.
        "DebtRemains": "missing",
    }
    says = {name for name, properties in ALARMS.items() if "InsufficientDataActions" in properties}
    assert says == {"DebtRemains"}
    assert ALARMS["DebtRemains"]["InsufficientDataActions"] == [{"Ref": "Topic"}]


def test_every_alarm_tells_the_topic_and_stands_on_the_dashboard() -> None:
    body, places = MONITORING["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = set(re.findall(r"\$\{(\w+)\.Arn\}", json.dumps(places)))
    assert shown == set(ALARMS)
    for name, properties in ALARMS.items():
        assert properties["AlarmActions"] == [{"Ref": "Topic"}], name
        condition = MONITORING["Resources"][name].get("Condition")
        shown_if = [one["Fn::If"][0] for one in places["EveryAlarm"]["Fn::Join"][1] if _is_of(name, one)]
        assert shown_if == ([condition] if condition else []), name
    filled = re.sub(r"\$\{EveryAlarm\}", '"x"', body)
    assert len(json.loads(re.sub(r"\$\{[\w:]+\}", "x", filled))["widgets"]) == 8


def _is_of(alarm: str, place: Mapping[str, Any]) -> bool:
    return "Fn::If" in place and place["Fn::If"][1] == {"Fn::Sub": f'"${{{alarm}.Arn}}"'}


def test_the_dashboard_looks_at_what_is_counted() -> None:
    body, _ = MONITORING["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    searches = re.findall(r'{\\"\$\{Namespace\}\\",([\w,]+)\} MetricName=\\"(\w+)', body)
    assert searches
    for labels, name in searches:
        assert (name, frozenset(labels.split(","))) in counted()


def test_the_bundle_passes_every_name_that_is_watched_under_its_own_name() -> None:
    assert set(PASSED) == set(MONITORING["Parameters"])
    for name, value in PASSED.items():
        if name not in {"Email", "DashboardName", "Namespace", "NoFinalHours"}:
            resource = raw_template()["Resources"][name]
            assert value == _passed(name, resource), name


def test_stacks_of_one_name_in_two_regions_have_two_dashboards() -> None:
    """CloudWatch's dashboards are an account's, not a region's: the second would overwrite the first."""
    assert PASSED["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def _passed(name: str, resource: Mapping[str, Any]) -> Any:
    is_queue = resource["Type"] == "AWS::SQS::Queue"
    reference = {"Fn::GetAtt": f"{name}.QueueName"} if is_queue else {"Ref": name}
    if "Condition" not in resource:
        return reference
    return {"Fn::If": [resource["Condition"], reference, "none"]}


def test_the_operations_manual_says_of_each_alarm_what_it_means_and_what_to_do() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text("utf-8")
    section = manual.partition("\n## The alarms, and what each asks of you\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [row for row in rows if len(row) != 3 or not all(row)] == []
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row[0])) == sorted(ALARMS)


def test_a_fax_that_the_table_takes_nothing_of_is_an_alarm_at_either_provider() -> None:
    of_provider = {dimensions["provider"] for _, _, name, dimensions in watched() if name == "NotRecorded"}
    assert of_provider == set(Provider)
