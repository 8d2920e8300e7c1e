"""The ledger in memory: the same promises as on DynamoDB, held by the same contract suite."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from faxledger.domain.attempts import about_next_attempt
from faxledger.domain.fax import Direction, FaxId, Source, Status
from faxledger.domain.numbers import canonical
from faxledger.domain.report import (
    Conflict,
    Duty,
    DutyState,
    Facts,
    Fax,
    Outcome,
    Report,
    Settlement,
    Sighting,
    StoredDocument,
    Unreadable,
    most_sightings,
)
from faxledger.domain.submission import HandedOver, Submission
from faxledger.domain.submission_ids import code_of_ours, is_submission_id
from faxledger.domain.timestamps import timestamp
from faxledger.errors import ItemRefused, LedgerUnavailable, MalformedInput
from faxledger.usecases.ports.listing import Listed, ListedPage, Listing
from faxledger.usecases.ports.world import Clock

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class InMemoryFaxLedger:
    """Implements `FaxLedger`.

    `is_down` makes every call fail, `unwritable` every write about one of these faxes, and those in `refused`
    can't be written for good; `writes` counts writes, `looked_up` the faxes of batched look-ups.
    """

    def __init__(self, clock: Clock, overdue_after: timedelta = timedelta(hours=24)) -> None:
        self.faxes: dict[FaxId, Fax] = {}
        self.listed_at: dict[FaxId, datetime] = {}
        self.due_at: dict[FaxId, datetime] = {}
        self.is_down = False
        self.unwritable: set[FaxId] = set()
        self.refused: set[FaxId] = set()
        self.writes = 0
        self.mark_refusals: Counter[FaxId] = Counter()
        self.looked_up = 0
        self._clock = clock
        self._overdue_after = overdue_after
        self._lock = RLock()

    def open(self, handed_over: HandedOver) -> None:
        with self._lock:
            fax = self._for_writing(handed_over.fax)
            self._list_as_open(fax, handed_over.submitted_at)
            self.faxes[fax.id] = replace(
                fax,
                submitted_at=fax.submitted_at or handed_over.submitted_at,
                facts=_filled(fax.facts, handed_over.facts),
                submission=fax.submission or handed_over.submission,
                sent_sha256=fax.sent_sha256 or handed_over.sent_sha256,
                resends=fax.resends or handed_over.resends,
            )

    def settle(self, report: Report, *, known: Fax | None = None) -> Settlement:  # noqa: ARG002 - it looks itself
        if report.status is None:
            raise ValueError("only a final status can settle a fax")
        with self._lock:
            fax = self._for_writing(report.fax)
            if not fax.is_settled:
                self._settle(fax, report)
                return Settlement(Outcome.SETTLED, is_news=True)
            if fax.was_over_before(report):
                return self.settle(about_next_attempt(report))
            is_agreed = fax.first_status is report.status
            is_news = not fax.has_heard(report) and (is_agreed or fax.conflict is None)
            outcome = Outcome.KNOWN if is_agreed else Outcome.CONFLICT
            is_conflict = not is_agreed and fax.conflict is None
            if not fax.has_heard(report):
                heard = sum(said.source is report.source for said in fax.sightings)
                if heard == most_sightings(report.source) and not is_conflict:
                    return Settlement(outcome, is_news=False, is_kept=False)
                self._add(fax, report, is_agreed=is_agreed)
            return Settlement(outcome, is_news=is_news)

    def note(self, report: Report) -> None:
        with self._lock:
            fax = self._for_writing(report.fax)
            self._list_as_open(fax, self._clock.now())
            others = (said for said in fax.unsettling if said.source is not report.source)
            self.faxes[fax.id] = replace(
                fax,
                unsettling=_in_order(*others, self._sighting(report)),
                facts=_filled(
                    fax.facts, replace(report.facts, pages=report.facts.pages or None, cost_usd=None)
                ),
            )

    def find(self, fax_id: FaxId) -> Fax | None:
        with self._lock:
            self._refuse_when_down()
            return self.faxes.get(fax_id)

    def find_many(self, fax_ids: Iterable[FaxId]) -> dict[FaxId, Fax]:
        with self._lock:
            self._refuse_when_down()
            wanted = dict.fromkeys(fax_ids)
            self.looked_up += len(wanted)
            return {fax_id: self.faxes[fax_id] for fax_id in wanted if fax_id in self.faxes}

    def mark_done(self, fax_id: FaxId, *, resent_at: datetime | None = None) -> bool:
        with self._lock:
            fax = self._for_writing(fax_id)
            if not fax.is_settled or fax.resent_at != resent_at:
                return False
            self._keep(replace(fax, duties={**fax.duties, Duty.MARK: DutyState.DONE}))
            return True

    def mark_owed(self, fax: Fax) -> None:
        with self._lock:
            as_known, fax = fax, self._for_writing(fax.id)
            if (fax.resent_at, fax.resent_as) != (as_known.resent_at, as_known.resent_as):
                return
            if fax.is_settled and Duty.MARK not in fax.duties and not fax.is_unstored:
                self.faxes[fax.id] = replace(fax, duties={**fax.duties, Duty.MARK: DutyState.PENDING})
                self.due_at[fax.id] = self._clock.now() + timedelta(minutes=156)

    def duty_failed(self, fax_id: FaxId, duty: Duty, problem: str) -> None:
        with self._lock:
            fax = self._for_writing(fax_id)
            if fax.duties.get(duty, DutyState.DONE) is not DutyState.DONE:
                self.faxes[fax_id] = _failed(fax, duty, problem)

    def mark_refused(self, fax_id: FaxId, *, most: int, problem: str = "it was refused") -> bool:
        with self._lock:
            fax = self._for_writing(fax_id)
            if fax.duties.get(Duty.MARK, DutyState.DONE) is DutyState.DONE:
                return False
            fax = self.faxes[fax_id] = _failed(fax, Duty.MARK, problem)
            self.mark_refusals[fax_id] += 1
            if self.mark_refusals[fax_id] < most:
                return False
            self.faxes[fax_id] = replace(fax, duties={**fax.duties, Duty.MARK: DutyState.GIVEN_UP})
            return True

    def store_done(self, fax: Fax, document: StoredDocument) -> None:
        with self._lock:
            kept = self._for_writing(fax.id)
            if kept.is_settled and kept.document is None:
                duties = {**kept.duties, Duty.STORE: DutyState.DONE}
                now = self._clock.now()
                self._keep(replace(kept, duties=duties, document=document, stored_at=now))

    def store_given_up(self, fax: Fax) -> bool:
        with self._lock:
            kept = self._for_writing(fax.id)
            if Duty.STORE not in kept.duties or kept.document is not None:
                return False
            if set(map(_said, kept.sightings)) - set(map(_said, fax.sightings)):
                return False
            self.faxes[fax.id] = replace(kept, duties={**kept.duties, Duty.STORE: DutyState.GIVEN_UP})
            return True

    def store_waived(self, fax: Fax) -> None:
        with self._lock:
            kept = self._for_writing(fax.id)
            if not kept.is_settled or kept.document is not None:
                return
            if set(map(_said, kept.sightings)) - set(map(_said, fax.sightings)):
                return
            duties = dict(kept.duties)
            duties.pop(Duty.STORE, None)
            self._keep(replace(kept, duties=duties))

    def _settle(self, fax: Fax, report: Report) -> None:
        now = self._clock.now()
        self.listed_at[fax.id] = report.completed_at or now
        self.due_at.pop(fax.id, None)
        if report.owes:
            self.due_at[fax.id] = now + timedelta(minutes=240 if Duty.STORE in report.owes else 156)
        self.faxes[fax.id] = replace(
            fax,
            first_status=report.status,
            settled_at=now,
            settled_by=report.source,
            completed_at=report.completed_at,
            failure=report.failure,
            facts=_filled(replace(fax.facts, **_of_the_end(report.facts)), report.facts),
            sightings=(self._sighting(report),),
            duties=dict.fromkeys(report.owes, DutyState.PENDING),
            is_history=report.is_history,
            is_incomplete=report.is_incomplete,
            is_timeless=report.completed_at is None,
        )

    def _add(self, fax: Fax, report: Report, *, is_agreed: bool) -> None:
        cost = report.facts.cost_usd
        if cost is not None and any(said.cost_usd not in (None, cost) for said in fax.sightings):
            fax = replace(fax, costs_differ=True)
        has_spoken = any(said.source is report.source for said in fax.sightings)
        if not has_spoken or is_agreed or fax.conflict is not None:
            fax = replace(fax, sightings=_in_order(*fax.sightings, self._sighting(report)))
        fax = replace(
            self._to_be_stored(fax, report), is_timeless=fax.is_timeless or report.completed_at is None
        )
        if is_agreed:
            if fax.completed_at is None and report.completed_at is not None:
                self.listed_at[fax.id] = report.completed_at
            is_explained = fax.failure is not None and fax.failure.says_why
            fax = replace(
                fax,
                facts=_filled(fax.facts, report.facts),
                completed_at=fax.completed_at or report.completed_at,
                failure=fax.failure if is_explained else report.failure or fax.failure,
                is_incomplete=fax.is_incomplete or report.is_incomplete,
            )
        else:
            code = code_of_ours(report.facts.reference)
            fax = replace(fax, facts=_filled(fax.facts, Facts(reference=code)))
            if fax.conflict is None and report.status is not None:
                conflict = Conflict(report.status, report.source, self._clock.now(), report.kept)
                fax = replace(fax, conflict=conflict)
        self.faxes[fax.id] = fax

    def _to_be_stored(self, fax: Fax, report: Report) -> Fax:
        is_given_up = fax.duties.get(Duty.STORE) is DutyState.GIVEN_UP
        knows_more = report.facts.pages is not None or report.status is not fax.first_status
        has_one_after_all = knows_more and Duty.STORE in report.owes and Duty.STORE not in fax.duties
        if not (is_given_up or has_one_after_all):
            return fax
        if has_one_after_all and report.facts.pages is not None:
            fax = replace(fax, facts=replace(fax.facts, pages=report.facts.pages))
        self.due_at[fax.id] = self._clock.now()
        return replace(fax, duties={**fax.duties, Duty.STORE: DutyState.PENDING})

    def _list_as_open(self, fax: Fax, moment: datetime) -> None:
        if not fax.is_settled:
            self.listed_at.setdefault(fax.id, moment)
            self.due_at.setdefault(fax.id, moment + self._overdue_after)

    def _keep(self, fax: Fax) -> None:
        self.faxes[fax.id] = fax
        if fax.is_finished:
            self.due_at.pop(fax.id, None)

    def _sighting(self, report: Report) -> Sighting:
        return Sighting(
            report.source,
            report.word,
            self._clock.now(),
            report.kept,
            report.status,
            report.facts.cost_usd,
            tuple(sorted(report.unread)),
        )

    def _for_writing(self, fax_id: FaxId) -> Fax:
        self._refuse_when_down()
        if fax_id in self.unwritable:
            raise LedgerUnavailable("the ledger in memory does not write this fax")
        if fax_id in self.refused:
            raise ItemRefused("the ledger in memory takes no such fax")
        self.writes += 1
        return self.faxes.get(fax_id) or Fax(fax_id)

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise LedgerUnavailable("the ledger in memory is down")


@dataclass(frozen=True, slots=True)
class Kept:
    """Something unreadable as it lies in the ledger."""

    unreadable: Unreadable
    times: int


def _failed(fax: Fax, duty: Duty, problem: str) -> Fax:
    return replace(
        fax,
        failed_tries={**fax.failed_tries, duty: fax.failed_tries.get(duty, 0) + 1},
        last_problems={**fax.last_problems, duty: problem},
    )


class InMemoryUnreadables:
    """Implements `Unreadables`."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, bytes], Kept] = {}
        self.is_down = False

    def set_aside(self, unreadable: Unreadable) -> None:
        if self.is_down:
            raise LedgerUnavailable("the ledger in memory is down")
        key = unreadable.origin, unreadable.raw
        times = self.kept[key].times if key in self.kept else 0
        self.kept[key] = Kept(unreadable, times + 1)


