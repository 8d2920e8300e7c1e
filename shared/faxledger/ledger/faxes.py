"""The faxes in the ledger. `settle` is the only place where a final status is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import (
    LATE_AFTER,
    Duty,
    DutyState,
    Facts,
    Fax,
    Outcome,
    Report,
    Settlement,
    StoredDocument,
    most_sightings,
)
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import Value, from_attribute, to_attribute
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.ledger.writes import (
    Condition,
    absent,
    differs,
    either,
    equal,
    is_own,
    present,
    random_token,
    update,
)

if TYPE_CHECKING:
    # Ports are for the reader and the type checker: a callback's cold start does not pay for them.
    from faxledger.domain.submission import HandedOver
    from faxledger.usecases.ports.world import Clock


class DynamoFaxLedger:
    """Faxes in a DynamoDB table; implements `FaxLedger`."""

    def __init__(self, table: Table, clock: Clock, token: Callable[[], str] = random_token) -> None:
        self._table = table
        self._clock = clock
        self._token = token

    def open(self, handed_over: HandedOver) -> None:
        """Record that a fax was handed over.

        A report may have come first, so nothing that stands is overwritten. Raises `LedgerUnavailable`.
        """
        self._keep(
            handed_over.fax,
            handed_over.submitted_at,
            fill={
                **self._indexed_facts(handed_over.fax, handed_over.facts),
                "submitted_at": timestamp(handed_over.submitted_at),
                "submission": handed_over.submission,
                "sent_sha256": items.encode_hashes(handed_over.sent_sha256),
                "resends": str(handed_over.resends) if handed_over.resends else None,
            },
        )

    def settle(self, report: Report, *, known: Fax | None = None) -> Settlement:
        """Write the report's status as the final one, exactly once for each fax.

        One call for a new fax and for a repeat of a known source; two when a further source speaks. The
        condition's failure brings the old item, so no call is spent on asking, and none on trying where the
        fax is `known` to be settled. Raises `LedgerUnavailable`, and `ValueError` for a report without a
        final status.
        """
        if report.status is None:
            raise ValueError("only a final status can settle a fax")
        if known is not None and known.is_settled:
            return self._compare(report, known)
        token = self._token()
        try:
            self._write(
                report.fax,
                put=self._settled(report, report.status, token),
                fill=self._indexed_facts(report.fax, report.facts),
                # Whatever it was as long as it had no end: what is not put in their place goes.
                remove=[keys.BY_STATUS.partition, keys.DUE.partition, keys.DUE.sort],
                where=[absent("final_status")],
            )
        except ConditionFailed as failure:
            if is_own(failure, token):
                return Settlement(Outcome.SETTLED, is_news=True)
            return self._compare(report, items.decode(failure.item))
        return Settlement(Outcome.SETTLED, is_news=True)

    def note(self, report: Report) -> None:
        """Keep the latest word of a source that is not final. Raises `LedgerUnavailable`."""
        now = self._clock.now()
        self._keep(
            report.fax,
            now,
            put={items.unsettling_name(report.source): items.encode_sighting(report, now)},
            fill={
                **self._indexed_facts(report.fax, report.facts),
                # What a fax costs is known when it has come to its end, and that it has no pages.
                "cost_usd": None,
                "pages": report.facts.pages or None,
            },
        )

    def find(self, fax_id: FaxId) -> Fax | None:
        """The fax with all its sightings, read consistently. Raises `LedgerUnavailable`."""
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.of_fax(fax_id), ConsistentRead=True
            )
        return items.decode(answer["Item"]) if "Item" in answer else None

    def find_many(self, fax_ids: Iterable[FaxId]) -> dict[FaxId, Fax]:
        """Those of the faxes that the ledger knows, read consistently. Raises `LedgerUnavailable`."""
        # A callback asks for no batches, and its cold start does not pay for them.
        from faxledger.ledger.reading import items_behind, readable  # noqa: PLC0415

        wanted = (keys.of_fax(fax_id) for fax_id in dict.fromkeys(fax_ids))
        found = items_behind(self._table, self._clock, wanted)
        return {fax.id: fax for fax in readable(self._table, items.decode, found)}

    def mark_done(self, fax_id: FaxId, *, resent_at: datetime | None = None) -> bool:
        """Record that a settled fax, resent at that time as far as was known, is marked.

        False, and it is left alone, where it was resent since, and an unsettled one. Raises
        `LedgerUnavailable`.
        """
        done: dict[str, Value | None] = {
            items.duty_name(Duty.MARK): DutyState.DONE,
            "marked_at": timestamp(self._clock.now()),
        }
        as_known = {"resent_at": None if resent_at is None else timestamp(resent_at)}
        return self._do(fax_id, done, last_but=Duty.STORE, as_known=as_known)

    def mark_owed(self, fax: Fax) -> None:
        """Record that a settled fax owes a mark, unless it did before, or owes a document.

        Nothing either where it was resent since, or it was heard since under which identifier. Raises
        `LedgerUnavailable`.
        """
        mark, store = items.duty_name(Duty.MARK), items.duty_name(Duty.STORE)
        now = self._clock.now()
        due = keys.due_keys(keys.DUE_FAX, str(fax.id), now + LATE_AFTER[Duty.MARK])
        went_on_as = absent("resent_as") if fax.resent_as is None else equal("resent_as", str(fax.resent_as))
        try:
            self._write(
                fax.id,
                # It may have been settled long ago, and must not expire before that is done.
                put={mark: DutyState.PENDING, **due, "expires_at": self._expiry(now)},
                where=[
                    present("final_status"),
                    absent(mark),
                    either(absent(store), equal(store, DutyState.DONE)),
                    _resent_as(fax),
                    went_on_as,
                ],
            )
        except ConditionFailed:
            return

    def duty_failed(self, fax_id: FaxId, duty: Duty, problem: str) -> None:
        """Count a failed try and keep why, unless it is done or not owed. Raises `LedgerUnavailable`."""
        is_owed = [present("final_status"), differs(items.duty_name(duty), DutyState.DONE)]
        try:
            self._write(
                fax_id,
                put={items.problem_name(duty): problem},
                add={items.tries_name(duty): 1},
                where=is_owed,
            )
        except ConditionFailed:
            return

    def mark_refused(self, fax_id: FaxId, *, most: int, problem: str = "it was refused") -> bool:
        """Count a refusal, and give the mark up at the `most`-th; raises `LedgerUnavailable`.

        A mark that is done by now or not owed, and a fax that is not settled, stay as they are.
        """
        duty = items.duty_name(Duty.MARK)
        is_owed = [present("final_status"), differs(duty, DutyState.DONE)]
        try:
            item = self._write(
                fax_id,
                put={items.problem_name(Duty.MARK): problem},
                add={"mark_refusals": 1, items.tries_name(Duty.MARK): 1},
                where=is_owed,
                is_wanted=True,
            )
            if from_attribute(item["mark_refusals"]) < most:
                return False
            self._write(fax_id, put={duty: DutyState.GIVEN_UP}, where=is_owed)
        except ConditionFailed:
            return False
        return True

    def store_done(self, fax: Fax, document: StoredDocument) -> None:
        """Record where a settled fax's document lies; the first stays. Raises `LedgerUnavailable`."""
        done: dict[str, Value | None] = {
            **items.encode_document(document),
            items.duty_name(Duty.STORE): DutyState.DONE,
            "stored_at": timestamp(self._clock.now()),
        }
        owes_mark = Duty.MARK in fax.duties
        self._do(fax.id, done, last_but=Duty.MARK, as_known={"stored_at": None}, is_last=not owes_mark)

    def store_given_up(self, fax: Fax) -> bool:
        """Record that storing was given up on what was known of a fax, unless it is done or not owed.

        False also where a further source has spoken since, which may know better. Raises `LedgerUnavailable`.
        """
        duty = items.duty_name(Duty.STORE)
        try:
            self._write(
                fax.id,
                put={duty: DutyState.GIVEN_UP},
                where=[present("final_status", duty), absent("stored_at"), *_heard_of_nobody_since(fax)],
            )
        except ConditionFailed:
            return False
        return True

    def store_waived(self, fax: Fax) -> None:
        """Record that nothing is to be stored of a settled fax, as far as it is known.

        Nothing where a further source has spoken since, which may know better. Raises `LedgerUnavailable`.
        """
        duty = items.duty_name(Duty.STORE)
        self._do(
            fax.id,
            {},
            gone=[duty],
            last_but=Duty.MARK,
            is_last=Duty.MARK not in fax.duties,
            as_known=dict.fromkeys(["stored_at", *_sightings_since(fax)]),
        )

    def _do(
        self,
        fax_id: FaxId,
        done: Mapping[str, Value | None],
        *,
        last_but: Duty,
        as_known: Mapping[str, str | None],
        gone: Sequence[str] = (),
        is_last: bool = True,
    ) -> bool:
        """Write that a duty is done, or `gone`, where these are as they were known, None what was absent.

        The fax is finished by that unless it owes the other duty, `last_but`. `is_last` says which of the two
        is tried first, and nothing of what comes of it: a refused write costs as much as another.
        """
        other = items.duty_name(last_but)
        is_open = [
            present("final_status"),
            *(absent(name) if value is None else equal(name, value) for name, value in as_known.items()),
        ]
        if is_last:
            not_due = [keys.DUE.partition, keys.DUE.sort]
            others = [either(absent(other), equal(other, DutyState.DONE))]
        else:
            not_due, others = [], [differs(other, DutyState.DONE)]
        try:
            self._write(fax_id, put=done, remove=[*gone, *not_due], where=[*is_open, *others])
        except ConditionFailed as failure:
            if "final_status" not in failure.item or not _is_as_known(failure.item, as_known):
                return False
            # The other one is still owed, or was done in between.
            return self._do(
                fax_id, done, last_but=last_but, as_known=as_known, gone=gone, is_last=not is_last
            )
        return True

    def _settle_next_attempt(self, report: Report) -> Settlement:
        # Rare, and a callback's cold start does not pay for it.
        from faxledger.domain.attempts import about_next_attempt  # noqa: PLC0415

        return self.settle(about_next_attempt(report))

    def _compare(self, report: Report, fax: Fax) -> Settlement:
        """With what a fax was settled as; nothing is kept of one that is not that any more."""
        if fax.was_over_before(report):
            return self._settle_next_attempt(report)
        is_agreed = fax.first_status is report.status
        outcome = Outcome.KNOWN if is_agreed else Outcome.CONFLICT
        if fax.has_heard(report):
            return Settlement(outcome, is_news=False)
        costs: dict[str, Value | None] = {"costs_differ": True} if _differs_in_cost(report, fax) else {}
        further = {**self._to_be_stored(report, fax), **costs, **_timeless(report)}
        as_compared = [*_heard_of_nobody_since(fax), *_stored_as(fax), _resent_as(fax)]
        if not is_agreed and fax.conflict is None:
            return self._add_conflict(report, further, as_compared)
        place = _next_sighting(fax, report.source)
        if place is None:
            return Settlement(outcome, is_news=False, is_kept=False)
        if is_agreed:
            return self._add_sighting(
                report,
                Settlement(outcome, is_news=True),
                place,
                put={**self._explain(report, fax), **_incomplete(report), **further},
                fill=self._indexed_facts(report.fax, report.facts),
                where=as_compared,
            )
        return self._add_sighting(
            report,
            Settlement(outcome, is_news=False),
            place,
            put=further,
            fill=self._indexed_facts(report.fax, _undisputed(report)),
            where=as_compared,
        )

    def _add_sighting(
        self,
        report: Report,
        settlement: Settlement,
        place: str,
        *,
        put: Mapping[str, Value | None],
        fill: Mapping[str, Value | None],
        where: Sequence[Condition],
    ) -> Settlement:
        sighting = items.encode_sighting(report, self._clock.now())
        try:
            self._write(
                report.fax,
                put={**put, place: sighting},
                fill=fill,
                where=[present("final_status"), *where],
            )
        except ConditionFailed as failure:
            if failure.item.get(place) == to_attribute(sighting):
                # This very write, repeated by botocore because its answer was lost.
                return settlement
            # Retention took the fax in between; unconditionally, a stump without expiry would be written.
            # Or it is no longer what the report was compared with: each source makes that so once at most.
            return self.settle(report)
        return settlement

    def _add_conflict(
        self, report: Report, further: Mapping[str, Value | None], as_compared: Sequence[Condition]
    ) -> Settlement:
        token = self._token()
        sighting = items.encode_sighting(report, self._clock.now())
        try:
            self._write(
                report.fax,
                put={"conflict": {**sighting, "write_token": token}, **further},
                fill={
                    items.sighting_name(report.source): sighting,
                    **self._indexed_facts(report.fax, _undisputed(report)),
                },
                where=[present("final_status"), absent("conflict"), *as_compared],
            )
        except ConditionFailed as failure:
            if not is_own(failure, token, within="conflict"):
                # Another source was faster, or retention took the fax.
                return self.settle(report)
        return Settlement(Outcome.CONFLICT, is_news=True)

    def _explain(self, report: Report, fax: Fax) -> dict[str, Value | None]:
        """What an agreeing report knows of the outcome and the first one, which may be bare, did not."""
        known: dict[str, Value | None] = {}
        if fax.completed_at is None and report.completed_at is not None:
            known |= {
                "completed_at": timestamp(report.completed_at),
                keys.BY_TIME.sort: keys.position(report.completed_at, str(report.fax)),
            }
        if report.failure is not None and not (fax.failure and fax.failure.says_why):
            known |= items.encode_failure(report.failure)
        return known

    def _to_be_stored(self, report: Report, fax: Fax) -> dict[str, Value | None]:
        """A further source may know what the first did not.

        A document that was given up is due again at once, and so is one of a fax that had come in without a
        page by all that was known.
        """
        knows_more = report.facts.pages is not None or report.status is not fax.first_status
        has_one_after_all = knows_more and Duty.STORE in report.owes and Duty.STORE not in fax.duties
        if not (has_one_after_all or _is_store_given_up(fax)):
            return {}
        now = self._clock.now()
        return {
            items.duty_name(Duty.STORE): DutyState.PENDING,
            **keys.due_keys(keys.DUE_FAX, str(fax.id), now),
            "expires_at": self._expiry(now),
            **({"pages": report.facts.pages} if has_one_after_all else {}),
        }

    def _settled(self, report: Report, status: Status, token: str) -> dict[str, Value | None]:
        now = self._clock.now()
        # What is not finished by then is in nobody's hands.
        within = LATE_AFTER[Duty.STORE if Duty.STORE in report.owes else Duty.MARK]
        return {
            **self._identity(report.fax),
            **(items.encode_failure(report.failure) if report.failure else {}),
            **{items.duty_name(duty): DutyState.PENDING for duty in sorted(report.owes)},
            "final_status": status,
            "settled_at": timestamp(now),
            "settled_by": report.source,
            "write_token": token,
            "completed_at": timestamp(report.completed_at) if report.completed_at else None,
            items.sighting_name(report.source): items.encode_sighting(report, now),
            **_listed(report.fax, status, report.completed_at or now),
            **keys.due_keys(keys.DUE_FAX, str(report.fax), now + within if report.owes else None),
            "expires_at": self._expiry(now),
            "is_history": True if report.is_history else None,
            **_incomplete(report),
            **_timeless(report),
            # However many it had, and however long it took, while it was under way.
            "pages": report.facts.pages,
            "pages_total": report.facts.pages_total,
            "duration_seconds": report.facts.duration_seconds,
        }

    def _keep(
        self,
        fax: FaxId,
        moment: datetime,
        *,
        fill: Mapping[str, Value | None],
        put: Mapping[str, Value | None] | None = None,
    ) -> None:
        """Keep what settles nothing, first heard of at `moment`; one call, two for a fax that is settled."""
        as_open = {
            **_listed(fax, Status.SUBMITTED, moment),
            **keys.due_keys(keys.DUE_FAX, str(fax), moment + timedelta(hours=self._table.overdue_hours)),
            "expires_at": self._expiry(self._clock.now()),
        }
        fill = {**self._identity(fax), **fill}
        try:
            self._write(fax, put=put, fill={**fill, **as_open}, where=[absent("final_status")])
        except ConditionFailed:
            try:
                self._write(fax, put=put, fill=fill, where=[present("final_status")])
            except ConditionFailed:
                # Retention took the settled fax in between.
                self._keep(fax, moment, fill=fill, put=put)

    def _write(self, fax: FaxId, **change: Any) -> Mapping[str, Any]:
        return update(self._table, keys.of_fax(fax), **change)

    def _indexed_facts(self, fax: FaxId, facts: Facts) -> dict[str, Value | None]:
        shard = keys.shard_of(str(fax))
        return {**items.encode_facts(facts), **items.encode_index_keys(facts, fax.direction, shard)}

    def _identity(self, fax: FaxId) -> dict[str, Value | None]:
        return {"version": items.VERSION, "provider": fax.provider}

    def _expiry(self, now: datetime) -> int:
        return int((now + timedelta(days=self._table.retention_days)).timestamp())


