"""What `query_faxes` is told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.settings.environment import Environment, zone_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class QuerySettings:
    ledger: LedgerSettings
    time_zone: ZoneInfo

    @classmethod
    def from_env(cls, environment: Environment) -> "QuerySettings":
        return cls(ledger=LedgerSettings.from_env(environment), time_zone=zone_of(environment, "TIME_ZONE"))
