"""The traffic of one account: faxes come and go, and each final one is told once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import httpx

from local.show.simulators.courier import Courier, Letter, Retries
from local.show.simulators.faults import Delivery, Faults, Telling
from local.show.simulators.greenfax.emails import SENDER, status_email
from local.show.simulators.greenfax.faxes import UNKNOWN_WORD, Faxes, GreenFaxJob, word_of
from local.show.simulators.greenfax.notify import inbound_fields, notify_url, outbound_fields
from local.show.simulators.greenfax.options import GreenFaxAccount, GreenFaxOptions
from local.show.simulators.jobs import CallbackAttempt, Direction, Job, Provider, Status, opposite
from local.show.simulators.lots import Lot, draw_lot
from local.show.simulators.outcomes import Cause
from local.show.simulators.ports import Clock, Schedule

# A notification that is missed is gone (doc).
_RETRIES = Retries(attempts=1)


def _final(direction: Direction, cause: Cause | None) -> Status:
    if direction is Direction.INBOUND:
        return Status.RECEIVED
    return Status.FAILED if cause else Status.SENT


class Traffic:
    """The two URLs may be set at any time; while one is None nobody is notified there."""

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        *,
        account: GreenFaxAccount,
        options: GreenFaxOptions,
        faults: Callable[[], Faults],
        seed: int,
    ) -> None:
        self.notify_url: str | None = None
        self.inbound_notify_url: str | None = None
        self.mail_to: Callable[[bytes, str], None] | None = None
        self.faxes = Faxes()
        # Where a received fax's document is, by its file name; the simulator's address is known late.
        self.place_of: Callable[[str], str] = str
        self._clock = clock
        self._schedule = schedule
        self._account = account
        self._encode_twice = options.encode_twice
        self._zone = ZoneInfo(options.zone)
        self._faults = faults
        self._seed = seed
        self._courier = Courier(clock, schedule, _RETRIES)

    def close(self) -> None:
        self._courier.close()

    def send(self, number: str, *, job_code: str, sender: str) -> str:
        job_id = self.faxes.next_id(Direction.OUTBOUND)
        lot = self._draw(number, Direction.OUTBOUND, job_id)
        if lot.mishap.telling is Telling.UNKNOWN_WORD:
            lot = replace(lot, cause=Cause.OTHER)  # any word but `success` tells a failure (seen)
        outcome = lot.outcome()
        now = self._clock.now()
        self.faxes.add(
            GreenFaxJob(
                direction=Direction.OUTBOUND,
                job_id=job_id,
                number=number,
                sender=sender,
                job_code=job_code,
                status=Status.SUBMITTED,
                created_at=now,
                outcome=outcome,
                mishap=lot.mishap,
            )
        )
        status = Status.FAILED if outcome.cause else Status.SENT
        self._schedule.at(now + outcome.takes, partial(self._complete, job_id, status))
        return job_id

    def receive(self, caller: str, *, number: str) -> str:
        job_id = self.faxes.next_id(Direction.INBOUND)
        lot = self._draw(caller, Direction.INBOUND, job_id)
        # Neither the inbound notification nor the inbound feed has a status to be wrong about (doc).
        lot = replace(lot, cause=None, mishap=replace(lot.mishap, telling=Telling.TRUTH))
        now = self._clock.now()
        filename = f"fax-{job_id}.pdf"
        job = GreenFaxJob(
            direction=Direction.INBOUND,
            job_id=job_id,
            number=number,
            sender=caller,
            job_code="",
            status=Status.RECEIVED,
            created_at=now,
            completed_at=now,
            outcome=lot.outcome(),
            mishap=lot.mishap,
            filename=filename,
            download_url=self.place_of(filename),
        )
        self.faxes.add(job)
        self._tell(job)
        return job_id

    def remember(self, direction: Direction, number: str, completed_at: datetime) -> str:
        """A fax of the past, of which nobody is told any more."""
        job_id = self.faxes.next_id(direction)
        lot = self._draw(number, direction, job_id)
        is_outbound = direction is Direction.OUTBOUND
        outcome = lot.outcome() if is_outbound else replace(lot, cause=None).outcome()
        filename = "" if is_outbound else f"fax-{job_id}.pdf"
        self.faxes.add(
            GreenFaxJob(
                direction=direction,
                job_id=job_id,
                number=number,
                sender=number,
                job_code="",
                status=_final(direction, outcome.cause),
                created_at=completed_at - outcome.takes,
                completed_at=completed_at,
                outcome=outcome,
                mishap=replace(lot.mishap, delivery=Delivery.DROPPED),
                filename=filename,
                download_url=self.place_of(filename) if filename else "",
            )
        )
        return job_id

    def jobs(self) -> tuple[Job, ...]:
        attempts = self._courier.attempts_by_fax()
        return tuple(
            Job(
                provider=Provider.GREENFAX,
                direction=job.direction,
                account=self._account.account_id,
                job_id=job.job_id,
                status=job.status,
                created_at=job.created_at,
                completed_at=job.completed_at,
                is_marked=None,
                mishap=job.mishap,
                callbacks=attempts.get((job.direction, job.job_id), ()),
            )
            for job in self.faxes.all()
        )

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        return self._courier.attempts()

    def _draw(self, number: str, direction: Direction, job_id: str) -> Lot:
        return draw_lot(number, f"{self._seed}/greenfax/{direction}/{job_id}", self._faults())

    def _complete(self, job_id: str, status: Status) -> None:
        now = self._clock.now()
        job = self.faxes.change(Direction.OUTBOUND, job_id, status=status, completed_at=now)
        self._tell(job)
        if self.mail_to is not None:
            self.mail_to(status_email(job, self._zone), SENDER)

    def _tell(self, job: GreenFaxJob) -> None:
        is_outbound = job.direction is Direction.OUTBOUND
        url = self.notify_url if is_outbound else self.inbound_notify_url
        if url is not None:
            statements = (
                self._outbound_statements(job, url) if is_outbound else self._inbound_statements(job, url)
            )
            self._courier.carry(statements, job.mishap)

    def _inbound_statements(self, job: GreenFaxJob, url: str) -> Sequence[Letter]:
        return [self._letter(job, "", url, inbound_fields(job, self._zone))]

    def _outbound_statements(self, job: GreenFaxJob, url: str) -> Sequence[Letter]:
        def letter(status: Status, word: str | None = None) -> Letter:
            result = word or word_of(status, job.outcome.cause)
            return self._letter(job, result, url, outbound_fields(job, result, status, self._zone))

        match job.mishap.telling:
            case Telling.TRUTH:
                return [letter(job.status)]
            case Telling.CONTRADICTION:
                return [letter(opposite(job.status))]
            case Telling.RECANTATION:
                return [letter(job.status), letter(opposite(job.status))]
            case Telling.UNKNOWN_WORD:
                return [letter(job.status, UNKNOWN_WORD)]

    def _letter(self, job: GreenFaxJob, said: str, url: str, fields: dict[str, str]) -> Letter:
        target = notify_url(url, fields, encode_twice=self._encode_twice)
        return Letter(job.job_id, job.direction, said, httpx.Request("GET", target))
