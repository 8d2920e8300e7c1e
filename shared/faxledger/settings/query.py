"""What `query_faxes` is told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.settings.accounts import AccountSettings
from faxledger.settings.environment import Environment, text_of, zone_of
from faxledger.settings.greenfax_plan import GreenFaxPlanSettings
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class QuerySettings:
    ledger: LedgerSettings
    documents: str
    time_zone: ZoneInfo
    accounts: AccountSettings

    @classmethod
    def from_env(cls, environment: Environment) -> "QuerySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            time_zone=zone_of(environment, "TIME_ZONE"),
            accounts=AccountSettings.from_env(environment),
        )


@dataclass(frozen=True, slots=True)
class FeedQuerySettings:
    ledger: LedgerSettings
    accounts: AccountSettings
    plan: GreenFaxPlanSettings

    @classmethod
    def from_env(cls, environment: Environment) -> "FeedQuerySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            accounts=AccountSettings.from_env(environment),
            plan=GreenFaxPlanSettings.from_env(environment),
        )
