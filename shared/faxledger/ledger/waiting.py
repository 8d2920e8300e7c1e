"""Where submissions lie of which nothing was heard yet: by when they are overdue, and by their destination.

Both are partitions of their own in indexes that the faxes have as well.
"""

import re
from typing import Final
from zlib import crc32

from faxledger.domain.submission import Order
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import Value

# Keys tell nothing of a person: a thousand partitions hold millions of numbers each.
_DESTINATIONS: Final = 1024
_NO_DIGIT: Final = re.compile(r"[^0-9]")

BY_TIME: Final = keys.UNFINISHED
BY_DESTINATION: Final = keys.BY_REFERENCE
ATTRIBUTES: Final = (BY_TIME.partition, BY_TIME.sort, BY_DESTINATION.partition, BY_DESTINATION.sort)


def digits_of(number: str | None) -> str:
    """What of a number two of its spellings have in common."""
    return _NO_DIGIT.sub("", number or "")


def partition_of_time(shard: int) -> str:
    return f"waiting#{shard}"


def shard_of(submission_id: str, shards: int) -> int:
    return crc32(submission_id.encode()) % shards


def partition_of_destination(number: str) -> str:
    return f"destination#{crc32(digits_of(number).encode()) % _DESTINATIONS}"


def attributes_of(order: Order, index: int, shards: int) -> dict[str, Value | None]:
    """What makes a submission wait; nothing where its provider names the fax when it takes it."""
    if order.overdue_at is None:
        return {}
    submission_id = order.submissions[index]
    return {
        "overdue_at": timestamp(order.overdue_at),
        BY_TIME.partition: partition_of_time(shard_of(submission_id, shards)),
        BY_TIME.sort: timestamp(order.overdue_at),
        BY_DESTINATION.partition: partition_of_destination(order.recipients[index].number),
        BY_DESTINATION.sort: timestamp(order.accepted_at),
    }
