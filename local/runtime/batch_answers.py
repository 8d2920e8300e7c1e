"""Lambda's partial batch answer, as the table's stream and the queues both use it."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.runtime.functions import Invocation


def failed_ids(invocation: Invocation, ids: Sequence[str], *, reports_item_failures: bool) -> frozenset[str]:
    """The items of the batch that have to come again.

    All of them after an error, and also when the answer names an item that was not in the batch, as Lambda
    takes it.
    """
    if invocation.error is not None:
        return frozenset(ids)
    if not reports_item_failures:
        return frozenset()
    answer: Mapping[str, Any] = invocation.result or {}
    failures = answer.get("batchItemFailures") or []
    named = frozenset(str(failure.get("itemIdentifier")) for failure in failures)
    return min(named, frozenset(ids))
