"""What the functions that take and send faxes are told."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, choice_of, number_of, text_of, words_of
from faxledger.settings.ledger import LedgerSettings
from faxledger.settings.softlinx_api import SoftlinxApiSettings

_CODE_FIELDS = ("ProjectCode2", "none")


@dataclass(frozen=True, slots=True)
class SubmitSettings:
    """`documents` is a bucket, `softlinx_queue` the URL of a queue, or empty where there is no Softlinx.

    `softlinx_code_field` is where at Softlinx an order's own code is put. `greenfax_queue` is empty where no
    fax is mailed; `greenfax_media_types` are those of the documents that may be, and after `overdue_hours`
    something must have been heard of each. `sender` is empty without emails to tell people.
    """

    ledger: LedgerSettings
    documents: str
    softlinx_queue: str
    softlinx_code_field: str
    greenfax_queue: str
    greenfax_media_types: frozenset[str]
    overdue_hours: int
    sender: str

    @classmethod
    def from_env(cls, environment: Environment) -> "SubmitSettings":
        return cls(
            ledger=LedgerSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            softlinx_queue=environment.get("SOFTLINX_ORDER_QUEUE", ""),
            softlinx_code_field=choice_of(environment, "SOFTLINX_CODE_FIELD", _CODE_FIELDS),
            greenfax_queue=environment.get("GREENFAX_ORDER_QUEUE", ""),
            greenfax_media_types=words_of(environment, "GREENFAX_DOCUMENT_TYPES"),
            overdue_hours=number_of(environment, "OVERDUE_HOURS"),
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


@dataclass(frozen=True, slots=True)
class SoftlinxSendSettings:
    orders: OrderSettings
    api: SoftlinxApiSettings
    code_field: str

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxSendSettings":
        return cls(
            orders=OrderSettings.from_env(environment),
            api=SoftlinxApiSettings.from_env(environment),
            code_field=choice_of(environment, "SOFTLINX_CODE_FIELD", _CODE_FIELDS),
        )
