"""GreenFax's status email (doc) as a report. Its form is open: labels and values, in plain text or HTML.

Read by the standard library's parser, which repairs whatever it meets, so the limits are drawn around it: a
length, a depth and a number of parts.
"""

import codecs
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Final, cast

from faxledger.domain.fax import Direction, Source
from faxledger.domain.report import Report
from faxledger.errors import MalformedInput
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.html_text import text_of_html
from faxledger.providers.greenfax.rows import meaning_of, row_report
from faxledger.providers.greenfax.status import StatusWords

# The text comes first and is short; a document may be attached after it. The parser would take many seconds
# for headers of some hundred kilobytes.
MOST_BYTES: Final = 64 * 1024
_MOST_PARTS: Final = 50
_MOST_NESTED: Final = 20
_LONGEST_LINE: Final = 1_000
_ASCII: Final = bytes(range(128))
# Around labels and values; asterisks stand for bold letters where HTML was made text.
_BLANKS: Final = " \t\xa0*"
# Before a line that is quoted, or listed.
_BEFORE: Final = f"{_BLANKS}>-"
_LABEL: Final = re.compile("[A-Za-z][A-Za-z0-9 _.-]{0,39}")
_SEPARATOR: Final = re.compile("[:\t]")
# Parts of what a mail server sends back; the email that it is about may be quoted in it.
_BOUNCED: Final = frozenset({"multipart/report", "message/delivery-status", "text/rfc822-headers"})


def read_status_email(
    account: GreenFaxAccount, words: StatusWords, raw: bytes, *, is_truncated: bool
) -> Report:
    """The report in an email, or in its beginning. Raises `MalformedInput` for whatever is not one.

    GreenFax answers each job that it was sent, so the fax is an outbound one.
    """
    email = _parsed(raw)
    if any(_type_of(part) in _BOUNCED for part in _parts(email)):
        raise MalformedInput("email", "is a bounce, which says nothing of a fax itself")
    problem = MalformedInput("email", "holds no text that can be read")
    for text in _texts(email, is_truncated=is_truncated):
        try:
            return row_report(account, words, Direction.OUTBOUND, _fields(text), source=Source.EMAIL)
        except MalformedInput as error:
            problem = error
    raise problem


def _parsed(raw: bytes) -> EmailMessage:
    folded = raw.lower()
    if folded.count(b"multipart/") + folded.count(b"message/") > _MOST_NESTED:
        raise MalformedInput("email", "is nested too deeply")
    try:
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    except Exception:  # noqa: BLE001 - the parser raises whatever it stumbles over, IndexError for one
        raise MalformedInput("email", "can't be taken apart") from None


def _texts(message: EmailMessage, *, is_truncated: bool) -> Iterator[str]:
    """The texts of the message, plain ones first; what can't be decoded is left out."""
    leaves = list(_leaves(message))
    if len(leaves) > _MOST_PARTS:
        raise MalformedInput("email", "has too many parts")
    if is_truncated:
        # The last one ends where we stopped reading.
        del leaves[-1:]
    for kind, read in (("text/plain", str), ("text/html", text_of_html)):
        for part in leaves:
            try:
                text = _decoded(part) if part.get_content_type() == kind else None
            except Exception:  # noqa: BLE001 - headers are parsed when they are looked at, see above
                text = None
            if text is not None:
                yield read(text)


def _type_of(part: EmailMessage) -> str:
    try:
        return part.get_content_type()
    except Exception:  # noqa: BLE001 - headers are parsed when they are looked at, see above
        return ""


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    return (one for one in _parts(part) if not one.is_multipart())


def _parts(part: EmailMessage) -> Iterator[EmailMessage]:
    """It and its parts, without those of messages within it: what somebody else wrote is quoted, not said."""
    yield part
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for inner in part.iter_parts():
            # Made by the same parser, which makes no other parts.
            yield from _parts(cast("EmailMessage", inner))


def _decoded(part: EmailMessage) -> str | None:
    """The text of a part by its bytes; its label counts where they are no UTF-8.

    None for a label in which ASCII means something else: in UTF-7 one text has many spellings.
    """
    if part.get_content_disposition() == "attachment":
        return None
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    charset = _known(part.get_content_charset("utf-8"))
    if not _holds_ascii(charset):
        return None
    for name in ("utf-8-sig", charset):
        try:
            return payload.decode(name)
        except UnicodeDecodeError:
            continue
    return payload.decode("cp1252", "replace")


def _known(charset: str) -> str:
    """The label, or UTF-8 for one that means nothing here."""
    try:
        return codecs.lookup(charset).name
    except (LookupError, ValueError):
        return "utf-8"


def _holds_ascii(charset: str) -> bool:
    try:
        return _ASCII.decode(charset) == _ASCII.decode("ascii")
    # LookupError: a codec that is no character set, such as rot13.
    except (LookupError, ValueError):
        return False


def _fields(text: str) -> dict[str, str]:
    """The values by label; raises `MalformedInput` for a label of meaning with two values.

    A value stands beside its label, or on the line behind where no label of that meaning has one beside it.
    """
    beside: dict[str, str] = {}
    behind: dict[str, str] = {}
    waiting = None
    for line in text.splitlines():
        label, value = _parted(line)
        if label is not None and value:
            _add(beside, label, value)
        elif label is None and waiting is not None and value:
            _add(behind, waiting, value)
        if label is not None or value:
            waiting = label if not value else None
    said = {meaning_of(label) for label in beside}
    return {**{label: value for label, value in behind.items() if meaning_of(label) not in said}, **beside}


def _parted(line: str) -> tuple[str | None, str]:
    """The label of meaning on a line, if there is one, and the text behind it, or all of the line."""
    if len(line) > _LONGEST_LINE:
        return None, ""
    text = line.lstrip(_BEFORE).rstrip(_BLANKS)
    separator = _SEPARATOR.search(text)
    label, value = (text[: separator.start()], text[separator.end() :]) if separator else (text, "")
    label, value = label.strip(_BLANKS), value.strip(_BLANKS)
    if separator and separator[0] == "\t":
        value = value.removeprefix(":").strip(_BLANKS)
    if _LABEL.fullmatch(label) and meaning_of(label) is not None:
        return label, value
    return None, text


def _add(fields: dict[str, str], label: str, value: str) -> None:
    if fields.setdefault(label, value) != value:
        raise MalformedInput("email", "has a label twice with different values")