def _listed(fax: FaxId, status: Status, moment: datetime) -> dict[str, Value | None]:
    """Where a fax stands in the listings of all."""
    public_id = str(fax)
    shard = keys.shard_of(public_id)
    return {
        keys.BY_TIME.partition: keys.time_partition(fax.provider, fax.direction, shard),
        keys.BY_STATUS.partition: keys.status_partition(fax.provider, status, shard),
        keys.BY_TIME.sort: keys.position(moment, public_id),
    }


def _next_sighting(fax: Fax, source: Source) -> str | None:
    """Where a fax's next sighting of a source goes; None where it holds as many as it may."""
    number = 1 + sum(said.source is source for said in fax.sightings)
    return items.sighting_name(source, number) if number <= most_sightings(source) else None


def _sightings_since(fax: Fax) -> list[str]:
    """Where whoever has spoken of a fax since, or otherwise than before, would be found to have."""
    places = (_next_sighting(fax, source) for source in Source)
    return [place for place in places if place is not None]


def _heard_of_nobody_since(fax: Fax) -> list[Condition]:
    """That nobody has spoken of a fax than those it is known by, nor otherwise than is known."""
    further = _sightings_since(fax)
    return [absent(*further)] if further else []


def _is_as_known(item: Mapping[str, Any], as_known: Mapping[str, str | None]) -> bool:
    return all(
        name not in item if value is None else item.get(name) == {"S": value}
        for name, value in as_known.items()
    )


