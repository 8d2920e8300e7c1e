"""What befell the callbacks of a day: what happened, which is less than what was drawn."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from local.show.simulators.faults import Arrival, Veracity
from local.show.simulators.jobs import Job


def mishaps_of(jobs: Iterable[Job]) -> Counter[str]:
    """How many final faxes' callbacks met which mishap. A callback still to come has met none."""
    return Counter(chain.from_iterable(_mishaps_of(job) for job in jobs))


def _mishaps_of(job: Job) -> Iterator[str]:
    drawn = job.mishap
    if drawn.arrival is Arrival.DROPPED:
        yield "dropped"
    if not job.callbacks:
        return
    if drawn.arrival is Arrival.UNREACHABLE:
        yield "could not be delivered"
    if drawn.late:
        yield "late"
    if any(attempt.is_overtaken for attempt in job.callbacks):
        yield "overtaken"
    # The provider's own retries have higher numbers.
    copies = Counter(attempt.said for attempt in job.callbacks if attempt.number == 1)
    if max(copies.values()) > 1:
        yield "repeated"
    if len(copies) > 1:
        yield "recanted"
    if drawn.veracity is Veracity.CONTRADICTION:
        yield "untrue"
    if drawn.veracity is Veracity.UNKNOWN_WORD:
        yield "with an unknown word"
