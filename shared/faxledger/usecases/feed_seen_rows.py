"""Which rows a feed showed before, so that an unchanged one costs nothing but its digest."""

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime, timedelta

# Whatever goes wrong with remembering is mended within this time: then everything is looked at again.
LOOK_AT_EVERYTHING_AFTER = timedelta(days=1)
_BUCKETS = 256
_SHIFT = 56


class SeenRows:
    """8 bytes a row: the digests of earlier readings in one sorted array, those of this reading in buckets.

    `since` is when everything was looked at last. `reading` says how rows are read: what was remembered
    under another way of reading counts for nothing.
    """

    def __init__(self, reading: str, since: datetime, before: Iterable[int] = ()) -> None:
        self._reading = reading
        self._since = since
        self._before = array("Q", before)
        self._now = [array("Q") for _ in range(_BUCKETS)]

    @classmethod
    def recalled(cls, content: bytes | None, reading: str, now: datetime) -> "SeenRows":
        """From `content()` of an earlier reading; empty if that is of no use any more."""
        head, _, body = (content or b"").partition(b"\n")
        try:
            kept = json.loads(head)
            since = datetime.fromisoformat(kept["since"])
            is_fresh = kept["reading"] == reading and since <= now < since + LOOK_AT_EVERYTHING_AFTER
            if is_fresh and len(body) % 8 == 0:
                seen = cls(reading, since)
                seen._before.frombytes(body)
                return seen
        except (ValueError, KeyError, TypeError):
            pass
        return cls(reading, now)

    def __contains__(self, digest: int) -> bool:
        place = bisect_left(self._before, digest)
        return place < len(self._before) and self._before[place] == digest

    def add(self, digest: int) -> None:
        """Remember a row of this reading that is in the ledger."""
        self._now[digest >> _SHIFT].append(digest)

    def content(self, *, is_whole: bool) -> bytes:
        """To be kept: this reading's rows, and if it was not a whole one those of before as well."""
        head = json.dumps({"reading": self._reading, "since": self._since.isoformat()}).encode()
        pieces = [head, b"\n"]
        for number, bucket in enumerate(self._now):
            digests = set(bucket)
            if not is_whole:
                first = bisect_left(self._before, number << _SHIFT)
                end = bisect_left(self._before, (number + 1) << _SHIFT)
                digests.update(self._before[first:end])
            pieces.append(array("Q", sorted(digests)).tobytes())
        return b"".join(pieces)
