"""Both clients before the simulator, which was written apart from them, from the same facts."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from faxledger.domain.fax import Direction
from faxledger.domain.report import DocumentType
from faxledger.providers.softlinx.api import SoftlinxApi
from faxledger.providers.softlinx.rest import SoftlinxRest
from faxledger.providers.softlinx.soap import SoftlinxSoap
from faxledger.providers.softlinx.transport import Limits
from local.show.simulators import jobs
from local.show.simulators.softlinx import SoftlinxSimulator

PASSWORD = "not-a-secret"
# What the simulator answers for a token it does not know.
EXPIRED = frozenset({"3"})


class Kind(StrEnum):
    SOAP = "soap"
    REST = "rest"


class Time:
    """A clock and a schedule that stand still until `pass_by`."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self._actions: list[tuple[datetime, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._now

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        self._actions.append((when, action))

    def pass_by(self) -> None:
        while self._actions:
            self._actions.sort(key=lambda planned: planned[0])
            when, action = self._actions.pop(0)
            self._now = max(self._now, when)
            action()


def account(
    kind: Kind,
    simulator: SoftlinxSimulator,
    *,
    password: str = PASSWORD,
    url: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> SoftlinxApi:
    realm = simulator.customer.realm

    def credentials() -> tuple[str, str]:
        return simulator.customer.login, password

    if kind is Kind.REST:
        return SoftlinxRest(
            url=url or simulator.restapi_url,
            realm=realm,
            credentials=credentials,
            limits=limits,
            page_size=40,
        )
    return SoftlinxSoap(
        url=url or simulator.wsapi_url,
        realm=realm,
        credentials=credentials,
        limits=limits,
        page_size=40,
        expired_token_codes=EXPIRED,
    )


def document_of(
    simulator: SoftlinxSimulator,
    direction: Direction,
    fax_id: str,
    form: DocumentType = DocumentType.PDF,
) -> bytes:
    """What ought to arrive; the simulator has words of its own for the same things."""
    return simulator.document(jobs.JobDirection(direction), fax_id, str(form))
