"""GreenFax on this machine: one customer, its notifications, its feeds and its documents."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Self

from local.show.simulators.faults import NO_FAULTS, Faults, RequestDice
from local.show.simulators.greenfax.feeds import FeedRequest, Feeds
from local.show.simulators.greenfax.hosted_documents import PREFIX, HostedDocuments
from local.show.simulators.greenfax.options import (
    GREENFAX_CUSTOMER,
    GREENFAX_OPTIONS,
    GreenFaxCustomer,
    GreenFaxOptions,
)
from local.show.simulators.greenfax.traffic import NO_GREENFAX_SHELVES, GreenFaxShelves, Traffic
from local.show.simulators.jobs import CallbackAttempt, Job, JobDirection
from local.show.simulators.magic_numbers import Spell, spell_of
from local.show.simulators.ports import Schedule, SimulatorClock
from local.show.simulators.web import WebRequest, WebResponse, WebServer


class GreenFaxSimulator:
    """Has its port from the start and answers from `start()` to `close()`.

    `faults` may be changed at any time and holds for the faxes and requests that come after.
    """

    def __init__(
        self,
        clock: SimulatorClock,
        schedule: Schedule,
        *,
        customer: GreenFaxCustomer = GREENFAX_CUSTOMER,
        options: GreenFaxOptions = GREENFAX_OPTIONS,
        faults: Faults = NO_FAULTS,
        seed: int = 0,
        port: int = 0,
        notify_url: str | None = None,
        inbound_notify_url: str | None = None,
        shelves: GreenFaxShelves = NO_GREENFAX_SHELVES,
    ) -> None:
        self.customer = customer
        self._emails: list[tuple[str, EmailMessage]] = []
        self.faults = faults
        self._traffic = Traffic(
            clock,
            schedule,
            customer=customer,
            options=options,
            faults=lambda: self.faults,
            seed=seed,
            shelves=shelves,
        )
        self.notify_url = notify_url
        self.inbound_notify_url = inbound_notify_url
        self._feeds = Feeds(
            clock,
            self._traffic.faxes,
            customer=customer,
            options=options,
            faults=lambda: self.faults,
            dice=RequestDice(f"{seed}/greenfax/requests"),
            shelf=shelves.feed_requests,
        )
        self._documents = HostedDocuments(self._traffic.faxes, seed)
        self._server = WebServer(self._answer, port)
        self._traffic.place_of = lambda name: self.url + self._documents.target(customer.account_id, name)

    @property
    def url(self) -> str:
        """What stands in for `https://www.greenfax.com`."""
        return self._server.url

    @property
    def notify_url(self) -> str | None:
        """The registered target of HTTP Notify, outbound; None for none."""
        return self._traffic.notify_url

    @notify_url.setter
    def notify_url(self, url: str | None) -> None:
        self._traffic.notify_url = url

    @property
    def inbound_notify_url(self) -> str | None:
        """The registered target of HTTPS Notify, inbound; None for none."""
        return self._traffic.inbound_notify_url

    @inbound_notify_url.setter
    def inbound_notify_url(self, url: str | None) -> None:
        self._traffic.inbound_notify_url = url

    @property
    def mail_to(self) -> Callable[[bytes, str], None] | None:
        """Who gets a status email and its sender when an outbound fax is final; None for nobody."""
        return self._traffic.mail_to

    @mail_to.setter
    def mail_to(self, deliver: Callable[[bytes, str], None] | None) -> None:
        self._traffic.mail_to = deliver

    def start(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.close()
        self._traffic.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, number: str, *, job_code: str = "", sender: str = "frontdesk@clinic.example") -> str:
        """Somebody mails a document to be faxed; its reference, which the real service tells only with the
        status. It is final 1 to 10 minutes later."""
        return self._traffic.send(number, job_code=job_code, sender=sender)

    def take_email(self, recipient: str, message: EmailMessage) -> bool:
        """A document to be faxed arrives by email; False where there is no such number.

        The job code is the subject, which is an assumption. What has no document is dropped without a word.
        """
        number = recipient.partition("@")[0]
        spell = spell_of(number) or Spell()
        if not number.isdecimal() or spell.bounces:
            return False
        self._emails.append((recipient, message))
        has_document = any(message.iter_attachments())
        if has_document and not spell.is_lost:
            self.send(number, job_code=str(message["Subject"]), sender=str(message["From"]))
        return True

    def emails(self) -> tuple[tuple[str, EmailMessage], ...]:
        """Every email that was taken, and to which address it came."""
        return tuple(self._emails)

    def receive(self, caller: str, *, number: str = "12025550191") -> str:
        """A fax arrives on `number`; its job id."""
        return self._traffic.receive(caller, number=number)

    def remember(
        self, direction: JobDirection, completed_at: datetime, *, number: str = "12025550100"
    ) -> str:
        """A fax of the past that only the feed still tells of; its job id."""
        return self._traffic.remember(direction, number, completed_at)

    def jobs(self) -> tuple[Job, ...]:
        """The truth about every fax so far."""
        return self._traffic.jobs()

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        """Every notification so far, in order."""
        return self._traffic.callbacks()

    def document(self, job_id: str) -> bytes:
        """What is behind the download URL of a received fax."""
        (job,) = (
            job for job in self._traffic.faxes.all() if (job.direction, job.job_id) == ("inbound", job_id)
        )
        return self._documents.document(job)

    def downloads(self) -> Counter[str]:
        """How often the document of each received fax was asked for so far, by job id."""
        return self._documents.requests()

    def feed_requests(self) -> tuple[FeedRequest, ...]:
        """Every feed request so far, the refused ones too."""
        return self._feeds.requests()

    def _answer(self, request: WebRequest) -> WebResponse:
        if request.path.startswith(PREFIX):
            return self._documents.answer(request)
        return self._feeds.answer(request)
