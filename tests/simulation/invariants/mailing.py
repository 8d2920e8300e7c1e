"""Email: faxes that were mailed, once each, what came back of them, and what emails say of faxes."""

from typing import Any

from faxledger.ledger.attributes import from_attributes
from tests.simulation.invariants.checker import Checker

_OF_GREENFAX = "FAX#greenfax#outbound#12345#"


class MailedOnce(Checker):
    name = "nothing is mailed twice"
    holds_for_good = True

    def at_rest(self) -> None:
        for submission_id, times in self.town.ses.mailed.items():
            if times > 1:
                raise self.violated(submission_id, f"SUBMISSION#{submission_id}")


class BouncedHasFailed(Checker):
    name = "what came back has failed"

    def at_rest(self) -> None:
        letters = "".join(message.body for message in self.town.bundle.aws.queue("BounceQueue").dead)
        submissions = {key: from_attributes(item) for key, item in self.evidence.items("SUBMISSION#")}
        for submission_id in sorted(self.town.ses.bounced):
            key = f"SUBMISSION#{submission_id}"
            has_arrived = submissions[key].get("joined_by") == "code"
            if submissions[key]["state"] != "refused" and not has_arrived and submission_id not in letters:
                raise self.violated(f"{key}: {submissions[key]['state']}", key)


class OnlyProviderIsBelieved(Checker):
    """Every email that the simulated provider sends is true; the others are not."""

    name = "emails are believed of the provider alone"

    def at_rest(self) -> None:
        for key, item in self.evidence.items(_OF_GREENFAX):
            said = item.get("sighting_email")
            if said is not None and said["M"]["status"]["S"] not in self.evidence.truths_of(key):
                raise self.violated(key, key)


class CodeJoins(Checker):
    name = "a code that came back joins"

    def at_rest(self) -> None:
        submissions = {key: from_attributes(item) for key, item in self.evidence.items("SUBMISSION#")}
        for key, item in self.evidence.items(_OF_GREENFAX):
            fax = from_attributes(item)
            for code in _codes_in(fax):
                submission = submissions.get(f"SUBMISSION#{code}", {})
                if not submission or self._has_a_forged_number(key, fax, submission):
                    continue
                if (fax.get("submission"), submission.get("joined_by")) != (code, "code"):
                    raise self.violated(f"{key}: {code}, {fax.get('submission')}", key)

    def _has_a_forged_number(self, key: str, fax: dict[str, Any], submission: dict[str, Any]) -> bool:
        """Whether somebody made up where the fax went: no code joins a fax to another number."""
        is_another = fax.get("to_number") not in (None, submission["to_number"])
        return is_another and key in self.town.intruder.forged


def _codes_in(fax: dict[str, Any]) -> list[str]:
    """The codes of ours that sources have brought back with a fax."""
    statements = [said for name, said in fax.items() if name.startswith("sighting_") or name == "conflict"]
    given = [said["given"] for said in statements]
    return [one["userjobcode"] for one in given if one.get("userjobcode")]
