"""What was deployed: its version and state, its schedules, how much it may run at once, how long it keeps."""

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from typing import Final

from cli.checkup.examined import MOST_OFF, Examined, ahead_of_aws
from cli.checkup.findings import Finding, attention, deployed_with, not_here, well, wrong

# Softlinx has one administrative user, whatever the parameter says (template.yaml).
_ALWAYS_TWO: Final = frozenset({"MarkQueue", "RetrieveQueue", "OrderQueue"})
_DEFAULT_QUEUE_CONCURRENCY: Final = 2
# Callbacks, polls, feeds and the API beside full queues.
_LEFT_FOR_THE_REST: Final = 10
_NOT_ON_THIS_MACHINE: Final = "a bundle on this machine has none"


def stack_state(examined: Examined) -> Iterator[Finding]:
    check = "stack"
    status = examined.status
    if examined.is_on_this_machine:
        yield not_here(check, "none: this is the bundle on this machine")
    elif status.endswith("_IN_PROGRESS"):
        yield attention(check, f"{examined.name} is being changed ({status})", "look again when that is over")
    elif status.endswith("_COMPLETE") and "ROLLBACK" not in status:
        yield well(check, f"{examined.name} is {status}")
    else:
        yield wrong(
            check,
            f"{examined.name} is {status}: the last deployment did not go through",
            f"`aws cloudformation describe-stack-events --stack-name {examined.name}` says why",
        )


def versions(examined: Examined) -> Iterator[Finding]:
    check = "version"
    ours = version("faxledger")
    theirs = examined.outputs.get("Version")
    stack = "the bundle" if examined.is_on_this_machine else "the stack"
    if theirs == ours:
        yield well(check, f"{stack} and this command are {ours}")
    else:
        yield attention(
            check,
            f"this command is {ours}, {stack} {theirs or 'of a time before it said its version'}",
            "start it again"
            if examined.is_on_this_machine
            else "install the command of the stack's version, or `faxledger deploy` this one",
        )


def clock(examined: Examined) -> Iterator[Finding]:
    check = "clock"
    if examined.is_on_this_machine:
        yield not_here(check, "the bundle on this machine goes by a clock of its own")
        return
    answer = examined.aws.ask("cloudformation", "describe_stacks", StackName=examined.name)
    ahead = ahead_of_aws(answer, examined.now())
    seconds = round(abs(ahead).total_seconds())
    if abs(ahead) <= MOST_OFF:
        yield well(check, f"this machine's is within {max(seconds, 1)} s of AWS's")
    else:
        yield wrong(
            check,
            f"this machine's is {seconds} s {'ahead of' if ahead > timedelta() else 'behind'} AWS's",
            "set it by NTP: AWS refuses whatever is signed five minutes off",
        )


def schedules(examined: Examined) -> Iterator[Finding]:
    check = "schedules"
    names = examined.called("AWS::Scheduler::Schedule")
    if examined.is_on_this_machine:
        yield not_here(check, "the bundle on this machine keeps its schedules itself")
        return
    off = {
        logical: name
        for logical, name in sorted(names.items())
        if examined.aws.ask("scheduler", "get_schedule", Name=name)["State"] != "ENABLED"
    }
    if not names:
        yield wrong(check, "the stack has none: nothing polls", "`faxledger deploy` makes them")
    elif off:
        yield wrong(
            check,
            f"switched off: {', '.join(logical.removesuffix('Scheduled') for logical in off)}",
            f"in AWS's console, under EventBridge, Schedules, enable {', '.join(off.values())}",
        )
    else:
        yield well(check, f"all {len(names)} are on")


def concurrency(examined: Examined) -> Iterator[Finding]:
    """Whether Lambda runs as much at once as full queues need, with something left for the callbacks."""
    check = "concurrency"
    if examined.is_on_this_machine:
        yield not_here(check, _NOT_ON_THIS_MACHINE)
        return
    limits = examined.aws.ask("lambda", "get_account_settings")["AccountLimit"]
    most, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    needed = needed_by_queues(examined)
    seen = f"{most} executions at once, {free} of them for whatever comes; full queues need {needed}"
    remedy = (
        "ask for 1000: `aws service-quotas request-service-quota-increase --service-code lambda "
        "--quota-code L-B99A9384 --desired-value 1000`"
    )
    if free < needed:
        yield wrong(check, seen, f"{remedy}; until then {deployed_with('QueueConcurrency=2')}")
    elif free < needed + _LEFT_FOR_THE_REST:
        yield attention(check, f"{seen}, callbacks and polls some more", remedy)
    else:
        yield well(check, seen)


def needed_by_queues(examined: Examined) -> int:
    each = int(examined.parameters.get("QueueConcurrency", _DEFAULT_QUEUE_CONCURRENCY))
    queues = (name for name in examined.called("AWS::SQS::Queue") if not name.endswith("DeadLetters"))
    return sum(2 if name in _ALWAYS_TWO else each for name in queues)


def retention(examined: Examined) -> Iterator[Finding]:
    """Whether what should expire does, and nothing is read again that has expired."""
    check = "retention"
    table = examined.called("AWS::DynamoDB::Table")["Table"]
    ttl = examined.aws.ask("dynamodb", "describe_time_to_live", TableName=table)
    if ttl["TimeToLiveDescription"]["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
        yield wrong(
            check,
            "the table's TTL is off: what should expire is kept for ever",
            f"`aws dynamodb update-time-to-live --table-name {table} "
            "--time-to-live-specification Enabled=true,AttributeName=expires_at`",
        )
        return
    if examined.is_on_this_machine:
        yield well(check, "what should expire does")
        return
    today = examined.now().date()
    days = int(examined.parameters["RetentionDays"])
    first = examined.parameters.get("GreenFaxHistoryFrom")
    if first and (needed := (today - date.fromisoformat(first)).days + 1) > days:
        yield attention(
            check,
            f"faxes are kept {days} days, which is shorter than the history that is read "
            f"(GreenFaxHistoryFrom={first}): what is older expires at once",
            f"{deployed_with(f'RetentionDays={needed}')}, or the same with a later GreenFaxHistoryFrom",
        )
    else:
        yield well(check, f"faxes are kept {days} days")


def retention_of_logs(examined: Examined) -> Iterator[Finding]:
    check = "logs"
    if examined.is_on_this_machine:
        yield not_here(check, "the bundle on this machine writes them to a file")
        return
    group = examined.called("AWS::Logs::LogGroup")["Logs"]
    groups = examined.aws.ask("logs", "describe_log_groups", logGroupNamePrefix=group)["logGroups"]
    kept = next((one.get("retentionInDays") for one in groups if one["logGroupName"] == group), None)
    wanted = int(examined.parameters["LogDays"])
    if kept == wanted:
        yield well(check, f"kept {kept} days")
    else:
        yield attention(
            check,
            f"kept {f'{kept} days' if kept else 'for ever'}, while LogDays is {wanted}",
            f"`aws logs put-retention-policy --log-group-name {group} --retention-in-days {wanted}`",
        )
