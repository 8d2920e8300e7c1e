"""What the Softlinx functions are told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.settings.environment import Environment, flag_of, text_of, words_of, zone_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class SoftlinxAccountSettings:
    realm: str
    time_zone: ZoneInfo
    marks_faxes: bool

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxAccountSettings":
        return cls(
            realm=text_of(environment, "SOFTLINX_REALM"),
            time_zone=zone_of(environment, "SOFTLINX_TIME_ZONE"),
            marks_faxes=flag_of(environment, "MARK_FAXES"),
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
        is_enforced = flag_of(environment, "ENFORCE_SOFTLINX_ADDRESSES")
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=SoftlinxAccountSettings.from_env(environment),
            token_secret=text_of(environment, "TOKEN_SECRET"),
            addresses=words_of(environment, "SOFTLINX_ADDRESSES") if is_enforced else None,
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
            url=text_of(environment, "SOFTLINX_URL"),
            wsdl=environment.get("SOFTLINX_WSDL", ""),
            credentials_secret=text_of(environment, "CREDENTIALS_SECRET"),
        )
