"""What `query_faxes` is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Provider
from faxledger.settings.by_provider import accounts_of
from faxledger.settings.environment import Environment, text_of, zone_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """`documents` is a bucket."""

    ledger: LedgerSettings
    documents: str
    time_zone: ZoneInfo
    accounts: Mapping[Provider, str]

    @classmethod
    def from_env(cls, environment: Environment) -> "QuerySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            time_zone=zone_of(environment, "TIME_ZONE"),
            accounts=accounts_of(environment),
        )
