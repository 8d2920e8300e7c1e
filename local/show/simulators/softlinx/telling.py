"""The URL callback: what is posted to the listener about a final fax."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import httpx

from local.show.simulators.courier import Courier, Letter, Retries
from local.show.simulators.faults import Telling
from local.show.simulators.jobs import Status, opposite
from local.show.simulators.ports import Clock, Schedule
from local.show.simulators.softlinx.faxes import SoftlinxFax
from local.show.simulators.softlinx.fields import UNKNOWN_WORDS, callback_of

# 12 attempts, 2 hours apart (doc).
_RETRIES = Retries(attempts=12, wait=timedelta(hours=2))


class UrlCallback:
    """`url` may be set at any time; while it is None nobody is called."""

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        *,
        realm: str,
        words: Mapping[Status, str],
        is_multipart: bool,
    ) -> None:
        self.url: str | None = None
        self.courier = Courier(clock, schedule, _RETRIES)
        self._realm = realm
        self._words = words
        self._is_multipart = is_multipart

    def tell(self, fax: SoftlinxFax) -> None:
        if self.url is not None:
            self.courier.carry(self._statements_of(fax, self.url), fax.mishap)

    def _statements_of(self, fax: SoftlinxFax, url: str) -> Sequence[Letter]:
        def letter(status: Status, word: str | None = None) -> Letter:
            said = word or self._words[status]
            fields = callback_of(fax, self._realm, said, status)
            return Letter(fax.job_id, fax.direction, said, self._post(url, fields))

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
        if self._is_multipart:
            parts = [(name, (None, value.encode())) for name, value in fields.items()]
            request = httpx.Request("POST", url, files=parts)
        else:
            request = httpx.Request("POST", url, data=fields)
        request.read()  # so that it can be sent again
        return request
