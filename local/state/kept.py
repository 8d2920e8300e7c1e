"""Everything that the services of one machine keep."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from local.dynamodb.tables import MemoryTable
from local.state.facts import fact
from local.state.journal import Journal, Write
from local.state.objects import KeptObjects
from local.state.queues import KeptQueues
from local.state.secrets import KeptSecrets
from local.state.tables import KeptTable

MOMENT: Final = "moment"
_MOMENT_EVERY: Final = timedelta(seconds=10)


class KeptServices:
    """The services' keepers over one journal. `now` is the bundle's clock, whose time is kept too."""

    def __init__(
        self,
        journal: Journal,
        now: Callable[[], datetime],
        *,
        delays: MutableMapping[str, int],
        chains: MutableMapping[str, Any],
    ) -> None:
        self._journal = journal
        self._now = now
        self._moment: datetime | None = None
        self.queues = KeptQueues(journal, self._write, now, delays=delays, chains=chains)
        self.objects = KeptObjects(journal, self._write)
        self.secrets = KeptSecrets(journal, self._write)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        with ExitStack() as blocks:
            for service in (self.queues, self.objects, self.secrets):
                blocks.enter_context(service.keeping())
            yield

    def table(self, name: str, table: MemoryTable) -> KeptTable:
        return KeptTable(name, table, self._journal, self._write)

    def _write(self, writes: list[Write]) -> None:
        now = self._now()
        if self._moment is None or now - self._moment >= _MOMENT_EVERY:
            writes = [*writes, fact(MOMENT, now.isoformat())]
            self._moment = now
        self._journal.write(writes)
