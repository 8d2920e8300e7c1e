"""The realm: faxes come and go in it, and each final one is told to the listener."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import httpx

from local.simulators.courier import Courier, Letter, Retries
from local.simulators.faults import Faults, Telling
from local.simulators.jobs import CallbackAttempt, Direction, Job, Provider, Status, opposite
from local.simulators.lots import draw_lot
from local.simulators.ports import Clock, Schedule
from local.simulators.softlinx.faxes import Faxes, SoftlinxFax
from local.simulators.softlinx.fields import FINAL_WORDS, NOT_FINAL_WORD, UNKNOWN_WORDS, callback_of
from local.simulators.softlinx.options import SoftlinxAccount, SoftlinxOptions

# 12 attempts, 2 hours apart (doc).
_RETRIES = Retries(attempts=12, wait=timedelta(hours=2))


class Realm:
    """`callback_url` may be set at any time; while it is None nobody is called."""

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        *,
        account: SoftlinxAccount,
        options: SoftlinxOptions,
        faults: Callable[[], Faults],
        seed: int,
    ) -> None:
        self.callback_url: str | None = None
        self.faxes = Faxes(pages_shift=options.pages_shift)
        self._clock = clock
        self._schedule = schedule
        self._account = account
        self._options = options
        self._faults = faults
        self._seed = seed
        self._words = {**FINAL_WORDS, Status.FAILED: options.failed_word}
        self._courier = Courier(clock, schedule, _RETRIES)

    def close(self) -> None:
        self._courier.close()

    def send(
        self,
        number: str,
        *,
        user: str = "",
        tsi: str = "",
        recipient: str = "",
        project_code: str = "",
        project_code_2: str = "",
    ) -> str:
        fax_id = self.faxes.next_id(Direction.OUTBOUND)
        lot = draw_lot(number, f"{self._seed}/softlinx/outbound/{fax_id}", self._faults())
        outcome = lot.outcome()
        now = self._clock.now()
        self.faxes.add(
            SoftlinxFax(
                direction=Direction.OUTBOUND,
                fax_id=fax_id,
                number=number,
                own_number="",
                user=user or self._account.login,
                tsi=tsi or self._account.realm,
                csi=number,
                word=NOT_FINAL_WORD,
                status=Status.SUBMITTED,
                created_at=now,
                outcome=outcome,
                mishap=lot.mishap,
                project_code=project_code,
                project_code_2=project_code_2,
                recipient=recipient,
            )
        )
        status = Status.FAILED if outcome.cause else Status.SENT
        self._schedule.at(now + outcome.takes, partial(self._complete, fax_id, status))
        return str(fax_id)

    def receive(self, caller: str, *, number: str, user: str, tsi: str, breaks_off: bool | None) -> str:
        fax_id = self.faxes.next_id(Direction.INBOUND)
        lot = draw_lot(caller, f"{self._seed}/softlinx/inbound/{fax_id}", self._faults())
        outcome = lot.outcome()
        is_partial = outcome.cause is not None if breaks_off is None else breaks_off
        status = Status.RECEIVED_PARTIAL if is_partial else Status.RECEIVED
        now = self._clock.now()
        fax = SoftlinxFax(
            direction=Direction.INBOUND,
            fax_id=fax_id,
            number=caller,
            own_number=number,
            user=user or self._account.login,
            tsi=tsi or caller,
            csi=number,
            word=self._words[status],
            status=status,
            created_at=now,
            completed_at=now,
            outcome=outcome,
            mishap=lot.mishap,
        )
        self.faxes.add(fax)
        self._tell(fax)
        return str(fax_id)

    def jobs(self) -> tuple[Job, ...]:
        attempts = self._courier.attempts_by_fax()
        return tuple(
            Job(
                provider=Provider.SOFTLINX,
                direction=fax.direction,
                account=self._account.realm,
                job_id=str(fax.fax_id),
                status=fax.status,
                created_at=fax.created_at,
                completed_at=fax.completed_at,
                is_marked=fax.is_marked,
                mishap=fax.mishap,
                callbacks=attempts.get((fax.direction, str(fax.fax_id)), ()),
            )
            for fax in self.faxes.all()
        )

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        return self._courier.attempts()

    def _complete(self, fax_id: int, status: Status) -> None:
        self._tell(
            self.faxes.change(
                Direction.OUTBOUND,
                fax_id,
                word=self._words[status],
                status=status,
                completed_at=self._clock.now(),
            )
        )

    def _tell(self, fax: SoftlinxFax) -> None:
        if self.callback_url is not None:
            self._courier.carry(self._statements_of(fax, self.callback_url), fax.mishap)

    def _statements_of(self, fax: SoftlinxFax, url: str) -> Sequence[Letter]:
        def letter(status: Status, word: str | None = None) -> Letter:
            said = word or self._words[status]
            fields = callback_of(fax, self._account.realm, said, status)
            return Letter(str(fax.fax_id), fax.direction, said, self._post(url, fields))

        match fax.mishap.telling:
            case Telling.TRUTH:
                return [letter(fax.status)]
            case Telling.CONTRADICTION:
                return [letter(opposite(fax.status))]
            case Telling.RECANTATION:
                return [letter(fax.status), letter(opposite(fax.status))]
            case Telling.UNKNOWN_WORD:
                return [letter(fax.status, UNKNOWN_WORDS[fax.direction])]

    def _post(self, url: str, fields: dict[str, str]) -> httpx.Request:
        if self._options.multipart_callbacks:
            parts = [(name, (None, value.encode())) for name, value in fields.items()]
            request = httpx.Request("POST", url, files=parts)
        else:
            request = httpx.Request("POST", url, data=fields)
        request.read()  # so that it can be sent again
        return request
