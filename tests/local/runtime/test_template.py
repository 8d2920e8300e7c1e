"""Reading the template: what it says is done, and what the runner does not know is an error that names it."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from local.runtime.bundle import TEMPLATE, Bundle
from local.runtime.clock import VirtualClock
from local.runtime.errors import CannotRun, UnknownConstruct
from local.runtime.function_plans import Daily, Every, read_plan
from local.runtime.intrinsics import Resolver
from local.runtime.parameters import values_of
from local.runtime.template import read_template
from tests.e2e.conftest import START

GIVEN = {"SoftlinxRealm": "Acme", "GreenFaxAccountId": "12345"}


def resolver_for(tmp_path: Path, text: str, parameters: dict[str, Any] | None = None) -> Resolver:
    path = tmp_path / "template.yaml"
    path.write_text(text + "\nResources: {}\n")
    template = read_template(path)
    resolver = Resolver(template, parameters or {}, {"AWS::Region": "us-east-1"})
    resolver.reference = lambda name: f"ref-{name}"
    resolver.attribute = lambda name, attribute: f"{name}/{attribute}"
    return resolver


def resolved(resolver: Resolver, text: str, tmp_path: Path) -> Any:
    path = tmp_path / "value.yaml"
    path.write_text(f"Resources: {{One: {{Type: T, Properties: {{Value: {text}}}}}}}")
    return resolver.resolve("One", read_template(path).resources["One"].properties)["Value"]


CONDITIONS = """
Conditions:
  Holds: !Equals [!Ref Name, faxledger]
  Fails: !Not [!Condition Holds]
  Both: !And [!Condition Holds, !Condition Fails]
  Either: !Or [!Condition Holds, !Condition Fails]
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Name", "faxledger"),
        ("!Ref Table", "ref-Table"),
        ("!GetAtt Table.Arn", "Table/Arn"),
        ("{Fn::GetAtt: [Table, Arn]}", "Table/Arn"),
        ('!Sub "${Name}-${Table.Arn}-${AWS::Region}-${!kept}"', "faxledger-Table/Arn-us-east-1-${kept}"),
        ('!Sub ["${Other}", {Other: !Ref Name}]', "faxledger"),
        ('!Join ["/", [a, !Ref Name]]', "a/faxledger"),
        ('!Join [",", !Ref List]', "a,b"),
        ('!Split ["l", !Ref Name]', ["fax", "edger"]),
        ('!Select [1, !Split ["l", !Ref Name]]', "edger"),
        ("!If [Either, 1, 2]", 1),
        ("!If [Both, 1, 2]", 2),
        ("[1, !If [Fails, 2, !Ref AWS::NoValue]]", [1]),
        ("{a: !Ref AWS::NoValue, b: !Ref Name}", {"b": "faxledger"}),
    ],
)
def test_intrinsic_functions(tmp_path: Path, text: str, value: Any) -> None:
    resolver = resolver_for(tmp_path, CONDITIONS, {"Name": "faxledger", "List": ["a", "b"]})
    assert resolved(resolver, text, tmp_path) == value


@pytest.mark.parametrize("text", ["!FindInMap [a, b, c]", "!ImportValue x", "!Ref AWS::NotificationARNs"])
def test_an_unknown_function_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnknownConstruct, match=r"FindInMap|ImportValue|AWS::NotificationARNs"):
        resolved(resolver_for(tmp_path, CONDITIONS, {"Name": ""}), text, tmp_path)


