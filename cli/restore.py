"""`faxledger restore`: puts what a backup of the table knows back into the stack's own table."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cli.arguments import Commands, add_command, moment
from cli.stack import resources_of, session_of
from cli.which_stack import add_which_stack, stack_of
from faxledger.adapters.notify_queue import SqsDeliveryQueue
from faxledger.bootstrap.providers import PROVIDERS
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.restoring import Item, Restoration
from local.runtime.errors import CannotRun
from local.runtime.stack_name import STACK

_DESCRIPTION = """\
Put what a backup of the table knows back into the stack's own table. The
backup is a table too: one that was restored from a point in time, or that a
former stack has left. docs/operations.md has the whole procedure.

What is there stays as it is, and nothing is announced, told, sent or asked
for because of what comes back. What came between the backup and the loss is
found again by polls and feeds. To run it once more does no harm.

examples:
  faxledger restore --from-table faxledger-restored \\
      --lost-at 2026-11-23T14:05:00Z --count
  faxledger restore --from-table faxledger-restored \\
      --lost-at 2026-11-23T14:05:00Z --stack clinic

Exit status: 0, or 2 if it could not be done, or not yet.
"""

_AT_ONCE = 8
# A fax takes less from its creation to its end: who is asked goes by the first, and the ledger by the second.
_UNDER_WAY_FOR = timedelta(days=3)
_FEEDS = "feeds/"


@dataclass(slots=True)
class PutBack:
    """How many items of each kind were put back, and how many were there already."""

    put_back: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    settled_until: str = ""

    def add(self, other: "PutBack") -> None:
        self.put_back.update(other.put_back)
        self.there.update(other.there)
        self.settled_until = max(self.settled_until, other.settled_until)


def add_to(commands: Commands) -> None:
    restore = add_command(
        commands, "restore", _run, short="put a backup back into the table", description=_DESCRIPTION
    )
    restore.add_argument("--from-table", required=True, metavar="NAME", help="the table that was restored")
    restore.add_argument(
        "--lost-at", required=True, type=moment, metavar="TIME", help="when the ledger was lost (UTC)"
    )
    restore.add_argument("--count", action="store_true", help="put nothing back")
    add_which_stack(restore)


def _run(given: Namespace) -> int:
    """Prints how many items of each kind came back."""
    session = session_of(given)
    backup = Backup(session.client("dynamodb", endpoint_url=given.aws_url), given.from_table)
    if given.count:
        for kind, number in sorted(backup.count().items()):
            print(f"{kind.lower():<12} {number:>9}")
        return 0
    if given.aws_url:
        lost = LostLedger.on_this_machine(session, given.aws_url)
    else:
        lost = LostLedger.deployed(session, stack_of(given).name)
        _check_that_old_faxes_are_no_news(session, stack_of(given).name, lost.table, given.lost_at)
    outcome = restore(backup, lost, lost_at=given.lost_at, now=datetime.now(UTC))
    for kind in sorted(outcome.put_back | outcome.there):
        back, there = outcome.put_back[kind], outcome.there[kind]
        print(f"{kind.lower():<12} {back:>9} put back, {there} were there already")
    return 0


class Backup:
    """The table that the ledger comes back from; nothing is written to it."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def count(self) -> Counter[str]:
        return Counter(keys.kind_of(item) for part in range(_AT_ONCE) for item in self.part(part))

    def part(self, part: int) -> Iterator[Item]:
        """One of so many parts as are read at once."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table, Segment=part, TotalSegments=_AT_ONCE, ConsistentRead=True
        )
        for page in pages:
            yield from page["Items"]


@dataclass(frozen=True, slots=True)
class LostLedger:
    """What a stack's ledger consists of: its table, its bucket and the letters of who was not told."""

    dynamodb: Any
    table: str
    s3: Any
    documents: str
    sqs: Any
    letters: str

    @classmethod
    def deployed(cls, session: boto3.Session, stack: str) -> "LostLedger":
        return cls(
            session.client("dynamodb"),
            resources_of(session, stack, "AWS::DynamoDB::Table")["Table"],
            session.client("s3"),
            resources_of(session, stack, "AWS::S3::Bucket")["Documents"],
            session.client("sqs"),
            # A queue's URL is its id.
            resources_of(session, stack, "AWS::SQS::Queue")["NotifyDeadLetters"],
        )

    @classmethod
    def on_this_machine(cls, session: boto3.Session, url: str) -> "LostLedger":
        """A bundle on this machine is no stack, and names each resource by its logical id."""
        sqs = session.client("sqs", endpoint_url=url)
        return cls(
            session.client("dynamodb", endpoint_url=url),
            f"{STACK}-Table",
            session.client("s3", endpoint_url=url),
            f"{STACK}-documents",
            sqs,
            sqs.get_queue_url(QueueName=f"{STACK}-NotifyDeadLetters")["QueueUrl"],
        )


