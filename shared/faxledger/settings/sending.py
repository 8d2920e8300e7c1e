"""What the functions are told that take faxes to be sent, and hand them over."""

from collections.abc import Mapping
from dataclasses import dataclass

from faxledger.domain.fax import Provider
from faxledger.settings.by_provider import by_provider
from faxledger.settings.environment import Environment, number_of, text_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class SubmitSettings:
    """`documents` is a bucket; `queues` are the URLs of those providers that faxes can be sent through.

    `sender` is empty without emails to tell people.
    """

    ledger: LedgerSettings
    documents: str
    queues: Mapping[Provider, str]
    sender: str

    @classmethod
    def from_env(cls, environment: Environment) -> "SubmitSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            queues=by_provider(environment, "ORDER_QUEUE"),
            sender=environment.get("NOTIFY_SENDER", ""),
        )


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """What it takes to work off a queue of orders, whoever they are handed to.

    `documents` is a bucket, `most_received` how often a message comes before it is a dead letter.
    """

    ledger: LedgerSettings
    documents: str
    most_received: int

    @classmethod
    def from_env(cls, environment: Environment) -> "OrderSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            most_received=number_of(environment, "MOST_RECEIVED"),
        )
