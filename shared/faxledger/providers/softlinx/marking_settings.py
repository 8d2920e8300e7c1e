"""What the functions are told that poll Softlinx and fetch its documents."""

from dataclasses import dataclass

from faxledger.domain.report import DocumentType
from faxledger.providers.softlinx.api_settings import SoftlinxApiSettings
from faxledger.providers.softlinx.marking import Mode
from faxledger.settings.environment import Environment, choice_of, number_of, text_of


@dataclass(frozen=True, slots=True)
class SoftlinxMarkSettings:
    """`lanes` is how many faxes are marked at once."""

    api: SoftlinxApiSettings
    lanes: int

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxMarkSettings":
        return cls(
            api=SoftlinxApiSettings.from_env(environment),
            lanes=number_of(environment, "SOFTLINX_MARK_CONCURRENCY"),
        )


@dataclass(frozen=True, slots=True)
class SoftlinxPollSettings:
    """`lanes` is how many faxes are settled or marked at once."""

    api: SoftlinxApiSettings
    mode: Mode
    lanes: int

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxPollSettings":
        return cls(
            api=SoftlinxApiSettings.from_env(environment),
            mode=Mode(choice_of(environment, "SOFTLINX_MODE", tuple(Mode))),
            lanes=number_of(environment, "SOFTLINX_MARK_CONCURRENCY"),
        )


@dataclass(frozen=True, slots=True)
class SoftlinxRetrieveSettings:
    """`documents` is a bucket, `most_received` how often a message comes before it is a dead letter."""

    api: SoftlinxApiSettings
    documents: str
    document_type: DocumentType
    most_received: int

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxRetrieveSettings":
        return cls(
            api=SoftlinxApiSettings.from_env(environment),
            documents=text_of(environment, "DOCUMENTS"),
            document_type=DocumentType(choice_of(environment, "SOFTLINX_DOCUMENT_TYPE", tuple(DocumentType))),
            most_received=number_of(environment, "MOST_RECEIVED"),
        )
