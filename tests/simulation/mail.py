"""Email as SES carries it: faxes on their way to GreenFax, what comes back, and GreenFax's status emails."""

import re
from collections import Counter
from collections.abc import Mapping
from email import message_from_bytes, policy
from typing import Any

from moto.events.models import EventPattern

from faxledger.domain.fax import Direction
from local.runtime.outbox import bounce_of
from tests.simulation.bundle import Bundle
from tests.simulation.faults import Event
from tests.simulation.greenfax import GreenFax, GreenFaxJob
from tests.simulation.scheduler import Process
from tests.support.bundle_on_moto import event_file

# Mail for them comes back.
_NOBODYS_NUMBERS = frozenset({"12025550108", "12025550109"})
_OPPOSITE = {"success": "busy", "busy": "success"}
# How long Lambda waits before it invokes a function again that nobody waits for.
_INVOKED_AGAIN_AFTER = (60.0, 120.0)


class Ses:
    """`mailed` counts by submission what SES took to carry; `bounced` are those whose bounce was told."""

    def __init__(self, bundle: Bundle, greenfax: GreenFax) -> None:
        self.mailed: Counter[str] = Counter()
        self.bounced: set[str] = set()
        self._bundle = bundle
        self._greenfax = greenfax
        self._rule = bundle.template.resource("BounceRule")
        # Values in lists, as SES's tags are, are matched by moto alone; it is slow, and bounces are rare.
        self._pattern = EventPattern(None, self._rule["EventPattern"])
        kept, _ = bundle.template.resource("StatusEmailRule")["Rule"]["Actions"]
        self._bucket, self._prefix = kept["S3Action"]["BucketName"], kept["S3Action"]["ObjectKeyPrefix"]
        self._came = 0

    # --- to GreenFax -------------------------------------------------------------------------------------

    def send(self, mail: Mapping[str, Any]) -> None:
        """Take what the bundle sends: it reaches GreenFax, or comes back."""
        number = mail["Destination"]["ToAddresses"][0].partition("@")[0]
        self.mailed[_submission_of(mail)] += 1
        if number in _NOBODYS_NUMBERS:
            self._bounce(mail)
            return
        message = message_from_bytes(mail["Content"]["Raw"]["Data"], policy=policy.default)
        self._greenfax.transmit(Direction.OUTBOUND, number, str(message["Subject"]))
        if self._bundle.wire.faults.at(Event.BOUNCED_ALL_THE_SAME):
            self._bounce(mail)

    def _bounce(self, mail: Mapping[str, Any]) -> None:
        scheduler = self._bundle.scheduler
        # At times before SES has answered whoever sends.
        seconds = scheduler.random.choice([0.0, 0.01, scheduler.random.uniform(1, 3600)])
        scheduler.after(seconds, lambda: self._tell_bounced(mail))

    def _tell_bounced(self, mail: Mapping[str, Any]) -> None:
        tags = {tag["Name"]: tag["Value"] for tag in mail["EmailTags"]}
        tags["ses:configuration-set"] = mail["ConfigurationSetName"]
        (address,) = mail["Destination"]["ToAddresses"]
        now = self._bundle.scheduler.time
        event: Any = {
            "source": "aws.ses",
            "detail-type": "Email Bounced",
            "detail": bounce_of(f"mail to {_submission_of(mail)}", address, tags, now),
        }
        (target,) = self._rule["Targets"]
        queue = self._bundle.aws.queues[target["Arn"].removesuffix(".Arn")]
        if self._pattern.matches_event(event) and self._bundle.aws.carry(
            queue, transformed(target["InputTransformer"], event)
        ):
            self.bounced.add(_submission_of(mail))

    # --- from GreenFax -----------------------------------------------------------------------------------

    def answer(self, job: GreenFaxJob, fields: Mapping[str, str]) -> None:
        """GreenFax tells by email what became of a fax that was sent."""
        if job.direction is not Direction.OUTBOUND:
            return
        text = "".join(f"{label}: {value}\n" for label, value in fields.items())
        happens = self._bundle.wire.faults.at(Event.EMAIL_LOST, Event.EMAIL_GARBLED, Event.EMAIL_FORGED)
        if happens is Event.EMAIL_GARBLED:
            text = text.replace("result:", "re ult:")
        if happens is Event.EMAIL_FORGED:
            forged = text.replace(f"result: {job.word}", f"result: {_OPPOSITE[job.word]}")
            self._bundle.scheduler.after(0.1, lambda: self._receive(forged, spf="FAIL"))
        if happens is not Event.EMAIL_LOST:
            seconds = self._bundle.scheduler.random.uniform(1, 1800)
            self._bundle.scheduler.after(seconds, lambda: self._receive(text))

    def _receive(self, text: str, spf: str = "PASS") -> None:
        self._came += 1
        event = event_file("admit_email")
        told = event["Records"][0]["ses"]
        message_id = told["mail"]["messageId"] = f"email{self._came}"
        told["receipt"]["spfVerdict"]["status"] = spf
        raw = f"From: GreenFax <status@greenfax.com>\nSubject: Your fax\n\n{text}".encode()
        self._bundle.aws.objects[self._bucket, f"{self._prefix}{message_id}"] = raw
        comes_twice = self._bundle.wire.faults.at(Event.DELIVERED_TWICE)
        for _ in range(2 if comes_twice else 1):
            self._bundle.scheduler.begin(Process("SES"), lambda: self._admit(event))

    def _admit(self, event: Mapping[str, Any]) -> None:
        """As Lambda does what nobody waits for: three times at most."""
        for seconds in (*_INVOKED_AGAIN_AFTER, None):
            if self._bundle.invoke("AdmitEmail", lambda run, _: (run.take(event), "taken")) or not seconds:
                return
            self._bundle.scheduler.pause(seconds)


def _submission_of(mail: Mapping[str, Any]) -> str:
    (tag,) = mail["EmailTags"]
    return str(tag["Value"])


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """What a rule's target gets of an event; what the event does not have is empty."""
    values = {name: _found(path, event) for name, path in transformer["InputPathsMap"].items()}
    return re.sub(r"<([a-z]+)>", lambda place: values[place[1]], transformer["InputTemplate"])


def _found(path: str, event: Mapping[str, Any]) -> str:
    found: Any = event
    for name, index in re.findall(r"\.([\w-]+)(?:\[(\d+)\])?", path):
        found = found.get(name, {}) if isinstance(found, Mapping) else {}
        if index and found:
            found = found[int(index)]
    return found if isinstance(found, str) else ""
