"""What the functions are told that mail faxes to GreenFax and find out what became of them."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, number_of, text_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`job_code` says where a fax's code is put; `most_received` how often a message comes at most."""

    ledger: LedgerSettings
    documents: str
    sender: str
    domain: str
    job_code: str
    configuration_set: str
    most_received: int

    @classmethod
    def from_env(cls, environment: Environment) -> "MailSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            sender=text_of(environment, "GREENFAX_SENDER"),
            domain=text_of(environment, "GREENFAX_DOMAIN"),
            job_code=text_of(environment, "GREENFAX_JOB_CODE"),
            configuration_set=text_of(environment, "CONFIGURATION_SET"),
            most_received=number_of(environment, "MOST_RECEIVED"),
        )


@dataclass(frozen=True, slots=True)
class JoinSettings:
    """A guess is made at most `overdue_hours` after a fax was handed over."""

    ledger: LedgerSettings
    overdue_hours: int

    @classmethod
    def from_env(cls, environment: Environment) -> "JoinSettings":
        return cls(LedgerSettings.from_env(environment), number_of(environment, "OVERDUE_HOURS"))
