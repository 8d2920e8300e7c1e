"""A burst of callbacks on DynamoDB Local, with repeats and contradictions; exits with 1 over a limit.

Several threads post to the callback function itself. Who has won is asked of the function's log and of the
table's own stream, which knows nothing of our code. `make bench-growth` runs it.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any, Final

from botocore.session import get_session

from bench.aws_stub import aws_stub
from bench.burst_run import CALLBACKS_OF_A_FAX, TOKEN, is_contradicted
from bench.deployed import ROOT
from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.ledger import keys
from tests.support.dynamodb_local import dynamodb_local
from tests.support.ledger_tables import create_ledger_table

# DynamoDB Local takes a moment to write its stream.
_LOOK_AGAIN_SECONDS: Final = 0.2
_LOOKS: Final = 25


@dataclass(frozen=True, slots=True)
class Burst:
    """`outcomes` are each fax's, as logged; `settled` how often the stream has one get its final status, and
    `changed` which ones had another one later."""

    callbacks: int
    seconds: float
    median_ms: float
    slowest_ms: float
    repeated: int
    outcomes: Mapping[str, Counter[str]]
    settled: Counter[str]
    changed: frozenset[str]


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.burst", description=__doc__)
    parser.add_argument("--callbacks", type=int, default=5_000, help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=16, help="(default: %(default)s)")
    arguments = parser.parse_args()
    faxes = arguments.callbacks // CALLBACKS_OF_A_FAX
    with dynamodb_local() as url:
        burst = measure(url, faxes, arguments.threads)
    print(table(burst, faxes))
    sys.exit(0 if judge(burst, faxes) else 1)


def measure(dynamodb_url: str, faxes: int, threads: int) -> Burst:
    print(f"{faxes * CALLBACKS_OF_A_FAX:,} callbacks of {faxes:,} faxes", file=sys.stderr, flush=True)
    account = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    dynamodb, streams = (
        get_session().create_client(
            service,
            endpoint_url=dynamodb_url,
            region_name=account["AWS_DEFAULT_REGION"],
            aws_access_key_id=account["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=account["AWS_SECRET_ACCESS_KEY"],
        )
        for service in ("dynamodb", "dynamodbstreams")
    )
    name = create_ledger_table(dynamodb, with_stream=True)
    with aws_stub(TOKEN) as secrets_url:
        finished = subprocess.run(
            [sys.executable, "-m", "bench.burst_run", name, str(faxes), str(threads)],
            cwd=ROOT,
            env={
                **os.environ,
                **account,
                "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
                "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets_url,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if finished.returncode:
        sys.exit(f"the burst failed:\n{finished.stderr}")
    settled, changed = _told_by_stream(streams, name, faxes)
    measured = json.loads(finished.stderr.splitlines()[-1])
    outcomes = {fax: Counter(counts) for fax, counts in measured.pop("outcomes").items()}
    return Burst(**measured, outcomes=outcomes, settled=settled, changed=changed)


def _told_by_stream(streams: Any, table: str, faxes: int) -> tuple[Counter[str], frozenset[str]]:
    settled: Counter[str] = Counter()
    changed: set[str] = set()
    for record in _records(streams, table, faxes):
        before, after = (_status(record.get(image)) for image in ("OldImage", "NewImage"))
        if before != after:
            (settled.update if before is None else changed.update)([record["Keys"]["pk"]["S"]])
    return settled, frozenset(changed)


def _records(streams: Any, table: str, least: int) -> Iterator[dict[str, Any]]:
    """All changes of the table, of which there are at least so many."""
    (stream,) = streams.list_streams(TableName=table)["Streams"]
    described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    for shard in described["Shards"]:
        after = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        seen = looks = 0
        while after and looks < _LOOKS:
            page = streams.get_records(ShardIterator=after)
            yield from (record["dynamodb"] for record in page["Records"])
            seen, after = seen + len(page["Records"]), page.get("NextShardIterator")
            if not page["Records"]:
                # Once all can have been read, a few looks more.
                looks += 1 if seen < least else _LOOKS // 5
                sleep(_LOOK_AGAIN_SECONDS)


def _status(image: Mapping[str, Any] | None) -> str | None:
    status: str | None = (image or {}).get("final_status", {}).get("S")
    return status


def table(burst: Burst, faxes: int) -> str:
    titles = ("callbacks", "faxes", "seconds", "a second", "median ms", "slowest ms", "repeated")
    cells = (
        f"{burst.callbacks:,}",
        f"{faxes:,}",
        f"{burst.seconds:.1f}",
        f"{burst.callbacks / burst.seconds:.0f}",
        f"{burst.median_ms:.0f}",
        f"{burst.slowest_ms:.0f}",
        f"{burst.repeated}",
    )
    return "\n".join("".join(f"{cell:>12}" for cell in row) for row in (titles, cells))


def judge(burst: Burst, faxes: int) -> bool:
    """Prints each limit and whether it is kept."""
    ids = [
        FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", str(number)) for number in range(1, faxes + 1)
    ]
    winners = sum(burst.settled[keys.of_fax(fax)["pk"]["S"]] == 1 for fax in ids)
    contradicted = {str(fax) for fax in ids if is_contradicted(int(fax.job_id))}
    told = {str(fax): burst.outcomes.get(str(fax), Counter()) for fax in ids}
    settled = [outcomes["settled"] for outcomes in told.values()]
    conflicts = [outcomes["conflict"] for fax, outcomes in told.items() if fax in contradicted]
    # Whose answer was lost so often that it was repeated may have had its say before.
    lost = burst.repeated
    limits = {
        f"{winners:,} of {faxes:,} faxes were settled exactly once, says the table's stream": (
            winners == faxes == burst.settled.total()
        ),
        "no final status was ever changed": not burst.changed,
        f"of {sum(settled):,} faxes one of the {CALLBACKS_OF_A_FAX} callbacks was told that it had won": (
            max(settled) == 1 and faxes - lost <= sum(settled)
        ),
        f"{sum(conflicts):,} of {len(contradicted):,} contradictions are one conflict each, no other is": (
            max(conflicts) == 1
            and len(contradicted) - lost <= sum(conflicts)
            and sum(conflicts) == sum(outcomes["conflict"] for outcomes in told.values())
        ),
        f"each of {burst.callbacks:,} callbacks was taken, and told of": (
            sum(outcomes.total() for outcomes in told.values()) == burst.callbacks
        ),
    }
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    return all(limits.values())


if __name__ == "__main__":
    main()
