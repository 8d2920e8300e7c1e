"""What the functions are told that mail faxes to GreenFax and find out what became of them."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, number_of, text_of
from faxledger.settings.ledger import LedgerSettings
from faxledger.settings.sending import OrderSettings


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`domain` stands behind the number; `job_code` says where a fax's code is put."""

    orders: OrderSettings
    sender: str
    domain: str
    job_code: str
    configuration_set: str

    @classmethod
    def from_env(cls, environment: Environment) -> "MailSettings":
        return cls(
            orders=OrderSettings.from_env(environment),
            sender=text_of(environment, "GREENFAX_SENDER"),
            domain=text_of(environment, "GREENFAX_DOMAIN"),
            job_code=text_of(environment, "GREENFAX_JOB_CODE"),
            configuration_set=text_of(environment, "CONFIGURATION_SET"),
        )


@dataclass(frozen=True, slots=True)
class JoinSettings:
    """A guess is made at most `overdue_hours` after a fax was handed over."""

    ledger: LedgerSettings
    overdue_hours: int

    @classmethod
    def from_env(cls, environment: Environment) -> "JoinSettings":
        return cls(LedgerSettings.from_env(environment), number_of(environment, "OVERDUE_HOURS"))
