"""What `close_day` is told."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from faxledger.settings.environment import Environment, moment_of, text_of, zone_of
from faxledger.settings.ledger import LedgerSettings


def records_of(environment: Environment) -> str:
    """The bucket in which the records of closed days lie."""
    return text_of(environment, "REPORTS")


@dataclass(frozen=True, slots=True)
class CloseDaySettings:
    """`records` and `documents` are buckets; days are closed as they are in `time_zone`.

    `tell_from` is None where the table's creation counts as the first deployment.
    """

    ledger: LedgerSettings
    bus: str
    records: str
    documents: str
    time_zone: ZoneInfo
    tell_from: datetime | None

    @classmethod
    def from_env(cls, environment: Environment) -> "CloseDaySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            bus=text_of(environment, "BUS"),
            records=records_of(environment),
            documents=text_of(environment, "DOCUMENTS"),
            time_zone=zone_of(environment, "TIME_ZONE"),
            tell_from=moment_of(environment, "TELL_FROM"),
        )
