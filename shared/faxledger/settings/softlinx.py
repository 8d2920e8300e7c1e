"""Our Softlinx account, and what its callback is told."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from faxledger.settings.environment import (
    Environment,
    flag_of,
    only_hints_of,
    text_of,
    words_of,
    zone_of,
)
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
    """`send_queue` is the word for outbound faxes in Queue; `addresses` is None where every one may call."""

    ledger: LedgerSettings
    account: SoftlinxAccountSettings
    send_queue: str
    token_secret: str
    only_hints: bool
    addresses: frozenset[str] | None

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxCallbackSettings":
        is_enforced = flag_of(environment, "ENFORCE_SOFTLINX_ADDRESSES")
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=SoftlinxAccountSettings.from_env(environment),
            send_queue=text_of(environment, "SOFTLINX_SEND_QUEUE"),
            token_secret=text_of(environment, "TOKEN_SECRET"),
            only_hints=only_hints_of(environment),
            addresses=words_of(environment, "SOFTLINX_ADDRESSES") if is_enforced else None,
        )
