"""What `sweep` is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from faxledger.domain.fax import Provider
from faxledger.domain.report import Duty
from faxledger.settings.by_provider import accounts_of, by_provider
from faxledger.settings.environment import Environment, text_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """`queues` are the URLs of those that work off a duty of a provider's faxes: `<PROVIDER>_<DUTY>_QUEUE`.

    `failed_records` is a bucket.
    """

    ledger: LedgerSettings
    bus: str
    failed_records: str
    queues: Mapping[tuple[Provider, Duty], str]
    accounts: Mapping[Provider, str]

    @classmethod
    def from_env(cls, environment: Environment) -> "SweepSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            bus=text_of(environment, "BUS"),
            failed_records=text_of(environment, "FAILED_RECORDS"),
            queues={
                (provider, duty): url
                for duty in Duty
                for provider, url in by_provider(environment, f"{duty.upper()}_QUEUE").items()
            },
            accounts=accounts_of(environment),
        )
