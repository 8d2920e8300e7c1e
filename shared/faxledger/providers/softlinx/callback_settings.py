"""What the function is told that Softlinx's callbacks call."""

from dataclasses import dataclass

from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.settings.environment import Environment, flag_of, only_hints_of, text_of, words_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class SoftlinxCallbackSettings:
    """`send_queue` is the word for outbound faxes in Queue; `addresses` is None where every one may call."""

    ledger: LedgerSettings
    account: SoftlinxAccount
    send_queue: str
    token_secret: str
    only_hints: bool
    addresses: frozenset[str] | None

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxCallbackSettings":
        is_enforced = flag_of(environment, "ENFORCE_SOFTLINX_ADDRESSES")
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=SoftlinxAccount.from_env(environment),
            send_queue=text_of(environment, "SOFTLINX_SEND_QUEUE"),
            token_secret=text_of(environment, "TOKEN_SECRET"),
            only_hints=only_hints_of(environment),
            addresses=words_of(environment, "SOFTLINX_ADDRESSES") if is_enforced else None,
        )
