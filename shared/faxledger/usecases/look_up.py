"""Ask a provider for some faxes by their ids, marked or not, and record what it says of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from faxledger.domain.attempts import provider_id
from faxledger.domain.fax import FaxId
from faxledger.domain.report import Fax, Report, Unreadable
from faxledger.errors import LoginRefused, ProviderError
from faxledger.usecases.leases import query_lease
from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.marking import MarkingProvider, MarkingSession
from faxledger.usecases.ports.world import Clock, Log
from faxledger.usecases.record import Recorder

# The exchange under way when the time is up, and the logging out, still fit into this.
_STOP_BEFORE = timedelta(seconds=75)
_MOST_FAILED_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What came of it: of the `unknown` the provider knows nothing, the `left` are to be asked for again."""

    stated: tuple[FaxId, ...]
    unknown: tuple[FaxId, ...]
    left: tuple[FaxId, ...]


class LookUpFaxes:
    """One look-up after the other, in one session, under the lease of all queries of the provider."""

    def __init__(
        self,
        provider: MarkingProvider,
        *,
        ledger: FaxLedger,
        recorder: Recorder,
        claims: Claims,
        clock: Clock,
        log: Log,
    ) -> None:
        self._provider = provider
        self._ledger = ledger
        self._recorder = recorder
        self._claims = claims
        self._clock = clock
        self._log = log

    def __call__(self, fax_ids: Iterable[FaxId], time_left: timedelta) -> LookedUp:
        """Look up as many as the time allows; raises `LoginRefused`, `LedgerUnavailable`."""
        # Attempts of one fax are one fax to its provider.
        asked = {(one.direction, provider_id(one)): one for one in fax_ids}
        stated: list[FaxId] = []
        unknown: list[FaxId] = []
        end = self._clock.now() + time_left
        with query_lease(self._claims, self._clock, self._provider.name, end=end) as is_granted:
            if not is_granted:
                self._log.warning("another run is under way", extra={"provider": self._provider.name})
                return LookedUp((), (), tuple(asked.values()))
            known = self._ledger.find_many(asked.values())
            failed_in_a_row = 0
            with self._provider.session(patience=(time_left / 2).total_seconds()) as session:
                for fax_id in asked.values():
                    if self._clock.now() >= end - _STOP_BEFORE or failed_in_a_row == _MOST_FAILED_IN_A_ROW:
                        break
                    try:
                        is_known = self._look_up(session, known.get(fax_id) or Fax(fax_id))
                    except LoginRefused:
                        raise
                    except ProviderError as error:
                        failed_in_a_row += 1
                        self._log.error("not looked up", extra={"fax_id": str(fax_id), "reason": str(error)})
                        continue
                    failed_in_a_row = 0
                    (stated if is_known else unknown).append(fax_id)
        done = {*stated, *unknown}
        left = tuple(fax_id for fax_id in asked.values() if fax_id not in done)
        return LookedUp(tuple(stated), tuple(unknown), left)

    def _look_up(self, session: MarkingSession, fax: Fax) -> bool:
        """Whether the provider knows the fax."""
        match session.find(fax):
            case Report() as report:
                self._recorder.record_all([report])
            case Unreadable() as unreadable:
                self._recorder.set_aside(unreadable)
            case None:
                self._log.warning("unknown to its provider", extra={"fax_id": str(fax.id)})
                return False
        return True