def _stored_as(fax: Fax) -> list[Condition]:
    """That a document which was given up was not stored since, and one that is owed was not given up."""
    if _is_store_given_up(fax):
        return [absent("stored_at")]
    duty = items.duty_name(Duty.STORE)
    return [equal(duty, DutyState.PENDING, DutyState.DONE)] if Duty.STORE in fax.duties else []


def _resent_as(fax: Fax) -> Condition:
    """That it was not resent since: what is said then may be about the next attempt."""
    return absent("resent_at") if fax.resent_at is None else equal("resent_at", timestamp(fax.resent_at))


def _is_store_given_up(fax: Fax) -> bool:
    return fax.duties.get(Duty.STORE) is DutyState.GIVEN_UP


def _incomplete(report: Report) -> dict[str, Value | None]:
    return {"is_incomplete": True} if report.is_incomplete else {}


def _timeless(report: Report) -> dict[str, Value | None]:
    return {"is_timeless": True} if report.completed_at is None else {}


def _undisputed(report: Report) -> Facts:
    """What a report knows of a fax that was settled otherwise: a code of ours, which nobody can guess."""
    # A conflict is rare, and a callback's cold start does not pay for it.
    from faxledger.domain.submission_ids import code_of_ours  # noqa: PLC0415

    return Facts(reference=code_of_ours(report.facts.reference))


def _differs_in_cost(report: Report, fax: Fax) -> bool:
    cost = report.facts.cost_usd
    return cost is not None and any(said.cost_usd not in (None, cost) for said in fax.sightings)
