"""Who is told when something is wrong: the alarms, their topic, and what lies in the dead letters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from cli.checkup.examined import Examined
from cli.checkup.findings import Finding, deployed_with, not_here, well, wrong

_DEAD_LETTERS: Final = "DeadLetters"
_PENDING: Final = "PendingConfirmation"
_WAITING: Final = "ApproximateNumberOfMessages"
# SQS tells how old its oldest message is every five minutes, while the queue is in use.
_TOLD_WITHIN: Final = timedelta(minutes=30)
# DescribeAlarms answers so many names at once (CloudWatch's API reference).
_AT_ONCE: Final = 100


def alarms(examined: Examined) -> Iterator[Finding]:
    check = "alarms"
    if examined.is_on_this_machine:
        yield not_here(check, "the bundle on this machine has none")
        return
    # CloudFormation puts the stack's name before an alarm's, and letters of its own behind it.
    called = {place: name for name, place in examined.watching.get("AWS::CloudWatch::Alarm", {}).items()}
    names = sorted(called)
    found = [
        alarm
        for first in range(0, len(names), _AT_ONCE)
        for alarm in examined.aws.ask(
            "cloudwatch",
            "describe_alarms",
            AlarmNames=names[first : first + _AT_ONCE],
            MaxRecords=_AT_ONCE,
        )["MetricAlarms"]
    ]
    if not found:
        yield wrong(check, "there are none: nobody is told when something is wrong", "`faxledger deploy`")
        return
    if silent := [called[one["AlarmName"]] for one in found if not _tells(one)]:
        yield wrong(
            check,
            f"these tell nobody when they ring: {_listed(silent)}",
            "`aws cloudwatch enable-alarm-actions --alarm-names NAME`; `faxledger deploy` gives an alarm its "
            "action again",
        )
    if ringing := [called[one["AlarmName"]] for one in found if one["StateValue"] == "ALARM"]:
        yield wrong(
            check,
            f"ringing: {_listed(ringing)}",
            "docs/operations.md says what each asks of you (The alarms)",
        )
    elif not silent:
        yield well(check, f"{len(found)}, and none of them rings")


def _tells(alarm: Mapping[str, Any]) -> bool:
    return bool(alarm["ActionsEnabled"] and alarm["AlarmActions"])


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def subscriptions(examined: Examined) -> Iterator[Finding]:
    """Whether somebody gets what the alarms say."""
    check = "alarm topic"
    if examined.is_on_this_machine:
        yield not_here(check, "the bundle on this machine has none")
        return
    topic = examined.outputs["Alarms"]
    found = examined.aws.ask("sns", "list_subscriptions_by_topic", TopicArn=topic)["Subscriptions"]
    confirmed = [one for one in found if one["SubscriptionArn"] != _PENDING]
    if confirmed:
        yield well(check, f"tells {len(confirmed)} confirmed subscription{'s' * (len(confirmed) != 1)}")
    elif found:
        yield wrong(
            check,
            "its subscription is not confirmed: nobody is told of an alarm",
            "open the link in the email of AWS Notifications. It is sent again by `aws sns subscribe "
            f"--topic-arn {topic} --protocol email --notification-endpoint ADDRESS`",
        )
    else:
        yield wrong(
            check,
            "it has no subscription: nobody is told of an alarm",
            f"{deployed_with('AlarmEmail=ADDRESS')}; open the link in the email that comes",
        )


def dead_letters(examined: Examined) -> Iterator[Finding]:
    check = "dead letters"
    queues = examined.called("AWS::SQS::Queue")
    found = {
        name.removesuffix(_DEAD_LETTERS).lower(): (url, waiting)
        for name, url in sorted(queues.items())
        if name.endswith(_DEAD_LETTERS) and (waiting := _waiting(examined, url))
    }
    if not found:
        yield well(check, "none")
        return
    oldest = None if examined.is_on_this_machine else _oldest(examined, [url for url, _ in found.values()])
    yield wrong(
        check,
        ", ".join(f"{waiting} of {name}" for name, (_, waiting) in found.items())
        + (f", the oldest {_in_words(oldest)} old" if oldest is not None else ""),
        "docs/operations.md (Messages lie in the dead-letter queue) says how to find out why; then "
        f"{', '.join(f'`faxledger redrive {name}`' for name in found)}. They are lost after 14 days",
    )


def _waiting(examined: Examined, url: str) -> int:
    answer = examined.aws.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=[_WAITING])
    return int(answer["Attributes"][_WAITING])


def _oldest(examined: Examined, urls: Sequence[str]) -> timedelta | None:
    """None where SQS has not said it of late."""
    now = examined.now()
    ages = [
        {
            "Id": f"age{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
                },
                "Period": 300,
                "Stat": "Maximum",
            },
        }
        for number, url in enumerate(urls)
    ]
    answer = examined.aws.ask(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=ages,
        StartTime=now - _TOLD_WITHIN,
        EndTime=now,
    )
    said = [value for result in answer["MetricDataResults"] for value in result["Values"]]
    return timedelta(seconds=max(said)) if said else None


def _in_words(age: timedelta) -> str:
    hours = round(age.total_seconds() / 3600)
    return f"{hours} hours" if hours < 72 else f"{age.days} days"