def restore(backup: Backup, lost: LostLedger, *, lost_at: datetime, now: datetime) -> PutBack:
    """Put back what the table lacks, then have sources read on from where they were.

    `now` is the moment from which every claim lasts once more. Raises `CannotRun`, and what AWS refuses: the
    next run passes over what is there.
    """
    restoration = Restoration(lost_at=lost_at, now=now)
    letters = SqsDeliveryQueue(lost.sqs, lost.letters)

    def put_part(part: int) -> PutBack:
        outcome = PutBack()
        for item in backup.part(part):
            restored = restoration(item)
            if restored is None:
                continue
            # First: of a delivery that is not there, or is known better, a letter says nothing.
            if restored.letter is not None and letters.send([restored.letter]):
                raise CannotRun("the dead letters of Notify took no letter of who may not have been told")
            is_put = _put(lost, restored.item, replaces=restored.replaces)
            (outcome.put_back if is_put else outcome.there)[keys.kind_of(item)] += 1
            if "settled_at" in item:
                outcome.settled_until = max(outcome.settled_until, item["settled_at"]["S"])
        return outcome

    total = PutBack()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for outcome in threads.map(put_part, range(_AT_ONCE)):
            total.add(outcome)
    if total.settled_until:
        _look_back(lost, datetime.fromisoformat(total.settled_until) - _UNDER_WAY_FOR)
    _forget_rows(lost)
    return total


def _put(lost: LostLedger, item: Item, *, replaces: bool) -> bool:
    """Whether it was put: what is there is newer than any backup."""
    where = {} if replaces else {"ConditionExpression": "attribute_not_exists(pk)"}
    try:
        lost.dynamodb.put_item(TableName=lost.table, Item=item, **where)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _look_back(lost: LostLedger, since: datetime) -> None:
    """Have what was marked since read once more, where a provider offers only what is not marked."""
    for entry in PROVIDERS.values():
        for cursor in entry.look_back_cursors() if entry.look_back_cursors else ():
            position = {"position": to_attribute(timestamp(since))}
            _put(lost, {**keys.primary("CURSOR", cursor), **position}, replaces=True)


def _forget_rows(lost: LostLedger) -> None:
    """A row of a feed that was read before is looked at again: what it settled may be lost."""
    pages = lost.s3.get_paginator("list_objects_v2").paginate(Bucket=lost.documents, Prefix=_FEEDS)
    for key in [entry["Key"] for page in pages for entry in page.get("Contents", ())]:
        lost.s3.delete_object(Bucket=lost.documents, Key=key)


def _check_that_old_faxes_are_no_news(
    session: boto3.Session, stack: str, table: str, lost_at: datetime
) -> None:
    """Raises `CannotRun` where faxes that are found again would be told again."""
    (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    given: Mapping[str, str] = {
        one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", ())
    }
    made = session.client("dynamodb").describe_table(TableName=table)["Table"]["CreationDateTime"]
    tell_from = moment(given["TellFrom"]) if given.get("TellFrom") else made
    if tell_from < lost_at:
        raise CannotRun(
            f"the stack tells of faxes that were completed since {_in_utc(tell_from)}, so that what is found "
            f"again would be told again: deploy with TellFrom={_in_utc(lost_at)} first"
        )


def _in_utc(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
