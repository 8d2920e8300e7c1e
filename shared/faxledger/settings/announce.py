"""What `announce` is told."""

from dataclasses import dataclass
from datetime import datetime

from faxledger.settings.environment import Environment, moment_of, number_of, text_of


@dataclass(frozen=True, slots=True)
class AnnounceSettings:
    """`tell_from` is None where the table's creation counts as the first deployment."""

    table: str
    bus: str
    retention_days: int
    tell_from: datetime | None

    @classmethod
    def from_env(cls, environment: Environment) -> "AnnounceSettings":
        return cls(
            table=text_of(environment, "TABLE"),
            bus=text_of(environment, "BUS"),
            retention_days=number_of(environment, "RETENTION_DAYS"),
            tell_from=moment_of(environment, "TELL_FROM"),
        )
