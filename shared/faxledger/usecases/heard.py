"""Know when each provider has pushed something last: whoever falls silent is noticed by that."""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta

from faxledger.domain.fax import PUSHES, Provider, Source
from faxledger.domain.report import Fax
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.announce import Change
from faxledger.usecases.ports.heard import Heard
from faxledger.usecases.ports.world import Log

# Nobody looks more closely, and a busy morning costs no more writes for it.
_OFTEN_ENOUGH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NotePushes:
    """Notes which sources of a provider have spoken, out of what changed of its faxes.

    A callback leaves its trace on the fax and pays for nothing else. What a source says once more of a fax
    changes nothing there, and is not noted.
    """

    heard: Heard
    _: KW_ONLY
    log: Log
    _noted: dict[tuple[Provider, Source], datetime] = field(default_factory=dict, init=False)

    def __call__(self, changes: Iterable[Change]) -> None:
        latest: dict[tuple[Provider, Source], datetime] = {}
        for change in changes:
            for source, seen_at in pushes_of(change.new) - (pushes_of(change.old) if change.old else set()):
                who = change.new.id.provider, source
                latest[who] = max(seen_at, latest.get(who, seen_at))
        for who, at in latest.items():
            if who not in self._noted or at - self._noted[who] >= _OFTEN_ENOUGH:
                self._note(who, at)

    def _note(self, who: tuple[Provider, Source], at: datetime) -> None:
        provider, source = who
        try:
            self.heard.note(provider, source, at)
        except LedgerUnavailable as error:
            # The next push says as much; no announcement waits for this.
            self.log.warning("not noted as heard", extra={"provider": provider, "reason": str(error)})
        else:
            self._noted[who] = at


def pushes_of(fax: Fax) -> set[tuple[Source, datetime]]:
    """What was pushed about the fax and left a trace on it, with when."""
    said = {(one.source, one.seen_at) for one in (*fax.sightings, *fax.unsettling)}
    if fax.conflict is not None:
        said.add((fax.conflict.source, fax.conflict.seen_at))
    return {(source, seen_at) for source, seen_at in said if source in PUSHES}
