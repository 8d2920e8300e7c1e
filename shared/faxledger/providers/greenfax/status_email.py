"""GreenFax's status email (doc) as a report. Its form is open: `Label: value` lines, in plain text or HTML.

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
# By Python's names. Not UTF-7, in which one text has many spellings, nor what is no character set at all.
_CHARSETS: Final = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"})
_LINE: Final = re.compile(r"[\s>*-]*([A-Za-z][A-Za-z0-9 _.-]{0,39}?)\s*[:\t]\s*(\S.*?)\s*")


def read_status_email(
    account: GreenFaxAccount, words: StatusWords, raw: bytes, *, is_truncated: bool
) -> Report:
    """The report in an email, or in its beginning. Raises `MalformedInput` for whatever is not one.

    GreenFax answers each job that it was sent, so the fax is an outbound one.
    """
    problem = MalformedInput("email", "holds no text that can be read")
    for text in _texts(_parsed(raw), is_truncated=is_truncated):
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


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """Its parts without those of messages within it: what somebody else has written is quoted, not said."""
    if not part.is_multipart():
        yield part
    elif part.get_content_maintype() == "multipart":
        for inner in part.iter_parts():
            # Made by the same parser, which makes no other parts.
            yield from _leaves(cast("EmailMessage", inner))


def _decoded(part: EmailMessage) -> str | None:
    if part.get_content_disposition() == "attachment":
        return None
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    charset = codecs.lookup(part.get_content_charset("utf-8")).name
    # The mark that some writers put before UTF-8 is no part of the first label.
    return payload.decode(charset).removeprefix("\ufeff") if charset in _CHARSETS else None


def _fields(text: str) -> dict[str, str]:
    """The values by label; raises `MalformedInput` for a label of meaning with two values."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if match is None or meaning_of(match[1]) is None:
            continue
        if fields.setdefault(match[1], match[2]) != match[2]:
            raise MalformedInput("email", "has a label twice with different values")
    return fields
