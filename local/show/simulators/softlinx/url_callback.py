"""The URL callback: what is posted to the listener about a final fax."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import httpx

from local.show.simulators.callbacks import Callback, CallbackSender, Retries
from local.show.simulators.faults import Veracity
from local.show.simulators.jobs import CallbackAttempt, JobStatus, opposite
from local.show.simulators.ports import NO_SHELF, Schedule, Shelf, SimulatorClock
from local.show.simulators.softlinx.faxes import SoftlinxFax
from local.show.simulators.softlinx.fields import UNKNOWN_WORDS, callback_of

# 12 attempts, 2 hours apart (doc).
_RETRIES = Retries(attempts=12, wait=timedelta(hours=2))


class UrlCallback:
    """`url` may be set at any time; while it is None nobody is called."""

    def __init__(
        self,
        clock: SimulatorClock,
        schedule: Schedule,
        *,
        realm: str,
        words: Mapping[JobStatus, str],
        is_multipart: bool,
        shelf: Shelf[CallbackAttempt] = NO_SHELF,
    ) -> None:
        self.url: str | None = None
        self.sender = CallbackSender(clock, schedule, _RETRIES, shelf)
        self._realm = realm
        self._words = words
        self._is_multipart = is_multipart

    def call_about(self, fax: SoftlinxFax) -> None:
        if self.url is not None:
            self.sender.send(self._callbacks_about(fax, self.url), fax.mishap)

    def _callbacks_about(self, fax: SoftlinxFax, url: str) -> Sequence[Callback]:
        def callback(status: JobStatus, word: str | None = None) -> Callback:
            said = word or self._words[status]
            fields = callback_of(fax, self._realm, said, status)
            return Callback(fax.job_id, fax.direction, said, self._request_to(url, fields))

        match fax.mishap.veracity:
            case Veracity.TRUTH:
                return [callback(fax.status)]
            case Veracity.CONTRADICTION:
                return [callback(opposite(fax.status))]
            case Veracity.RECANTATION:
                return [callback(fax.status), callback(opposite(fax.status))]
            case Veracity.UNKNOWN_WORD:
                return [callback(fax.status, UNKNOWN_WORDS[fax.direction])]

    def _request_to(self, url: str, fields: dict[str, str]) -> httpx.Request:
        if self._is_multipart:
            parts = [(name, (None, value.encode())) for name, value in fields.items()]
            request = httpx.Request("POST", url, files=parts)
        else:
            request = httpx.Request("POST", url, data=fields)
        request.read()  # so that it can be sent again
        return request
