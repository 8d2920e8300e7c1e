"""What is handed in to be sent: to whom, which documents, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from local.show.simulators.softlinx.asked import Asked, read_boolean, read_moment
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


class Api(StrEnum):
    SOAP = "soap"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Recipient:
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
class Order:
    """One send that was acted on, whether or not its answer arrived.

    `options` holds what else was asked for, as it was written and by its own name. `fax_ids` has one place
    for each recipient, None where that recipient was refused.
    """

    api: Api
    at: datetime
    recipients: tuple[Recipient, ...]
    attachments: tuple[Attachment, ...]
    options: Mapping[str, str]
    fax_ids: tuple[str | None, ...]


def recipient_of(asked: Asked) -> Recipient:
    """One FaxRecipient; raises `BadArgument` without a number."""
    number = asked.text("FaxNumber")
    if not number:
        raise BadArgument("Empty fax number")
    return Recipient(
        number,
        name=asked.text("RcptName"),
        company=asked.text("RcptCompany"),
        title=asked.text("RcptTitle"),
        voice=asked.text("RcptVoice"),
        fax=asked.text("RcptFax"),
    )


def read_options(asked: Asked) -> Mapping[str, str]:
    """The options of a send that were given; raises `BadArgument` for one that makes no sense."""
    for name in _BOOLEANS:
        if asked.text(name):
            read_boolean(asked, name)
    for name in _COUNTS:
        if (text := asked.text(name)) and not text.isdecimal():
            raise BadArgument(f"Invalid {name}")
    for name in _MOMENTS:
        read_moment(asked, name)
    names: Sequence[str] = (*_BOOLEANS, *_COUNTS, *_MOMENTS, *_WORDS)
    return {name: text for name in names if (text := asked.text(name))}
