"""How `faxledger doctor` says what it has found: in 80 columns, in order, each check by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cli.api import Api, NotAllowed
from cli.checkup.aws import Boto3Calls, NotPermitted
from cli.checkup.examined import Examined
from cli.checkup.findings import Finding, Health, attention, not_here, not_looked, well, wrong
from cli.doctor import exit_status, look, summary_of, text_of

FINDINGS = [
    well("stack", "clinic is UPDATE_COMPLETE"),
    attention("SoftlinxCallbackTokens", "two or more are valid, " * 4, "`faxledger rotate-token` " * 6),
    wrong("dead letters", "12 of mark", "mend what the log says, then `faxledger redrive mark`"),
    not_looked("schedules", "could not be looked at", "docs/policies/examiner.json has it"),
    not_here("alarms", "the bundle on this machine has none"),
]


class NoAws:
    def ask(self, service: str, operation: str, /, **_: object) -> dict[str, object]:
        raise NotPermitted(f"{service}:{operation}")

    def pages(self, service: str, operation: str, /, **_: object) -> Iterator[dict[str, object]]:
        raise NotPermitted(f"{service}:{operation}")


EXAMINED = Examined(
    name="clinic",
    aws=NoAws(),
    api=Api("http://127.0.0.1:3000"),
    http=httpx.Client(),
    now=lambda: datetime(2026, 11, 30, tzinfo=UTC),
    resources={},
)


def test_each_line_begins_with_how_it_stands_and_fits_into_80_columns() -> None:
    text = [line for finding in FINDINGS for line in text_of(finding)]
    lines = "\n".join(text).splitlines()
    assert [line[0] for line in lines if line[0] != " "] == ["✓", "!", "✗", "!", "-"]
    assert [line for line in lines if len(line) > 80] == []
    assert lines[0] == "✓ stack                  clinic is UPDATE_COMPLETE"
    assert sum("→" in line for line in lines) == 3


def test_the_last_line_says_whether_there_is_something_to_do() -> None:
    said = summary_of(FINDINGS)
    assert said.startswith("1 to mend (✗), 1 to look at (!), 1 not looked at (!)")
    assert len(said) <= 80
    assert summary_of([FINDINGS[0], FINDINGS[-1]]) == "All is well."


def test_there_is_no_colour_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in "".join(text_of(FINDINGS[2]))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert next(iter(text_of(FINDINGS[2]))).startswith("\x1b[31m✗\x1b[0m dead letters")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (["well", "not_here"], 0),
        (["well", "attention"], 1),
        (["not_looked", "wrong"], 1),
        (["not_looked"], 2),
    ],
)
def test_the_exit_status_says_whether_there_is_something_to_mend(found: list[str], status: int) -> None:
    assert exit_status([Finding("check", Health(health), "seen") for health in found]) == status


def test_what_one_check_meets_is_its_own_finding_and_the_order_stays() -> None:
    def breaks(_: Examined) -> Iterator[Finding]:
        yield well("first", "seen before it broke")
        raise KeyError("Alarms")

    def forbidden(examined: Examined) -> Iterator[Finding]:
        yield well("never", str(examined.aws.ask("sqs", "GetQueueAttributes")))

    def not_ours(_: Examined) -> list[Finding]:
        raise NotAllowed("Forbidden (403)")

    found = look(EXAMINED, [("a", breaks), ("b", forbidden), ("c", not_ours), ("d", lambda _: [FINDINGS[0]])])
    assert [one.check for one in found] == ["first", "a", "b", "c", "stack"]
    assert [one.health for one in found[1:4]] == [Health.NOT_LOOKED] * 3
    assert "sqs:GetQueueAttributes" in found[2].seen
    assert "execute-api:Invoke" in str(found[3].remedy)


@pytest.mark.parametrize("code", ["AuthorizationError", "AccessDenied", "AccessDeniedException"])
def test_whatever_a_service_calls_a_refusal_the_permission_is_named(code: str) -> None:
    session = boto3.Session(region_name="eu-central-1")
    calls = Boto3Calls(session)
    with Stubber(calls._client("sns")) as sns:
        sns.add_client_error("list_subscriptions_by_topic", code, "arn:aws:sns:secret")
        with pytest.raises(NotPermitted, match="lacks the permission sns:ListSubscriptionsByTopic"):
            calls.ask("sns", "list_subscriptions_by_topic", TopicArn="arn:aws:sns:eu-central-1:1:a")
        sns.add_client_error("list_topics", code)
        with pytest.raises(NotPermitted, match="sns:ListTopics"):
            list(calls.pages("sns", "list_topics"))
        sns.add_client_error("list_topics", "Throttling")
        with pytest.raises(ClientError, match="Throttling"):
            calls.ask("sns", "list_topics")
