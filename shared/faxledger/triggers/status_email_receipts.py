"""Emails that SES has received, of which its receipts tell: who may say anything, and who not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from faxledger.usecases.ports.world import Count, Log

MESSAGE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# Plain ASCII, without comments, quotes or lists: whatever is written otherwise is nobody's address. A display
# name may stand before an address in angle brackets.
_PLAIN = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}"
_ADDRESS = re.compile(rf"\s*(?:({_PLAIN})|[^<>]*<({_PLAIN})>)\s*")


@dataclass(frozen=True, slots=True)
class SenderRule:
    """Who may tell us anything by email: `senders` are addresses, or domains with all below them.

    Only what SES says itself in its receipt is believed, nothing that stands in the message. SPF vouches for
    the envelope's sender, so that one has to be on the list as well as the one that people see. With
    `needs_dkim` an unsigned message is refused; one whose signature is wrong always is.
    """

    senders: frozenset[str]
    needs_dkim: bool

    def problem_with(self, mail: Mapping[str, Any], receipt: Mapping[str, Any]) -> str | None:
        """Why the email is refused, in words of ours; None if it is not."""
        checks = {
            name: str(receipt[f"{name}Verdict"]["status"]) for name in ("spf", "dkim", "dmarc", "virus")
        }
        if checks["spf"] != "PASS":
            return "SPF has not passed"
        if checks["dkim"] != "PASS" and (self.needs_dkim or checks["dkim"] == "FAIL"):
            return "DKIM has not passed"
        # GRAY is a domain that publishes no policy.
        if checks["dmarc"] not in {"PASS", "GRAY"} or checks["virus"] == "FAIL":
            return "DMARC or the virus scan has failed"
        if not self._is_allowed(_shown_sender(mail)):
            return "its sender is not on the list"
        if not self._is_vouched_for(_address_in(str(mail["source"]))):
            return "its envelope's sender is not on the list"
        return None

    def _is_allowed(self, address: str) -> bool:
        return address in self.senders or self._is_below(address.rpartition("@")[2])

    def _is_vouched_for(self, source: str) -> bool:
        # The part before the @ may be made up for each message; SPF is about the domain.
        domain = source.rpartition("@")[2]
        named = {sender.rpartition("@")[2] for sender in self.senders if "@" in sender}
        return domain in named or self._is_below(domain)

    def _is_below(self, domain: str) -> bool:
        return any(
            domain == sender or domain.endswith(f".{sender}") for sender in self.senders if "@" not in sender
        )


class StatusEmailReceipts:
    """Passes each email on, by SES's id of it, if its sender may say anything."""

    def __init__(self, rule: SenderRule, pass_on: Callable[[str], None], count: Count, log: Log) -> None:
        self._rule = rule
        self._pass_on = pass_on
        self._count = count
        self._log = log

    def take(self, event: Mapping[str, Any]) -> None:
        """The emails of an event; it comes again after whatever `pass_on` raises."""
        for record in event["Records"]:
            try:
                mail, receipt = record["ses"]["mail"], record["ses"]["receipt"]
                message_id = str(mail["messageId"])
                if not MESSAGE_ID.fullmatch(message_id):
                    raise ValueError  # noqa: TRY301 - one of several ways in which a record can be none
                problem = self._rule.problem_with(mail, receipt)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                self._log.error("message unreadable", extra={"error": type(error).__name__})
                self._count("MessageUnreadable")
                continue
            if problem is None:
                self._pass_on(message_id)
            else:
                # It stays in the bucket until that expires: mail from just anybody must not fill the ledger.
                self._log.warning("email refused", extra={"reason": problem, "email_id": message_id})
                self._count("EmailRefused")


def _shown_sender(mail: Mapping[str, Any]) -> str:
    """The one that people see; empty where there are several, or some may have been left out by SES."""
    shown = mail["commonHeaders"].get("from") or []
    headers = [header for header in mail["headers"] if str(header["name"]).strip().lower() == "from"]
    if len(shown) != 1 or len(headers) != 1 or mail.get("headersTruncated"):
        return ""
    return _address_in(str(shown[0]))


def _address_in(text: str) -> str:
    match = _ADDRESS.fullmatch(text)
    return (match[1] or match[2]).lower() if match else ""
