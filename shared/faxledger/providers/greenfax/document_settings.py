"""What the function that fetches GreenFax's documents is told."""

from dataclasses import dataclass

from faxledger.egress.urls import HOST_NAME
from faxledger.errors import SettingMissing
from faxledger.settings.environment import Environment, number_of, text_of, words_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class GreenFaxDocumentSettings:
    """`hosts` are names in lower case, each allowed with all names below it; `documents` is a bucket.

    `most_received` is how often a message comes before it is a dead letter.
    """

    ledger: LedgerSettings
    hosts: frozenset[str]
    documents: str
    most_received: int

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxDocumentSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            hosts=_hosts(environment, "GREENFAX_DOCUMENT_HOSTS"),
            documents=text_of(environment, "DOCUMENTS"),
            most_received=number_of(environment, "MOST_RECEIVED"),
        )


def _hosts(environment: Environment, name: str) -> frozenset[str]:
    hosts = words_of(environment, name)
    if not all(HOST_NAME.fullmatch(host) for host in hosts):
        raise SettingMissing(f"the environment variable {name} has to hold names like greenfax.com")
    return hosts
