"""What GreenFax's status words mean.

Which words there are depends on the way in:

- A notification comes when a job has completed: `success` is sent, and every other word is a failure and its
  own reason (doc).
- The words of the feed and of status emails are not published (open), so they are parameters of the
  template. A word that is none of them is not final.
- Of a received fax no word is said on any way in: it is told of because it was received (doc).
"""

from typing import NamedTuple

from faxledger.domain.fax import Status
from faxledger.settings.environment import Environment, words_of

_NOTIFIED_SENT = "success"


def status_of_completed(word: str) -> Status:
    """The final status that a notification's word stands for."""
    return Status.SENT if word.casefold() == _NOTIFIED_SENT else Status.FAILED


# No dataclass, which would cost a callback's cold start that does not even use it.
class StatusWords(NamedTuple):
    """The words of the feed and of status emails, in lower case."""

    sent: frozenset[str]
    failed: frozenset[str]

    @classmethod
    def from_env(cls, environment: Environment) -> "StatusWords":
        return cls(
            sent=words_of(environment, "GREENFAX_SENT_WORDS"),
            failed=words_of(environment, "GREENFAX_FAILED_WORDS"),
        )

    def status_of(self, word: str) -> Status | None:
        """The final status a word stands for, or None for a word that is not final or not known."""
        folded = word.casefold()
        if folded in self.sent:
            return Status.SENT
        return Status.FAILED if folded in self.failed else None
