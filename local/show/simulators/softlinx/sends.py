"""What is handed in to be sent: to whom, which documents, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from local.show.simulators.softlinx.named_values import NamedValues, read_boolean, read_moment
from local.show.simulators.softlinx.refusals import BadArgument

_BOOLEANS = (
    "CoverPageEnabled",
    "DeleteAfterSend",
    "FaxHeaderEnabled",
    "NotifyFailed",
    "NotifyFailedAttachFax",
    "NotifySuccess",
)
_COUNTS = ("RetryCount", "RetryInterval")
_MOMENTS = ("SendAfter",)
_WORDS = (
    "CoverMessage",
    "CoverPageName",
    "FaxHeader",
    "FaxQuality",
    "FaxUserId",
    "NotifyEmailAddress",
    "PageOrientation",
    "Priority",
    "ProjectCode",
    "ProjectCode2",
    "TSI",
)


class ApiKind(StrEnum):
    SOAP = "soap"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class SendRecipient:
    number: str
    name: str = ""
    company: str = ""
    title: str = ""
    voice: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    content_type: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AcceptedSend:
    """One send that was acted on, whether or not its answer arrived.

    `options` holds what else was asked for, as it was written and by its own name. `fax_ids` has one place
    for each recipient, None where that recipient was refused.
    """

    api: ApiKind
    at: datetime
    recipients: tuple[SendRecipient, ...]
    attachments: tuple[Attachment, ...]
    options: Mapping[str, str]
    fax_ids: tuple[str | None, ...]


def recipient_of(values: NamedValues) -> SendRecipient:
    """One FaxRecipient; raises `BadArgument` without a number."""
    number = values.text("FaxNumber")
    if not number:
        raise BadArgument("Empty fax number")
    return SendRecipient(
        number,
        name=values.text("RcptName"),
        company=values.text("RcptCompany"),
        title=values.text("RcptTitle"),
        voice=values.text("RcptVoice"),
        fax=values.text("RcptFax"),
    )


def read_options(values: NamedValues) -> Mapping[str, str]:
    """The options of a send that were given; raises `BadArgument` for one that makes no sense."""
    for name in _BOOLEANS:
        if values.text(name):
            read_boolean(values, name)
    for name in _COUNTS:
        if (text := values.text(name)) and not text.isdecimal():
            raise BadArgument(f"Invalid {name}")
    for name in _MOMENTS:
        read_moment(values, name)
    names: Sequence[str] = (*_BOOLEANS, *_COUNTS, *_MOMENTS, *_WORDS)
    return {name: text for name in names if (text := values.text(name))}
