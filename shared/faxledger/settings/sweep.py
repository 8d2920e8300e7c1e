"""What `sweep` is told."""

from dataclasses import dataclass

from faxledger.settings.accounts import AccountSettings
from faxledger.settings.environment import Environment, number_of, text_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """The queues are URLs, empty where the deployment has none; `failed_records` is a bucket."""

    ledger: LedgerSettings
    bus: str
    failed_records: str
    overdue_hours: int
    mark_queue: str
    retrieve_queue: str
    download_queue: str
    accounts: AccountSettings

    @classmethod
    def from_env(cls, environment: Environment) -> "SweepSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            bus=text_of(environment, "BUS"),
            failed_records=text_of(environment, "FAILED_RECORDS"),
            overdue_hours=number_of(environment, "OVERDUE_HOURS"),
            mark_queue=environment.get("MARK_QUEUE", ""),
            retrieve_queue=environment.get("RETRIEVE_QUEUE", ""),
            download_queue=environment.get("DOWNLOAD_QUEUE", ""),
            accounts=AccountSettings.from_env(environment),
        )
