"""Items that are as large as DynamoDB takes them."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

# An item may have 400 kB, its names included (DynamoDB's quotas).
_MOST_BYTES = 400 * 1024


def fill_up(table: Any, item: Mapping[str, Any]) -> None:
    """Put the item with so much beside it that some hundred bytes more are refused."""
    for size in range(_MOST_BYTES, 0, -200):
        try:
            table.put_item(Item={**item, "filler": "x" * size})
        except ClientError:
            continue
        return