@pytest.mark.parametrize(
    ("definition", "given", "value"),
    [
        ("{Type: String, Default: a}", None, "a"),
        ("{Type: String, Default: a}", "", ""),
        ("{Type: Number, Default: 3, MinValue: 2, MaxValue: 9}", "9", 9),
        ('{Type: CommaDelimitedList, Default: "a, b"}', None, ["a", "b"]),
        ('{Type: String, AllowedPattern: "|[a-z]+"}', "abc", "abc"),
        ('{Type: String, AllowedValues: ["true", "false"]}', "true", "true"),
    ],
)
def test_parameters_are_given_or_have_their_default(
    tmp_path: Path, definition: str, given: str | None, value: Any
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(f"Parameters: {{One: {definition}}}\nResources: {{}}")
    assert values_of(read_template(path), {} if given is None else {"One": given}) == {"One": value}


@pytest.mark.parametrize(
    ("definition", "given", "problem"),
    [
        ("{Type: String}", None, "One has no default"),
        ("{Type: Number, Default: 3, MinValue: 2}", "1", "breaks MinValue 2"),
        ("{Type: Number, Default: 3, MaxValue: 9}", "10", "breaks MaxValue 9"),
        ("{Type: Number, Default: 3}", "x", "is not a whole number"),
        ("{Type: String, MinLength: 2}", "a", "breaks MinLength 2"),
        ('{Type: String, AllowedPattern: "|[a-z]+"}', "ab1", r"does not have the form \|\[a-z\]\+"),
        ("{Type: Number, AllowedValues: [1, 3]}", "2", "is none of 1, 3"),
        ("{Type: AWS::SSM::Parameter::Value<String>, Default: a}", None, "AWS::SSM::Parameter"),
        ("{Type: String, Default: a, Surprise: 1}", None, "does not know Surprise"),
    ],
)
def test_parameters_that_are_not_allowed_are_refused(
    tmp_path: Path, definition: str, given: str | None, problem: str
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(f"Parameters: {{One: {definition}}}\nResources: {{}}")
    with pytest.raises(CannotRun, match=problem):
        values_of(read_template(path), {} if given is None else {"One": given})


def altered(tmp_path: Path, old: str, new: str) -> Path:
    """The project's own template with one change, beside links to its code."""
    text = TEMPLATE.read_text("utf-8")
    assert old in text
    (tmp_path / "functions").symlink_to(TEMPLATE.parent / "functions")
    path = tmp_path / "template.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def open_bundle(tmp_path: Path, template: Path) -> Bundle:
    clock = VirtualClock(START)
    return Bundle(clock, parameters=GIVEN, secrets={}, log=tmp_path / "log", template=template)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("Type: AWS::SQS::Queue\n", "Type: AWS::SNS::Topic\n", "AWS::SNS::Topic"),
        ("VisibilityTimeout: 720", "DelaySeconds: 5", "MarkQueue: .*DelaySeconds"),
        ("rate(1 hour)]", '"cron(0 * * * ? *)"]', "SoftlinxPoll.*cron"),
        ("Type: ScheduleV2", "Type: Schedule", "the event type Schedule"),
        (
            "BatchSize: 100\n",
            "BatchSize: 100\n            TumblingWindowInSeconds: 9\n",
            "TumblingWindowInSeconds",
        ),
        ("Method: GET\n", "Method: GET\n            TimeoutInMillis: 9\n", "TimeoutInMillis"),
        ("MemorySize: 1024", "EphemeralStorage: {Size: 1024}", "EphemeralStorage"),
        ("Auth: {Authorizer: AWS_IAM}", "Auth: {Authorizer: Mine}", "the authorizer Mine"),
        ("Arn: !GetAtt MarkQueue.Arn\n", "Arn: arn:aws:lambda:x\n", "the target arn:aws:lambda"),
    ],
)
def test_what_the_runner_does_not_know_is_an_error_that_names_it(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    with pytest.raises(UnknownConstruct, match=named):
        open_bundle(tmp_path, altered(tmp_path, old, new))


def test_what_is_not_in_the_template_does_not_run(tmp_path: Path) -> None:
    template = altered(tmp_path, "Path: /faxes/{id}\n", "Path: /somewhere/{id}\n")
    bundle = open_bundle(tmp_path, template)
    try:
        assert {route.path for route, _ in bundle.routes} >= {"/faxes", "/somewhere/{id}"}
        assert "/faxes/{id}" not in {route.path for route, _ in bundle.routes}
    finally:
        bundle.close()


def test_a_file_that_is_no_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="can't be read"):
        read_template(tmp_path / "template.yaml")
    (tmp_path / "template.yaml").write_text("a: [")
    with pytest.raises(CannotRun, match="is not YAML"):
        read_template(tmp_path / "template.yaml")
    (tmp_path / "template.yaml").write_text("Resources: {}\nMappings: {}")
    with pytest.raises(UnknownConstruct, match="Mappings"):
        read_template(tmp_path / "template.yaml")


