"""What the functions that tell of faxes are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Provider
from faxledger.settings.by_provider import accounts_of
from faxledger.settings.environment import Environment, moment_of, text_of, zone_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """`queue` and `dead_letters` are URLs, `signing_keys` is a secret; `sender` is empty without emails."""

    ledger: LedgerSettings
    queue: str
    dead_letters: str
    signing_keys: str
    sender: str

    @classmethod
    def from_env(cls, environment: Environment) -> "NotifySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            queue=text_of(environment, "NOTIFY_QUEUE"),
            dead_letters=text_of(environment, "NOTIFY_DEAD_LETTERS"),
            signing_keys=text_of(environment, "SIGNING_KEYS_SECRET"),
            sender=environment.get("NOTIFY_SENDER", ""),
        )


@dataclass(frozen=True, slots=True)
class NotifyDueSettings:
    ledger: LedgerSettings
    queue: str

    @classmethod
    def from_env(cls, environment: Environment) -> "NotifyDueSettings":
        return cls(ledger=LedgerSettings.from_env(environment), queue=text_of(environment, "NOTIFY_QUEUE"))


@dataclass(frozen=True, slots=True)
class RedriveDeliveriesSettings:
    """`time_zone` is that of a moment which names none, `tell_from` as in `AnnounceSettings`."""

    ledger: LedgerSettings
    time_zone: ZoneInfo
    tell_from: datetime | None
    accounts: Mapping[Provider, str]

    @classmethod
    def from_env(cls, environment: Environment) -> "RedriveDeliveriesSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            time_zone=zone_of(environment, "TIME_ZONE"),
            tell_from=moment_of(environment, "TELL_FROM"),
            accounts=accounts_of(environment),
        )


@dataclass(frozen=True, slots=True)
class EditRoutesSettings:
    """`sender` is empty where no emails can be sent."""

    ledger: LedgerSettings
    sender: str

    @classmethod
    def from_env(cls, environment: Environment) -> "EditRoutesSettings":
        return cls(ledger=LedgerSettings.from_env(environment), sender=environment.get("NOTIFY_SENDER", ""))