class InMemoryFaxListing:
    """Implements `FaxListing` over an `InMemoryFaxLedger` and submissions by their ids."""

    def __init__(
        self, ledger: InMemoryFaxLedger, submissions: Mapping[str, Submission] | None = None
    ) -> None:
        self._ledger = ledger
        self._submissions: Mapping[str, Submission] = {} if submissions is None else submissions

    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedPage:
        unjoined = [one for one in self._submissions.values() if one.fax is None]
        everything: list[Fax | Submission] = [*self._ledger.faxes.values(), *unjoined]
        found = [one for one in everything if self._is_listed(one, listing)]
        listed = sorted(
            (Listed(one, self._position(one, listing), self._due_at(one)) for one in found),
            key=_cursor,
            reverse=True,
        )
        if cursor is not None:
            before = _read_cursor(cursor)
            listed = [one for one in listed if one.cursor < before]
        shown = tuple(listed[:limit])
        return ListedPage(shown, shown[-1].cursor if len(listed) > limit else None)

    def _is_listed(self, one: Fax | Submission, listing: Listing) -> bool:
        direction, number = _other_side(one)
        failure = one.failure if one.status in (Status.FAILED, Status.RECEIVED_PARTIAL) else None
        said_by = one.settled_by if isinstance(one, Fax) else Source.HANDOVER if failure else None
        return (
            (listing.since or _EVER) <= self._moment(one) < (listing.until or _NEVER)
            and listing.status in (None, one.status)
            and listing.state in (None, one.state if isinstance(one, Submission) else None)
            and listing.reference in (None, one.facts.reference)
            and listing.provider in (None, one.id.provider if isinstance(one, Fax) else one.provider)
            and listing.direction in (None, direction)
            and listing.user in (None, one.facts.user)
            and listing.settled_by in (None, said_by)
            and listing.failure_class in (None, failure and failure.failure_class)
            and (listing.number is None or canonical(listing.number) == canonical(number or ""))
            and (not listing.is_incomplete or (isinstance(one, Fax) and one.is_incomplete))
            and (not listing.is_in_conflict or (isinstance(one, Fax) and one.has_open_conflict))
            and (not listing.is_given_up or (isinstance(one, Fax) and bool(one.given_up)))
            and (not listing.is_unfinished or self._due_at(one) is not None)
        )

    def _due_at(self, one: Fax | Submission) -> datetime | None:
        if isinstance(one, Fax):
            return self._ledger.due_at.get(one.id)
        return (one.look_at or one.overdue_at) if one.has_no_fax_yet else None

    def _moment(self, one: Fax | Submission) -> datetime:
        return self._ledger.listed_at[one.id] if isinstance(one, Fax) else one.accepted_at

    def _position(self, one: Fax | Submission, listing: Listing) -> str:
        moment = self._due_at(one) if listing.is_unfinished or listing.is_given_up else None
        return f"{timestamp(moment or self._moment(one))}#{one.id}"


