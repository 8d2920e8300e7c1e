"""What the functions are told that take faxes for Softlinx and hand them over."""

from dataclasses import dataclass

from faxledger.providers.softlinx.api_settings import SoftlinxApiSettings
from faxledger.providers.softlinx.sending import CodeField
from faxledger.settings.environment import Environment, choice_of
from faxledger.settings.sending import OrderSettings


def code_field_of(environment: Environment) -> CodeField:
    return CodeField(choice_of(environment, "SOFTLINX_CODE_FIELD", tuple(CodeField)))


@dataclass(frozen=True, slots=True)
class SoftlinxSendSettings:
    orders: OrderSettings
    api: SoftlinxApiSettings
    code_field: CodeField

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxSendSettings":
        return cls(
            orders=OrderSettings.from_env(environment),
            api=SoftlinxApiSettings.from_env(environment),
            code_field=code_field_of(environment),
        )