@pytest.mark.parametrize(
    ("given", "minutes", "listens"),
    [
        ({}, 60, True),
        ({"SoftlinxMode": "poll-only"}, 15, False),
        ({"SoftlinxMode": "poll-only", "SoftlinxPollMinutes": "10"}, 10, False),
        ({"SoftlinxPollMinutes": "10"}, 60, True),
    ],
)
def test_without_a_listener_softlinx_is_polled_more_often(
    tmp_path: Path, given: dict[str, str], minutes: int, *, listens: bool
) -> None:
    template = read_template(TEMPLATE)
    pseudo = {"AWS::Region": "us-east-1", "AWS::StackName": "mine"}
    resolver = Resolver(template, values_of(template, GIVEN | given), pseudo)
    resolver.reference = lambda name: name
    resolver.attribute = lambda name, attribute: f"{name}.{attribute}"
    plan = read_plan(template, template.resources["SoftlinxPoll"], resolver)

    # One of its own beside one of all functions, as SAM adds them up.
    assert plan.environment["TABLE"] == "Table"
    assert plan.environment["POWERTOOLS_METRICS_NAMESPACE"] == "Faxledger/mine"
    assert plan.triggers == [Every(timedelta(minutes=minutes))]
    bundle = Bundle(
        VirtualClock(START), parameters=GIVEN | given, secrets={}, log=tmp_path / "log", template=TEMPLATE
    )
    try:
        paths = {route.path for route, _ in bundle.routes}
    finally:
        bundle.close()
    assert ("/callbacks/softlinx/{token}" in paths) is listens


def schedule_of(tmp_path: Path, lines: str) -> Any:
    path = tmp_path / "template.yaml"
    event = f"{{Type: ScheduleV2, Properties: {{{lines}}}}}"
    properties = f"{{CodeUri: f, Handler: app.handler, Events: {{Run: {event}}}}}"
    path.write_text(f"Resources:\n  One: {{Type: AWS::Serverless::Function, Properties: {properties}}}\n")
    template = read_template(path)
    (schedule,) = read_plan(template, template.resources["One"], Resolver(template, {}, {})).triggers
    return schedule


def test_a_schedule_may_go_by_the_clocks_of_a_time_zone(tmp_path: Path) -> None:
    zone = "ScheduleExpressionTimezone: America/New_York"
    schedule = schedule_of(tmp_path, f'ScheduleExpression: "cron(30 6 * * ? *)", {zone}')
    assert schedule == Daily((time(6, 30),), ZoneInfo("America/New_York"))
    often = schedule_of(tmp_path, 'ScheduleExpression: "cron(10/25 6 * * ? *)"')
    assert often == Daily((time(6, 10), time(6, 35)), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 6 * * MON *)",
        "cron(0/0 6 * * ? *)",
        "cron(0 6/5 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(60 6 * * ? *)",
        "cron(0 6 1 * ? *)",
        "at(2026-11-26T06:00:00)",
        "rate(1 week)",
    ],
)
def test_a_schedule_that_the_runner_does_not_know_is_an_error(tmp_path: Path, expression: str) -> None:
    with pytest.raises(UnknownConstruct, match="the schedule"):
        schedule_of(tmp_path, f'ScheduleExpression: "{expression}"')


def test_a_schedule_in_a_place_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownConstruct, match="the time zone"):
        schedule_of(tmp_path, 'ScheduleExpression: "cron(0 6 * * ? *)", ScheduleExpressionTimezone: Atlantis')


def test_a_daily_run_comes_once_a_day_also_where_clocks_are_set() -> None:
    daily = Daily((time(6),), ZoneInfo("America/New_York"))
    # The clocks are set back in the night before the second of these.
    moments = [daily.first(datetime(2026, 10, 31, 9, 59, tzinfo=UTC))]
    moments += [daily.after(moments[0])]
    assert moments == [datetime(2026, 10, 31, 10, tzinfo=UTC), datetime(2026, 11, 1, 11, tzinfo=UTC)]
    assert daily.first(moments[0]) == moments[1]


def test_a_run_at_several_times_of_a_day_comes_at_each() -> None:
    daily = Daily((time(6), time(6, 15)), ZoneInfo("UTC"))
    moments = [daily.first(datetime(2026, 10, 31, 6, 1, tzinfo=UTC))]
    moments += [daily.after(moments[0])]
    assert moments == [datetime(2026, 10, 31, 6, 15, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)]
