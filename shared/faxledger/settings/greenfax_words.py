"""Which words GreenFax says that a fax was sent or has failed with; they are open, and so parameters."""

from dataclasses import dataclass

from faxledger.settings.environment import Environment, words_of


@dataclass(frozen=True, slots=True)
class GreenFaxWordSettings:
    """In lower case."""

    sent: frozenset[str]
    failed: frozenset[str]

    @classmethod
    def from_env(cls, environment: Environment) -> "GreenFaxWordSettings":
        return cls(
            words_of(environment, "GREENFAX_SENT_WORDS"), words_of(environment, "GREENFAX_FAILED_WORDS")
        )
