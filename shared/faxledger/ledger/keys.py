"""The keys of the table and of its indexes: one place that builds and reads them.

No key holds a name, a number or a reference in clear: keys reach logs and metrics that nobody encrypts.
What a key looks like never changes: items that were written before would not be found any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from zlib import crc32

from faxledger.domain import timestamps
from faxledger.domain.fax import Direction, FaxId, Provider, Status
from faxledger.domain.numbers import canonical
from faxledger.domain.timestamps import timestamp


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its name in the template and its two keys, which are all that it holds."""

    name: str
    partition: str
    sort: str


BY_TIME: Final = Index("by_time", "time_key", "listed_at")
BY_STATUS: Final = Index("by_status", "status_key", "listed_at")
BY_REFERENCE: Final = Index("by_reference", "reference_key", "listed_at")
BY_NUMBER: Final = Index("by_number", "number_key", "listed_at")
DUE: Final = Index("due", "due_key", "due_at")
DUE_FAX: Final = "fax"
DUE_DELIVERY: Final = "delivery"

# Over how many partitions each listing is spread. A later version may raise it. Lowering it hides what lies
# in the higher ones.
SHARDS: Final = 4
# Keys tell nothing of a person: so many partitions hold thousands of numbers each.
_NUMBER_BUCKETS: Final = 1024

_JOB_SORT_KEY = "STATUS"


def primary(kind: str, name: str) -> dict[str, Any]:
    """The key of an item that is alone in its partition: `CLAIM#<name>` / `CLAIM`."""
    return {"pk": {"S": f"{kind}#{name}"}, "sk": {"S": kind}}


def kind_of(item: Mapping[str, Any]) -> str:
    """What the item is, as in `CLAIM`."""
    return str(item["pk"]["S"]).partition("#")[0]


def of_fax(fax: FaxId) -> dict[str, Any]:
    key = f"FAX#{fax.provider}#{fax.direction}#{fax.account}#{fax.job_id}"
    return {"pk": {"S": key}, "sk": {"S": _JOB_SORT_KEY}}


def is_fax(key: Mapping[str, Any]) -> bool:
    return str(key["pk"]["S"]).startswith("FAX#")


def fax_of(key: dict[str, Any]) -> FaxId:
    _, provider, direction, account, job_id = key["pk"]["S"].split("#")
    return FaxId(Provider(provider), Direction(direction), account, job_id)


def shard_of(public_id: str) -> int:
    return crc32(public_id.encode()) % SHARDS


def time_partition(provider: Provider, direction: Direction, shard: int) -> str:
    return f"{provider}#{direction}#{shard}"


def status_partition(provider: Provider, status: str, shard: int) -> str | None:
    """Where by status a fax stands, or a submission; None for most, which by time are found as quickly."""
    return None if status in (Status.SENT, Status.RECEIVED) else f"{provider}#{status}#{shard}"


def unreadable_partition(shard: int) -> str:
    """Where by status whatever nobody could read stands."""
    return f"unreadable#{shard}"


def given_up_partition(shard: int) -> str:
    """Where by status a delivery stands that was given up."""
    return f"delivery#given_up#{shard}"


def reference_partition(reference: str, shard: int) -> str:
    return f"{sha256(reference.encode()).hexdigest()[:32]}#{shard}"


def number_partition(number: str) -> str:
    return f"number#{crc32(canonical(number).encode()) % _NUMBER_BUCKETS}"


def due_partitions(kind: str) -> list[str]:
    """All of those that `due_keys` puts something of this kind into."""
    return [f"{kind}#{shard}" for shard in range(SHARDS)]


def due_keys(kind: str, public_id: str, moment: datetime | None) -> dict[str, str | None]:
    """Where that stands which somebody has to look at, at that moment; nowhere without one.

    `kind` is `DUE_FAX`, of faxes and submissions, or `DUE_DELIVERY`.
    """
    if moment is None:
        return {DUE.partition: None, DUE.sort: None}
    return {DUE.partition: f"{kind}#{shard_of(public_id)}", DUE.sort: position(moment, public_id)}


def position(moment: datetime, public_id: str) -> str:
    """Where in an index something stands: by time, and by id where times are equal."""
    return f"{timestamp(moment)}#{public_id}"


def look_at_of(item: Mapping[str, Any]) -> datetime | None:
    """When somebody has to look at it; None for what nobody has to."""
    return moment_of(item[DUE.sort]["S"]) if DUE.sort in item else None


def moment_of(position: str) -> datetime:
    return timestamps.moment_of(position.partition("#")[0])
