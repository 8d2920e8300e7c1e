"""The keys of the table: one place that builds and reads them.

No key holds a name, a number or a reference in clear: keys reach logs and metrics that nobody encrypts.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zlib import crc32

from faxledger.domain.fax import Direction, FaxId, Provider, Status
from faxledger.domain.timestamps import timestamp


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its name in the template and its two keys."""

    name: str
    partition: str
    sort: str


BY_STATUS = Index("by_status", "status_key", "listed_at")
BY_REFERENCE = Index("by_reference", "reference_key", "listed_at")
UNFINISHED = Index("unfinished", "unfinished_key", "unfinished_at")

_JOB_SORT_KEY = "STATUS"


def primary(kind: str, name: str) -> dict[str, Any]:
    """The key of an item that is alone in its partition: `CLAIM#<name>` / `CLAIM`."""
    return {"pk": {"S": f"{kind}#{name}"}, "sk": {"S": kind}}


def of_fax(fax: FaxId) -> dict[str, Any]:
    key = f"FAX#{fax.provider}#{fax.direction}#{fax.account}#{fax.job_id}"
    return {"pk": {"S": key}, "sk": {"S": _JOB_SORT_KEY}}


def is_fax(key: dict[str, Any]) -> bool:
    return str(key["pk"]["S"]).startswith("FAX#")


def fax_of(key: dict[str, Any]) -> FaxId:
    _, provider, direction, account, job_id = key["pk"]["S"].split("#")
    return FaxId(Provider(provider), Direction(direction), account, job_id)


def shard_of(fax: FaxId, shards: int) -> int:
    return crc32(str(fax).encode()) % shards


def status_partition(status: Status, shard: int) -> str:
    return f"{status}#{shard}"


def reference_partition(reference: str, shard: int) -> str:
    return f"{sha256(reference.encode()).hexdigest()[:32]}#{shard}"


def unfinished_partition(shard: int) -> str:
    return f"unfinished#{shard}"


def listed_at(moment: datetime, fax: FaxId) -> str:
    """Where a fax stands in a listing: by time, and by id where times are equal."""
    return f"{timestamp(moment)}#{fax}"
