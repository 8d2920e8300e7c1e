"""GreenFax as a provider that sends faxes: an email to the number, and no answer until the status (doc)."""

import mimetypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import IO, Final

from faxledger.domain.fax import Provider
from faxledger.domain.submission import UNKNOWN, Handover, Order, OutgoingDocument, SubmissionState
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.sending import Mail

# An international number has 15 digits at most (E.164), and some write a prefix before it.
_NUMBER: Final = re.compile(r"[0-9]{3,20}")
_NO_NUMBER: Final = "is not 3 to 20 digits and nothing else, as in 12025550100"
_NOT_TOLD: Final = "is nothing GreenFax can be told: leave it out"
_CODE: Final = "{code}"
# What SES takes is 40 MB in base64 (SES's quotas), which makes four bytes of three, and lines of them.
DOCUMENT_BYTES: Final = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EmailForm:
    """How a fax is written as an email; where the job code is to stand is open.

    `job_code` is as in `Subject: {code}`: the subject, `Body`, or a header whose name begins with `X-`.
    """

    sender: str
    domain: str
    job_code: str = "Subject: {code}"

    def email(self, order: Order, documents: Sequence[tuple[OutgoingDocument, IO[bytes]]]) -> EmailMessage:
        place, _, text = self.job_code.partition(": ")
        code = text.replace(_CODE, order.submissions[0])
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = self.address_of(order)
        # Without a text of its own there is nothing that could be taken for a cover page.
        if place == "Body":
            message.set_content(code)
        message["Subject"] = code if place == "Subject" else "Fax"
        if place not in {"Body", "Subject"}:
            message[place] = code
        for number, (document, file) in enumerate(documents, 1):
            main, _, sub = document.media_type.partition("/")
            # What files are called often says whom they are about, so they get names of ours.
            name = f"document-{number}{mimetypes.guess_extension(document.media_type) or ''}"
            file.seek(0)
            message.add_attachment(file.read(), main, sub, filename=name)
        return message

    def address_of(self, order: Order) -> str:
        """Raises `MalformedInput` unless the number is nothing but digits: no other address can be meant."""
        number = order.recipients[0].number
        if not _NUMBER.fullmatch(number):
            raise MalformedInput("recipients[0].number", _NO_NUMBER)
        return f"{number}@{self.domain}"


class GreenFaxSending:
    """Implements `SendingProvider` and its session."""

    name = str(Provider.GREENFAX)
    can_look_for = False

    def __init__(self, mail: Mail, form: EmailForm) -> None:
        self._mail = mail
        self._form = form

    @contextmanager
    def session(self) -> Iterator["GreenFaxSending"]:
        yield self

    def send(
        self, order: Order, documents: Sequence[tuple[OutgoingDocument, IO[bytes]]]
    ) -> tuple[Handover, ...]:
        """As the port says; the order has one recipient."""
        self._mail.send(
            self._form.email(order, documents).as_bytes(),
            sender=self._form.sender,
            recipient=self._form.address_of(order),
            submission_id=order.submissions[0],
        )
        return (Handover(SubmissionState.HANDED_OVER),)

    def look_for(self, order: Order, **_: datetime) -> tuple[Handover, ...]:
        """Nothing can be asked: the job's status tells, or nothing does."""
        return (UNKNOWN,) * len(order.submissions)


def check_order(order: Order) -> None:
    """Raises `MalformedInput` for what an email can't ask of GreenFax."""
    if order.resends is not None:
        raise MalformedInput("id", "is a fax of GreenFax, which keeps no document to send again")
    for index, recipient in enumerate(order.recipients):
        if not _NUMBER.fullmatch(recipient.number):
            raise MalformedInput(f"recipients[{index}].number", _NO_NUMBER)
        for name in ("name", "company", "title", "voice", "fax"):
            if getattr(recipient, name) is not None:
                raise MalformedInput(f"recipients[{index}].{name}", _NOT_TOLD)
    if order.send_after is not None:
        raise MalformedInput("send_after", _NOT_TOLD)
    for option in sorted(order.options):
        raise MalformedInput(f"options.{option}", _NOT_TOLD)
