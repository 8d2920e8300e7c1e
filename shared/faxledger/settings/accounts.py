"""Our own accounts, for functions that have to name faxes of either provider."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Realm and account id as they stand in a fax's id, empty where there is none."""

    softlinx: str
    greenfax: str

    @classmethod
    def from_env(cls, environment: Environment) -> "AccountSettings":
        return cls(
            softlinx=environment.get("SOFTLINX_ACCOUNT", "").lower(),
            greenfax=environment.get("GREENFAX_ACCOUNT", "").lower(),
        )
