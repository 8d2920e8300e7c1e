"""What `announce` is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Provider
from faxledger.settings.by_provider import accounts_of
from faxledger.settings.environment import Environment, moment_of, text_of, zone_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class AnnounceSettings:
    """`tell_from` is None where the table's creation counts as the first deployment; `queue` is a URL.

    `failed_records` is a bucket.

    Days are those of `time_zone`.
    """

    ledger: LedgerSettings
    bus: str
    queue: str
    failed_records: str
    tell_from: datetime | None
    accounts: Mapping[Provider, str]
    time_zone: ZoneInfo

    @classmethod
    def from_env(cls, environment: Environment) -> "AnnounceSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            bus=text_of(environment, "BUS"),
            queue=text_of(environment, "NOTIFY_QUEUE"),
            failed_records=text_of(environment, "FAILED_RECORDS"),
            tell_from=moment_of(environment, "TELL_FROM"),
            accounts=accounts_of(environment),
            time_zone=zone_of(environment, "TIME_ZONE"),
        )
