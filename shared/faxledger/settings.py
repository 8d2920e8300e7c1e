"""What each function is told by its deployment, as a frozen object; the environment is read nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from faxledger.errors import SettingMissing

Environment = Mapping[str, str]


def process_environment() -> Environment:
    """The environment variables of this process."""
    return os.environ


def is_lambda(environment: Environment) -> bool:
    """Whether this is a Lambda runtime, which has a whole CPU while it starts and less afterwards."""
    return "AWS_LAMBDA_INITIALIZATION_TYPE" in environment


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    table: str
    retention_days: int
    shards: int

    @classmethod
    def from_env(cls, environment: Environment) -> "LedgerSettings":
        return cls(
            table=_text(environment, "TABLE"),
            retention_days=_number(environment, "RETENTION_DAYS"),
            shards=_number(environment, "INDEX_SHARDS"),
        )


@dataclass(frozen=True, slots=True)
class SoftlinxAccountSettings:
    realm: str
    time_zone: ZoneInfo
    marks_faxes: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxAccountSettings":
        return cls(
            realm=_text(environment, "SOFTLINX_REALM"),
            time_zone=_zone(environment, "SOFTLINX_TIME_ZONE"),
            marks_faxes=_flag(environment, "MARK_FAXES"),
        )


@dataclass(frozen=True, slots=True)
class SoftlinxCallbackSettings:
    """`addresses` is None where every address may call."""

    ledger: LedgerSettings
    account: SoftlinxAccountSettings
    token_secret: str
    addresses: frozenset[str] | None

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxCallbackSettings":
        is_enforced = _flag(environment, "ENFORCE_SOFTLINX_ADDRESSES")
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=SoftlinxAccountSettings.from_env(environment),
            token_secret=_text(environment, "TOKEN_SECRET"),
            addresses=_words(environment, "SOFTLINX_ADDRESSES") if is_enforced else None,
        )


@dataclass(frozen=True, slots=True)
class SoftlinxApiSettings:
    """`wsdl` is the provider's own WSDL, or empty for the one that is shipped."""

    ledger: LedgerSettings
    account: SoftlinxAccountSettings
    url: str
    wsdl: str
    credentials_secret: str

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxApiSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=SoftlinxAccountSettings.from_env(environment),
            url=_text(environment, "SOFTLINX_URL"),
            wsdl=environment.get("SOFTLINX_WSDL", ""),
            credentials_secret=_text(environment, "CREDENTIALS_SECRET"),
        )


@dataclass(frozen=True, slots=True)
class GreenFaxAccountSettings:
    account_id: str
    time_zone: ZoneInfo

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxAccountSettings":
        return cls(
            account_id=_text(environment, "GREENFAX_ACCOUNT_ID"),
            time_zone=_zone(environment, "GREENFAX_TIME_ZONE"),
        )


@dataclass(frozen=True, slots=True)
class GreenFaxNotifySettings:
    ledger: LedgerSettings
    account: GreenFaxAccountSettings
    token_secret: str

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxNotifySettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccountSettings.from_env(environment),
            token_secret=_text(environment, "TOKEN_SECRET"),
        )


@dataclass(frozen=True, slots=True)
class GreenFaxFeedSettings:
    """`…_parameters` are the feed's names for account, password, first and last day."""

    ledger: LedgerSettings
    account: GreenFaxAccountSettings
    credentials_secret: str
    outbound_url: str
    outbound_parameters: tuple[str, ...]
    inbound_url: str
    inbound_parameters: tuple[str, ...]
    inbound_every: int
    overlap_days: int
    first_days: int
    sent_words: frozenset[str]
    failed_words: frozenset[str]

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxFeedSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=GreenFaxAccountSettings.from_env(environment),
            credentials_secret=_text(environment, "CREDENTIALS_SECRET"),
            outbound_url=_text(environment, "GREENFAX_OUTBOUND_URL"),
            outbound_parameters=_names(environment, "GREENFAX_OUTBOUND_PARAMETERS"),
            inbound_url=_text(environment, "GREENFAX_INBOUND_URL"),
            inbound_parameters=_names(environment, "GREENFAX_INBOUND_PARAMETERS"),
            inbound_every=_number(environment, "GREENFAX_INBOUND_EVERY"),
            overlap_days=_number(environment, "GREENFAX_OVERLAP_DAYS"),
            first_days=_number(environment, "GREENFAX_FIRST_DAYS"),
            sent_words=_words(environment, "GREENFAX_SENT_WORDS"),
            failed_words=_words(environment, "GREENFAX_FAILED_WORDS"),
        )


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
            table=_text(environment, "TABLE"),
            bus=_text(environment, "BUS"),
            retention_days=_number(environment, "RETENTION_DAYS"),
            tell_from=_moment(environment, "TELL_FROM"),
        )


@dataclass(frozen=True, slots=True)
class QuerySettings:
    ledger: LedgerSettings
    time_zone: ZoneInfo

    @classmethod
    def from_env(cls, environment: Environment) -> "QuerySettings":
        return cls(ledger=LedgerSettings.from_env(environment), time_zone=_zone(environment, "TIME_ZONE"))


def _text(environment: Environment, name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingMissing(f"the environment variable {name} is missing")
    return value


def _number(environment: Environment, name: str) -> int:
    text = _text(environment, name)
    if not text.isdecimal():
        raise SettingMissing(f"the environment variable {name} is not a whole number")
    return int(text)


def _flag(environment: Environment, name: str) -> bool:
    text = _text(environment, name)
    if text not in {"true", "false"}:
        raise SettingMissing(f"the environment variable {name} is neither true nor false")
    return text == "true"


def _names(environment: Environment, name: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in _text(environment, name).split(","))
    if len(names) != 4 or not all(names):
        raise SettingMissing(f"the environment variable {name} has to hold four names")
    return names


def _words(environment: Environment, name: str) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in _text(environment, name).split(",") if word.strip())


def _zone(environment: Environment, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(_text(environment, name))
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingMissing(f"the environment variable {name} names no time zone") from None


def _moment(environment: Environment, name: str) -> datetime | None:
    text = environment.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingMissing(f"the environment variable {name} is not an ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
