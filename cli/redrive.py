"""`faxledger redrive`: puts the messages of a dead-letter queue back into the queue they came from."""

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

import boto3

from cli.arguments import Commands, add_command
from cli.stack import resources_of, session_of
from cli.which_stack import add_which_stack, stack_of
from local.runtime.errors import CannotRun

_DESCRIPTION = """\
Put the messages of a dead-letter queue back into the queue they came from,
once the cause is mended.

QUEUE is mark, retrieve, download, order, notify or all, and the deployed
stack says which queue that is. Your AWS credentials are found as the AWS CLI
finds them. A message is in its queue before it leaves the dead letters, so it
may come twice and is never lost.

examples:
  faxledger redrive all --count                       say how many there are
  faxledger redrive mark --stack clinic
  faxledger redrive all --aws-url http://127.0.0.1:3002     on this machine

Exit status: 0, or 2 if there is no such queue or it could not be asked.
"""

# SendMessageBatch and ReceiveMessage take at most so many (SQS' API reference).
_AT_ONCE = 10
_END = "DeadLetters"


def add_to(commands: Commands) -> None:
    redrive = add_command(
        commands,
        "redrive",
        _run,
        short="put dead letters back into their queues",
        description=_DESCRIPTION,
    )
    redrive.add_argument("queue", metavar="QUEUE", help="as in mark; all for every one")
    redrive.add_argument("--count", action="store_true", help="put nothing back")
    add_which_stack(redrive)


def _run(given: Namespace) -> int:
    """Prints how many messages each queue had and got back."""
    queue = given.queue
    session = session_of(given)
    client = session.client("sqs", endpoint_url=given.aws_url)
    found = _on_this_machine(client) if given.aws_url else _deployed(session, stack_of(given).name)
    chosen = found if queue == "all" else {queue: found[queue]} if queue in found else {}
    if not chosen:
        raise CannotRun(
            f"there is no dead-letter queue {queue}; there are: {', '.join(sorted(found)) or 'none'}"
        )
    for name, url in sorted(chosen.items()):
        waiting = _count(client, url)
        moved = _move(client, url) if waiting and not given.count else 0
        print(f"{name:<15} {waiting:>6} dead letters, {moved} put back")
    return 0


def _deployed(session: boto3.Session, stack: str) -> Mapping[str, str]:
    """The stack's dead-letter queues by what they are of, as in `mark`."""
    return _by_what_they_are_of(resources_of(session, stack, "AWS::SQS::Queue").items())


def _on_this_machine(client: Any) -> Mapping[str, str]:
    """The same of a bundle on this machine, which is no stack and names each queue by its logical id."""
    pages = client.get_paginator("list_queues").paginate()
    urls = [url for page in pages for url in page.get("QueueUrls", ())]
    return _by_what_they_are_of((url.rpartition("-")[2], url) for url in urls)


def _by_what_they_are_of(queues: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {name.removesuffix(_END).lower(): url for name, url in queues if name.endswith(_END)}


def _count(client: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages"]
    return int(client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])


def _move(client: Any, url: str) -> int:
    """How many messages were put back: each is in its queue before it leaves the dead letters."""
    (source,) = client.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
    moved = 0
    seen: set[str] = set()
    while messages := client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=_AT_ONCE, VisibilityTimeout=60
    ).get("Messages"):
        # What dies again at once comes back here: a message is put back once in a run.
        fresh = [message for message in messages if message["MessageId"] not in seen]
        seen |= {message["MessageId"] for message in messages}
        if not fresh:
            break
        sent = client.send_message_batch(
            QueueUrl=source,
            Entries=[{"Id": str(n), "MessageBody": message["Body"]} for n, message in enumerate(fresh)],
        )
        done = [fresh[int(entry["Id"])] for entry in sent.get("Successful", ())]
        for message in done:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        moved += len(done)
    return moved
