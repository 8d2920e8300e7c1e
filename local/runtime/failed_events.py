"""What Lambda leaves in a bucket of that which failed for good."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4


def keep_failed_event(
    s3: Any, bucket_arn: str, folder: str, now: datetime, document: Mapping[str, Any]
) -> None:
    """Under a key as Lambda makes them: the folder, the day, the time and something random."""
    s3.put_object(
        Bucket=bucket_arn.rpartition(":")[2],
        Key=f"{folder}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid4()}",
        Body=json.dumps(document).encode(),
    )
