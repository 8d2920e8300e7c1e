"""The day's account: what became of every fax, who told us, and what went wrong on the way."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Duty, DutyState, Fax
from faxledger.ledger import items, keys
from local.runtime.bundle import Bundle
from local.show.mishaps import mishaps_of
from local.show.simulation import Simulation
from local.show.simulators.jobs import Job, JobProvider

_PUSH = frozenset({Source.CALLBACK, Source.NOTIFY, Source.EMAIL})


@dataclass(frozen=True, slots=True)
class DayAccount:
    """`rescued` are faxes that a poll or a feed settled because no push ever said what became of them.

    `delivered` and the two after it are webhooks and emails that somebody asked for.
    `received` are the faxes whose documents are to be stored, `stored` those whose document is safe, and
    `missing_documents` names the others. The documents of the `made_up` are nowhere: somebody told of a
    received fax that no simulator carried.
    `duplicates` are statements that a source made again. `set_aside` is what nobody could read. `lost` are
    faxes that are final in a simulator's own log and not in the ledger; None where no simulator knows the
    truth. `mishaps` is what befell the callbacks of providers that call at all.
    """

    statuses: Counter[Status]
    settled_by: Counter[Source]
    rescued: Counter[Source]
    duplicates: int
    conflicts: int
    marked: int
    owed_marks: int
    given_up_marks: int
    received: int
    stored: int
    missing_documents: tuple[str, ...]
    made_up: int
    delivered: int
    pending_deliveries: int
    given_up_deliveries: int
    unknown_words: int
    set_aside: int
    too_early_requests: int | None
    most_queries_at_once: int | None
    finished: int | None
    lost: tuple[str, ...] | None
    mishaps: Counter[str]


def faxes_in(bundle: Bundle) -> dict[str, Fax]:
    """Every fax of the ledger by its public id."""
    faxes = (items.decode(item) for item in _items(bundle) if keys.is_fax(item))
    return {str(fax.id): fax for fax in faxes}


def day_account_of(bundle: Bundle, simulation: Simulation | None) -> DayAccount:
    known = faxes_in(bundle)
    faxes = known.values()
    softlinx = simulation.softlinx if simulation else None
    greenfax = simulation.greenfax if simulation else None
    silent = {JobProvider.SOFTLINX} if softlinx and softlinx.callback_url is None else set()
    carried = simulation.jobs() if simulation else None
    finished = None if carried is None else [job for job in carried if job.completed_at]
    unstored = [str(fax.id) for fax in faxes if fax.is_unstored]
    missing = _carried_among(unstored, carried)
    deliveries = Counter(
        DutyState(item["duty_deliver"]["S"])
        for item in _items(bundle)
        if item["pk"]["S"].startswith("DELIVERY#")
    )
    return DayAccount(
        statuses=Counter(fax.status for fax in faxes),
        settled_by=Counter(fax.settled_by for fax in faxes if fax.settled_by),
        rescued=Counter(fax.settled_by for fax in faxes if fax.settled_by and _was_rescued(fax)),
        duplicates=bundle.log.total("Repeated"),
        conflicts=sum(fax.conflict is not None for fax in faxes),
        marked=_duties(faxes, Duty.MARK, DutyState.DONE),
        owed_marks=_duties(faxes, Duty.MARK, DutyState.PENDING),
        given_up_marks=_duties(faxes, Duty.MARK, DutyState.GIVEN_UP),
        received=sum(_duties(faxes, Duty.STORE, state) for state in DutyState),
        stored=_duties(faxes, Duty.STORE, DutyState.DONE),
        missing_documents=missing,
        made_up=len(unstored) - len(missing),
        delivered=deliveries[DutyState.DONE],
        pending_deliveries=deliveries[DutyState.PENDING],
        given_up_deliveries=deliveries[DutyState.GIVEN_UP],
        unknown_words=bundle.log.total("UnknownStatusWord"),
        set_aside=sum(item["pk"]["S"].startswith("UNREADABLE#") for item in _items(bundle)),
        too_early_requests=sum(one.status == 429 for one in greenfax.feed_requests()) if greenfax else None,
        most_queries_at_once=softlinx.most_queries_at_once if softlinx else None,
        finished=None if finished is None else len(finished),
        lost=None if finished is None else lost_among(finished, known),
        mishaps=mishaps_of(job for job in finished or () if job.provider not in silent),
    )


def lost_among(finished: Iterable[Job], known: dict[str, Fax]) -> tuple[str, ...]:
    """Finished jobs that the ledger does not hold as final."""
    return tuple(
        job.public_id for job in finished if (fax := known.get(job.public_id)) is None or not fax.is_settled
    )


def _carried_among(faxes: Iterable[str], carried: Iterable[Job] | None) -> tuple[str, ...]:
    """Those that a simulator carried; all of them where none knows the truth."""
    ids = None if carried is None else {job.public_id for job in carried}
    return tuple(sorted(fax for fax in faxes if ids is None or fax in ids))


def _was_rescued(fax: Fax) -> bool:
    return fax.settled_by not in _PUSH and not any(seen.source in _PUSH for seen in fax.sightings)


def _duties(faxes: Iterable[Fax], duty: Duty, state: DutyState) -> int:
    return sum(fax.duties.get(duty) is state for fax in faxes)


def _items(bundle: Bundle) -> Iterable[dict[str, dict[str, str]]]:
    pages = bundle.aws.client("dynamodb").get_paginator("scan")
    for table in bundle.cloud.names_of("AWS::DynamoDB::Table"):
        for page in pages.paginate(TableName=bundle.cloud.ref(table)):
            yield from page["Items"]
