"""What a batch has counted, added up: each line of the log costs as much as some calls of the table."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from faxledger.usecases.ports.world import Count


@contextmanager
def added_up(count: Count) -> Iterator[Count]:
    """Within the block, a `Count` of which `count` hears at the end, once for each name with its labels.

    Also where the block raises: what has happened by then is counted.
    """
    sums: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(name: str, value: int = 1, /, **labels: str) -> None:
        sums[name, tuple(sorted(labels.items()))] += value

    try:
        yield add
    finally:
        for (name, labels), value in sums.items():
            count(name, value, **dict(labels))
