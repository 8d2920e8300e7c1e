"""The realm: faxes come and go in it, and each final one is told to the listener."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from local.show.simulators.fates import Fate, draw_fate
from local.show.simulators.faults import NO_FAULTS, Faults
from local.show.simulators.jobs import CallbackAttempt, Job, JobDirection, JobProvider, JobStatus
from local.show.simulators.ports import NO_SHELF, Schedule, Shelf, SimulatorClock
from local.show.simulators.softlinx.faxes import SoftlinxFax, SoftlinxFaxes, UnknownFax
from local.show.simulators.softlinx.fields import FINAL_WORDS, NOT_FINAL_WORD
from local.show.simulators.softlinx.options import SoftlinxCustomer, SoftlinxOptions
from local.show.simulators.softlinx.refusals import BadArgument
from local.show.simulators.softlinx.url_callback import UrlCallback

_SEEDED_NUMBER = "12025550120"


@dataclass(frozen=True, slots=True)
class SoftlinxShelves:
    """What of a realm outlives it."""

    faxes: Shelf[SoftlinxFax] = NO_SHELF
    callbacks: Shelf[CallbackAttempt] = NO_SHELF


NO_SOFTLINX_SHELVES: Final = SoftlinxShelves()


class Realm:
    def __init__(
        self,
        clock: SimulatorClock,
        schedule: Schedule,
        *,
        customer: SoftlinxCustomer,
        options: SoftlinxOptions,
        faults: Callable[[], Faults],
        seed: int,
        shelves: SoftlinxShelves = NO_SOFTLINX_SHELVES,
    ) -> None:
        self.faxes = SoftlinxFaxes(pages_shift=options.pages_shift, shelf=shelves.faxes)
        self._clock = clock
        self._schedule = schedule
        self._customer = customer
        self._resend_keeps_id = options.resend_keeps_id
        self._faults = faults
        self._seed = seed
        self._words = {**FINAL_WORDS, JobStatus.FAILED: options.failed_word}
        self.callback = UrlCallback(
            clock,
            schedule,
            realm=customer.realm,
            words=self._words,
            is_multipart=options.multipart_callbacks,
            shelf=shelves.callbacks,
        )
        for fax in self.faxes.all():
            # What was under way when the simulator before this one stopped.
            if fax.status is JobStatus.SUBMITTED and not fax.is_deleted:
                self._set_out(fax)

    def close(self) -> None:
        self.callback.sender.close()

    def send(
        self,
        number: str,
        *,
        user: str = "",
        tsi: str = "",
        recipient: str = "",
        project_code: str = "",
        project_code_2: str = "",
        send_after: datetime | None = None,
        options: Mapping[str, str] | None = None,
    ) -> str:
        fax_id = self.faxes.next_id(JobDirection.OUTBOUND)
        fate = self._fate(JobDirection.OUTBOUND, str(fax_id), number, self._faults())
        fax = SoftlinxFax(
            direction=JobDirection.OUTBOUND,
            fax_id=fax_id,
            number=number,
            own_number="",
            user=user or self._customer.login,
            tsi=tsi or self._customer.realm,
            csi=number,
            word=NOT_FINAL_WORD,
            status=JobStatus.SUBMITTED,
            created_at=self._clock.now(),
            outcome=fate.outcome(),
            mishap=fate.mishap,
            project_code=project_code,
            project_code_2=project_code_2,
            recipient=recipient,
            send_after=send_after,
            options=options or {},
        )
        self.faxes.add(fax)
        self._set_out(fax)
        return str(fax_id)

    def resend(self, fax_id: int, number: str = "") -> str:
        """The identifier of the next attempt; raises `UnknownFax`, and `BadArgument` for one that has not
        failed."""
        failed = self.faxes.find(JobDirection.OUTBOUND, fax_id)
        if failed.status is not JobStatus.FAILED:
            raise BadArgument("Only a failed fax can be resent")
        if self._resend_keeps_id:
            fax = replace(failed, attempt=failed.attempt + 1)
        else:
            fax = replace(failed, fax_id=self.faxes.next_id(JobDirection.OUTBOUND), attempt=1)
        number = number or failed.number
        fate = self._fate(JobDirection.OUTBOUND, fax.job_id, number, self._faults())
        fax = replace(
            fax,
            number=number,
            csi=number,
            word=NOT_FINAL_WORD,
            status=JobStatus.SUBMITTED,
            created_at=self._clock.now(),
            completed_at=None,
            send_after=None,
            is_marked=False,
            outcome=fate.outcome(),
            mishap=fate.mishap,
        )
        if self._resend_keeps_id:
            self.faxes.begin_attempt(fax)
        else:
            self.faxes.add(fax)
        self._set_out(fax)
        return str(fax.fax_id)

    def receive(self, caller: str, *, number: str, user: str, tsi: str, breaks_off: bool | None) -> str:
        fax_id = self.faxes.next_id(JobDirection.INBOUND)
        self._arrive(fax_id, caller, number=number, user=user, tsi=tsi, breaks_off=breaks_off)
        return str(fax_id)

    def receive_retried(
        self, caller: str, *, number: str, user: str, tsi: str, broken_off: int, apart: timedelta
    ) -> tuple[str, ...]:
        fax_ids = [self.faxes.next_id(JobDirection.INBOUND) for _ in range(broken_off + 1)]
        for index, fax_id in enumerate(fax_ids):
            arrive = partial(self._arrive, fax_id, caller, number=number, user=user, tsi=tsi)
            if index == 0:
                arrive(breaks_off=broken_off > 0)
            else:
                when = self._clock.now() + index * apart
                self._schedule.at(when, partial(arrive, breaks_off=index < broken_off))
        return tuple(map(str, fax_ids))

    def seed_finished(
        self, count: int, *, direction: JobDirection, user: str, age: timedelta
    ) -> Iterator[str]:
        now = self._clock.now()
        for index in range(count):
            fax_id = self.faxes.next_id(direction)
            fate = self._fate(direction, str(fax_id), _SEEDED_NUMBER, NO_FAULTS)
            outcome = fate.outcome()
            status = _final_status(direction, is_whole=fate.cause is None)
            created_at = now - age + age * index / count
            is_outbound = direction is JobDirection.OUTBOUND
            fax = SoftlinxFax(
                direction=direction,
                fax_id=fax_id,
                number=_SEEDED_NUMBER,
                own_number="" if is_outbound else self._customer.number,
                user=user or self._customer.login,
                tsi=self._customer.realm if is_outbound else _SEEDED_NUMBER,
                csi=_SEEDED_NUMBER if is_outbound else self._customer.number,
                word=self._words[status],
                status=status,
                created_at=created_at,
                completed_at=min(created_at + outcome.takes, now) if is_outbound else created_at,
                outcome=outcome,
                mishap=fate.mishap,
            )
            self.faxes.add(fax)
            yield str(fax_id)

    def jobs(self) -> tuple[Job, ...]:
        attempts = self.callback.sender.attempts_by_fax()
        return tuple(
            Job(
                provider=JobProvider.SOFTLINX,
                direction=fax.direction,
                account=self._customer.realm,
                job_id=fax.job_id,
                status=fax.status,
                created_at=fax.created_at,
                completed_at=fax.completed_at,
                is_marked=fax.is_marked,
                mishap=fax.mishap,
                callbacks=attempts.get((fax.direction, fax.job_id), ()),
                is_deleted=fax.is_deleted,
            )
            for fax in self.faxes.all()
        )

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        return self.callback.sender.attempts()

    def _fate(self, direction: JobDirection, job_id: str, number: str, faults: Faults) -> Fate:
        return draw_fate(number, f"{self._seed}/softlinx/{direction}/{job_id}", faults)

    def _set_out(self, fax: SoftlinxFax) -> None:
        departure = max(fax.created_at, fax.send_after or fax.created_at)
        self._schedule.at(departure + fax.outcome.takes, partial(self._complete, fax))

    def _complete(self, fax: SoftlinxFax) -> None:
        status = _final_status(fax.direction, is_whole=fax.outcome.cause is None)
        try:
            final = self.faxes.change(
                fax.direction,
                fax.fax_id,
                word=self._words[status],
                status=status,
                completed_at=self._clock.now(),
            )
        except UnknownFax:  # deleted while it was under way
            return
        self.callback.call_about(final)
        if status is JobStatus.SENT and fax.options.get("DeleteAfterSend") == "true":
            self.faxes.delete(fax.direction, [fax.fax_id])

    def _arrive(
        self, fax_id: int, caller: str, *, number: str, user: str, tsi: str, breaks_off: bool | None
    ) -> None:
        fate = self._fate(JobDirection.INBOUND, str(fax_id), caller, self._faults())
        outcome = fate.outcome()
        is_partial = outcome.cause is not None if breaks_off is None else breaks_off
        status = _final_status(JobDirection.INBOUND, is_whole=not is_partial)
        now = self._clock.now()
        fax = SoftlinxFax(
            direction=JobDirection.INBOUND,
            fax_id=fax_id,
            number=caller,
            own_number=number or self._customer.number,
            user=user or self._customer.login,
            tsi=tsi or caller,
            csi=number or self._customer.number,
            word=self._words[status],
            status=status,
            created_at=now,
            completed_at=now,
            outcome=outcome,
            mishap=fate.mishap,
        )
        self.faxes.add(fax)
        self.callback.call_about(fax)


def _final_status(direction: JobDirection, *, is_whole: bool) -> JobStatus:
    if direction is JobDirection.OUTBOUND:
        return JobStatus.SENT if is_whole else JobStatus.FAILED
    return JobStatus.RECEIVED if is_whole else JobStatus.RECEIVED_PARTIAL
