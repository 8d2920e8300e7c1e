"""What SES does with an email that the bundle has sent: hand it on, or tell that it could not."""

import json
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from local.runtime.aws import ACCOUNT, REGION, Aws, SentEmail
from local.runtime.clock import VirtualClock

# Whoever takes mail for an address; False where there is no such address.
Deliver = Callable[[str, EmailMessage], bool]


class Outbox:
    """`deliver` may be set at any time; without it every email arrives, and nothing follows from it."""

    def __init__(self, aws: Aws, clock: VirtualClock) -> None:
        self.deliver: Deliver = lambda _recipient, _message: True
        self._aws = aws
        self._clock = clock

    def look(self) -> None:
        for email in self._aws.sent_emails():
            message = message_from_bytes(email.raw, policy=policy.default)
            if not self.deliver(email.recipient, message):
                self._tell_bounced(email)

    def _tell_bounced(self, email: SentEmail) -> None:
        """As SES does through EventBridge, where there is a rule for it."""
        if not email.configuration_set:
            return
        event = {
            "Source": "aws.ses",
            "DetailType": "Email Bounced",
            "Detail": json.dumps(self._bounce(email)),
        }
        self._aws.client("events").put_events(Entries=[event])

    def _bounce(self, email: SentEmail) -> dict[str, Any]:
        tags = {**email.tags, "ses:configuration-set": email.configuration_set}
        return bounce_of(email.message_id, email.recipient, tags, self._clock.now())


def bounce_of(message_id: str, recipient: str, tags: dict[str, str], now: datetime) -> dict[str, Any]:
    """An event's detail, as SES's developer guide has it."""
    moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    diagnosis = "smtp; 550 5.1.1 user unknown"
    return {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {
                    "emailAddress": recipient,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": diagnosis,
                }
            ],
            "timestamp": moment,
            "feedbackId": f"{message_id}-000000",
            "reportingMTA": f"dns; {REGION}.amazonses.com",
        },
        "mail": {
            "timestamp": moment,
            "sendingAccountId": ACCOUNT,
            "messageId": message_id,
            "destination": [recipient],
            "headersTruncated": False,
            "headers": [],
            "commonHeaders": {},
            "tags": {name: [value] for name, value in tags.items()},
        },
    }