def _other_side(one: Fax | Submission) -> tuple[Direction, str | None]:
    if isinstance(one, Fax) and one.id.direction is Direction.INBOUND:
        return Direction.INBOUND, one.facts.from_number
    return Direction.OUTBOUND, one.facts.to_number


def _cursor(listed: Listed) -> str:
    return listed.cursor


def _read_cursor(cursor: str) -> str:
    moment, _, fax_id = cursor.partition("#")
    try:
        datetime.fromisoformat(moment)
        if not is_submission_id(fax_id):
            FaxId.parse(fax_id)
    except (ValueError, MalformedInput):
        raise MalformedInput("cursor", "is not one of ours") from None
    return cursor


def _in_order(*sightings: Sighting) -> tuple[Sighting, ...]:
    return tuple(sorted(sightings, key=lambda sighting: (sighting.seen_at, sighting.source)))


def _said(sighting: Sighting) -> tuple[Source, datetime, str]:
    return sighting.source, sighting.seen_at, str(sighting.given)


def _of_the_end(facts: Facts) -> dict[str, Any]:
    names = ("pages", "pages_total", "duration_seconds")
    return {name: value for name in names if (value := getattr(facts, name)) is not None}


def _filled(known: Facts, further: Facts) -> Facts:
    names = (field.name for field in fields(Facts))
    return replace(known, **{name: getattr(further, name) for name in names if getattr(known, name) is None})
