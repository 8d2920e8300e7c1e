"""What the functions are told that take faxes for GreenFax and mail them."""

from dataclasses import dataclass
from datetime import timedelta

from faxledger.providers.greenfax.sending import EmailForm
from faxledger.settings.environment import Environment, number_of, text_of, words_of
from faxledger.settings.sending import OrderSettings


@dataclass(frozen=True, slots=True)
class GreenFaxRuleSettings:
    """`media_types` are those of the documents that may be mailed."""

    media_types: frozenset[str]
    heard_within: timedelta

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxRuleSettings":
        return cls(
            media_types=words_of(environment, "GREENFAX_DOCUMENT_TYPES"),
            heard_within=timedelta(hours=number_of(environment, "OVERDUE_HOURS")),
        )


@dataclass(frozen=True, slots=True)
class GreenFaxSendSettings:
    orders: OrderSettings
    form: EmailForm
    configuration_set: str

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxSendSettings":
        return cls(
            orders=OrderSettings.from_env(environment),
            form=EmailForm(
                sender=text_of(environment, "GREENFAX_SENDER"),
                domain=text_of(environment, "GREENFAX_DOMAIN"),
                job_code=text_of(environment, "GREENFAX_JOB_CODE"),
            ),
            configuration_set=text_of(environment, "CONFIGURATION_SET"),
        )
