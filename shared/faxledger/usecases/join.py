"""Join what was sent with the fax that its provider names only when it tells the status."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta

from faxledger.domain.fax import Provider
from faxledger.domain.numbers import differ
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy, code_of_ours, order_code, order_id_of
from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.usecases.ports.sending import Joins
from faxledger.usecases.ports.world import Count, Log

# A fax may be ordered for later, and its order be in doubt until it has come to its end.
_ORDERED_WITHIN = timedelta(days=30)
_WITH_THE_PROVIDER = frozenset({SubmissionState.HANDED_OVER, SubmissionState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class JoinFax:
    """By the code, which is the submission's id; where a report has none, perhaps as a guess.

    A code that comes back with another number than was asked for joins nothing.

    A guess is made only if one submission alone could be meant: to the same number, and handed over at most
    `within` before the fax was completed. A code that comes later replaces it.
    A provider in `order_code_of` names its faxes when it takes them, and its faxes bring back the code of
    their order: by that and by its number one is joined whose order was not answered.
    """

    joins: Joins
    _: KW_ONLY
    within: timedelta
    order_code_of: Mapping[Provider, Callable[[Fax], str | None]]
    count: Count
    log: Log

    def __call__(self, fax: Fax) -> None:
        """Harmless twice. Raises `LedgerUnavailable`."""
        if (read_code := self.order_code_of.get(fax.id.provider)) is not None:
            self._by_order_code(fax, read_code(fax))
            return
        code = code_of_ours(fax.facts.reference)
        if code is not None:
            self._by_code(fax, code)
        elif not (fax.facts.reference or "").strip() and fax.submission is None:
            self._by_guess(fax)
        # Any other code is somebody else's: then the fax is as well.

    def _by_code(self, fax: Fax, code: str) -> None:
        submission = self.joins.submission(code)
        if submission is None or submission.provider is not fax.id.provider:
            self.log.warning(
                "no submission has this code", extra={"fax_id": str(fax.id), "submission_id": code}
            )
            self.count("CodeUnknown", provider=fax.id.provider)
            return
        if differ(submission.facts.to_number or "", fax.facts.to_number or ""):
            self.log.warning(
                "a code came back with another number", extra={"fax_id": str(fax.id), "submission_id": code}
            )
            self.count("CodeOfAnotherNumber", provider=fax.id.provider)
            return
        is_joined = submission.joined_by is JoinedBy.CODE
        if is_joined and submission.fax != fax.id:
            self.log.warning(
                "a code came back with two faxes", extra={"fax_id": str(fax.id), "submission_id": code}
            )
            self.count("CodeTwice", provider=fax.id.provider)
            return
        if is_joined and fax.submission == code:
            return
        if submission.state is SubmissionState.REFUSED:
            # It went through after all, and both were told: the failure stays on record beside the fax.
            self.log.warning(
                "a failed submission is a fax", extra={"fax_id": str(fax.id), "submission_id": code}
            )
            self.count("FailureDenied", provider=fax.id.provider)
        self._undo_guesses(fax, submission)
        self._join(fax, submission, JoinedBy.CODE)

    def _by_order_code(self, fax: Fax, code: str | None) -> None:
        ended_at = fax.completed_at or fax.settled_at
        if code is None or fax.submission is not None or not fax.facts.to_number or ended_at is None:
            return
        sent_then = self.joins.sent_to(
            fax.facts.to_number,
            fax.id.provider,
            since=ended_at - _ORDERED_WITHIN,
            until=ended_at + CLOCKS_DIFFER_BY,
        )
        # What was answered by now has its fax, and so this is another one: one that somebody has resent, say.
        meant = [one for one in sent_then if one.fax is None and order_code(order_id_of(one.id)) == code]
        if len(meant) > 1:
            self._tell_ambiguous(fax)
        elif meant:
            self._join(fax, meant[0], JoinedBy.CODE)

    def _undo_guesses(self, fax: Fax, submission: Submission) -> None:
        """What the code says is true: whatever was guessed of either is not, unless it was the same."""
        if fax.submission not in (None, submission.id):
            guessed = self.joins.submission(fax.submission)
            if guessed is not None and guessed.fax == fax.id and guessed.joined_by is JoinedBy.GUESS:
                self.joins.part(guessed)
        if submission.fax not in (None, fax.id):
            self.joins.part(submission)

    def _by_guess(self, fax: Fax) -> None:
        if not fax.facts.to_number or fax.completed_at is None:
            return
        until = fax.completed_at + CLOCKS_DIFFER_BY
        meant = list(
            self.joins.sent_to(
                fax.facts.to_number, fax.id.provider, since=fax.completed_at - self.within, until=until
            )
        )
        # A first try may have ended between the two sides of a guess.
        own = [submission for submission in meant if submission.fax == fax.id]
        found = own or [submission for submission in meant if submission.fax is None]
        if len(found) > 1 or (meant and not found):
            # Several that it could be, or one that another fax is guessed to be: who can tell?
            self._tell_ambiguous(fax)
            return
        for submission in found:
            state_at = submission.state_at
            if submission.state in _WITH_THE_PROVIDER and state_at is not None and state_at <= until:
                self._join(fax, submission, JoinedBy.GUESS)

    def _tell_ambiguous(self, fax: Fax) -> None:
        self.log.info("it can't be told which submission is meant", extra={"fax_id": str(fax.id)})
        self.count("JoinAmbiguous", provider=fax.id.provider)

    def _join(self, fax: Fax, submission: Submission, by: JoinedBy) -> None:
        if self.joins.join(submission, fax.id, by):
            self.count("Joined", provider=fax.id.provider, by=by)
            self.log.info("joined", extra=_about(fax, submission, by))
        else:
            self.log.warning("joined otherwise by now", extra=_about(fax, submission, by))


def _about(fax: Fax, submission: Submission, by: JoinedBy) -> Mapping[str, object]:
    return {"fax_id": str(fax.id), "submission_id": submission.id, "joined_by": by}
