"""Failure classes from the words fax servers use.

Neither provider publishes its codes, nor which server stands behind it (open), so the class follows from
phrases of those that are common; the provider's own code and words are always kept beside it. The phrases are
the shortest parts of the messages that tell them apart. Where each group is from:

- HylaFAX+: the list of its error codes E000 to E419, and the messages of its faxd (Class1Send.c++)
- class 2: the hangup codes of TIA-592, as mgetty (faxhng.c) and HylaFAX (Class2.c++) put them into words
- SpanDSP, which Asterisk and FreeSWITCH use: t30_completion_code_to_str in t30.c
- Brooktrout, under RightFax and many others: "Final Call Progress" and HNG_ codes, as in the white paper
  "Understanding Brooktrout Return Codes" and Cleo's list of Streem Fax job status codes
- NET SatisFAXtion: the error codes of its manual, chapter 4.1
- Windows: FAX_JOB_EXTENDED_STATUS_ENUM and DeviceStatus of the Windows fax service
- Q.850: ITU-T's release causes, which T.38 gateways (Cisco's among them) pass on; SIP: RFC 3261's reasons
- hosted: the failure reasons of the fax APIs of Telnyx and SignalWire
- people: no server's words, but what is said of the same failures; like every class, a reading of words that
  are kept
"""

import re
from functools import cache
from typing import Final

from faxledger.domain.fax import FailureClass

# In the order of looking: what is said of the call before what is said of the machine, and the document's
# own faults before the line's, which many of the messages mention by the way. A phrase begins and ends at a
# word's boundary, `*` stands for the rest of a word, and spaces, underscores and hyphens are the same.
_PHRASES: Final[tuple[tuple[FailureClass, tuple[str, ...]], ...]] = (
    (
        FailureClass.REJECTED,
        (
            # HylaFAX+, said first because a rejected job's reason may mention anything
            "reject*",
            "job aborted by request",
            "job interrupted by user",
            "kill time expired",
            # RFC 3261's 603, its 403 and Q.850's 21
            "call rejected",
            "call was rejected",
            "decline*",
            "forbidden",
        ),
    ),
    # SpanDSP's file problems: a page that is "not found" is no number that is not
    (FailureClass.DOCUMENT, ("tiff*",)),
    (
        FailureClass.LINE,
        (
            # Windows' busy device, HylaFAX+'s busy modem, Brooktrout 303, Q.850's 34 and 42: our side is busy
            "no circuit*",
            "circuits busy",
            "circuits are busy",
            "trunk* busy",
            "all lines busy",
            "channel* busy",
            "congestion",
            "reorder",
            "fast busy",
            "channel limit exceeded",
            "port server is busy",
        ),
    ),
    (
        FailureClass.BUSY,
        (
            # HylaFAX+ E001, Brooktrout 301 and 302, Q.850's 17, RFC 3261's 486 and 600, Windows
            "busy",
            "off hook",
            "engaged",
        ),
    ),
    (
        FailureClass.BAD_NUMBER,
        (
            # Q.850's 1, 2, 3, 22 and 28; RFC 3261's 404, 410, 484 and 604
            "unallocated",
            "unassigned",
            "no route to*",
            "number changed",
            "number has changed",
            "invalid number format",
            "address incomplete",
            "incomplete address",
            "does not exist*",
            "not found",
            # Brooktrout's special information tones
            "vacant circuit",
            "vacant code",
            "operator intercept",
            "intercept",
            "special information tone*",
            "sit",
            "ineffective",
            # Windows; HylaFAX+ E005 and E327
            "bad address",
            "invalid dialing*",
            "invalid dial*",
            "canonical format",
            # hosted, and people
            "invalid number",
            "invalid fax number",
            "invalid phone number",
            "invalid destination",
            "destination invalid",
            "destination unreachable",
            "bad number",
            "bad phone number",
            "bad fax number",
            "wrong number",
            "disconnected number",
            "number disconnected",
            "number is disconnected",
            "number has been disconnected",
            "not in service",
            "out of service",
            "empty fax number",
        ),
    ),
    (
        FailureClass.NOT_A_FAX,
        (
            # HylaFAX+ E002, E008, E011, E012, E102 and E126; TIA-592's 1: it rang or answered, no fax did
            "no carrier",
            "without ced",
            "without successful handshake",
            "without a successful handshake",
            "data connection established",
            "no receiver protocol",
            "no sender protocol",
            # Brooktrout; NET SatisFAXtion 28025; Windows
            "human*",
            "voice*",
            "talking detected",
            "answering machine",
            "answer probable",
            "not a fax*",
            "no fax*",
            "no modem*",
            "dead line",
            "silence after answer",
            # NET SatisFAXtion 27993 and 27985
            "does not support fax",
            "did not respond to handshake",
            # SpanDSP's T0 and T1: nothing on the line sounded like a fax
            "waiting for initial communication",
            "waiting for the first message",
            "ced tone exceeded",
            # hosted
            "initial communication timeout",
            "no fax machine",
        ),
    ),
    (
        FailureClass.NO_ANSWER,
        (
            # HylaFAX+ E003 and E218, TIA-592's 11, Brooktrout's ring-back, Q.850's 18 and 19, RFC 3261's 408
            "no answer*",
            "noanswer*",
            "not answered",
            "not answer*",
            "unanswered",
            "no user respon*",
            "user not responding",
            "no ringback",
            "ringback detected",
            "ring back detected",
            "ring no answer",
            "rna",
            "subscriber absent",
            "temporarily unavailable",
            "request timeout",
            "machine not responding",
            "machine failed to respond",
        ),
    ),
    (
        FailureClass.DOCUMENT,
        (
            # HylaFAX+ E229 to E235, E314 to E323 and E402 to E419; TIA-592's 43
            "document*",
            "page width",
            "page length",
            "image format*",
            "image conversion*",
            "image error*",
            "format conversion*",
            "too many pages",
            "no work found",
            "compression",
            # SpanDSP: an image that the other side can't take
            "resolution of the image",
            "size of image",
            "size of the image",
            # Brooktrout 33, SpanDSP's and HylaFAX+'s files, and people
            "incompatible fax format*",
            "conver*",
            "rendering",
            "attachment*",
            "file format",
            "file error",
            "unsupported file*",
            "corrupt*",
        ),
    ),
    (
        FailureClass.REJECTED,
        (
            # HylaFAX+ E010 and E337; Windows' blacklist; TIA-592's 2; hosted: an account's limits; people
            "blacklist*",
            "black list*",
            "blocked",
            "barred",
            "refused",
            "denied",
            "not allowed",
            "not permitted",
            "not authorized",
            "unauthorized",
            "whitelist",
            "junk*",
            "cancel*",
            "deleted by user",
            "aborted by*",
            "call aborted",
            "insufficient fund*",
            "credit*",
            "account disabled",
            "spend limit*",
            "service plan",
        ),
    ),
    (
        FailureClass.LINE,
        (
            # T.30's signals, phases, training, carriers and timers, as HylaFAX+, TIA-592, SpanDSP, Brooktrout
            # and NET SatisFAXtion write them
            "t.30",
            "t.38",
            "t30",
            "t38",
            "timer t*",
            "phase",
            "train*",
            "retrain*",
            "carrier*",
            "handshake*",
            "negotiat*",
            "protocol*",
            "comrec",
            "rsprec",
            "rspec",
            "dcn",
            "dcs",
            "dis",
            "dtc",
            "eop",
            "eom",
            "mps",
            "eor",
            "pps",
            "ppr",
            "rnr",
            "rtn",
            "ctc",
            "rr",
            "pin or pip",
            "cfr",
            "ftt",
            "mcf",
            "ecm",
            "eol",
            "hdlc",
            "v.21",
            "v.34",
            "procedure interrupt*",
            "operator intervention*",
            "unexpected message*",
            "unexpected command*",
            "after sending a page",
            "transmit page",
            "bit rate",
            "flow control",
            "underflow",
            "overflow",
            "crc",
            # SpanDSP and HylaFAX+ of what the far end can't do, which another call may find mended
            "far end*",
            "remote*",
            "incompatib*",
            "not compatible",
            "no response*",
            "no whole page",
            # the call itself: HylaFAX+ E004 and E128, TIA-592's 3, SpanDSP, Brooktrout, Windows, Q.850's 16,
            # 38, 41 and 127, RFC 3261's 503, NET SatisFAXtion 27983, and people
            "disconnect*",
            "dropped*",
            "hang up",
            "hangup",
            "hung up",
            "terminated*",
            "call failed",
            "normal call clearing",
            "normal and proper end*",
            "interworking",
            "network out of order",
            "temporary failure",
            "service unavailable",
            "timeout*",
            "time out",
            "timed out",
            "bye received",
            "loop current",
            "dial tone",
            "dialtone",
            "glare",
            "line*",
            "communication*",
            "connection*",
            "modem*",
            "fatal error",
            "telephony*",
            "transmission error*",
            "poor quality",
            "packet loss",
        ),
    ),
)

# Codes that mean the same whoever says them: HylaFAX+'s have a letter before them, Q.850's are numbers that
# could be anything and are left alone.
_HYLAFAX_CODE: Final = re.compile(r"e([0-9]{3})", re.ASCII)
_HYLAFAX_CLASSES: Final[tuple[tuple[range, FailureClass], ...]] = (
    (range(1, 2), FailureClass.BUSY),
    (range(2, 3), FailureClass.NOT_A_FAX),
    (range(3, 4), FailureClass.NO_ANSWER),
    (range(4, 5), FailureClass.LINE),
    (range(5, 6), FailureClass.BAD_NUMBER),
    (range(7, 8), FailureClass.LINE),
    (range(8, 9), FailureClass.NOT_A_FAX),
    (range(9, 10), FailureClass.LINE),
    (range(10, 11), FailureClass.REJECTED),
    (range(11, 13), FailureClass.NOT_A_FAX),
    (range(13, 229), FailureClass.LINE),
    (range(229, 236), FailureClass.DOCUMENT),
    (range(236, 300), FailureClass.LINE),
    (range(314, 324), FailureClass.DOCUMENT),
    (range(325, 338), FailureClass.REJECTED),
    (range(344, 346), FailureClass.REJECTED),
    (range(400, 402), FailureClass.LINE),
    (range(402, 420), FailureClass.DOCUMENT),
)


_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
# Where `LineBusy` and `FAXBusy` are run together; compiled at the first failure, as the phrases are made.
_BEFORE_CAPITALS: Final = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def failure_class_of(words: str, code: str | None = None) -> FailureClass:
    """The class that a provider's words tell, else its code; `OTHER` where neither does.

    Words that are run together are read as they stand, and split at their capitals.
    """
    # No phrase goes over the bar between the two readings.
    folded = f"{_folded(words)} |{_folded(re.sub(_BEFORE_CAPITALS, ' ', words))} "
    for found, needles in _needles():
        if any(needle in folded for needle in needles):
            return found
    return _class_of_code(code or "")


@cache
def _needles() -> tuple[tuple[FailureClass, tuple[str, ...]], ...]:
    """The phrases as they stand in folded words; one with `*` may go on within its last word.

    Made at the first failure, and without a pattern for each: compiling them was a twentieth of a callback's
    cold start.
    """
    return tuple(
        (
            found,
            tuple(_folded(phrase) if phrase.endswith("*") else f"{_folded(phrase)} " for phrase in phrases),
        )
        for found, phrases in _PHRASES
    )


def _folded(words: str) -> str:
    """Lower-case words with one space before each."""
    return f" {_BETWEEN_WORDS.sub(' ', words.casefold()).strip()}"


def _class_of_code(code: str) -> FailureClass:
    match = _HYLAFAX_CODE.fullmatch(code.strip().casefold())
    if match is None:
        return FailureClass.OTHER
    number = int(match[1])
    return next((found for codes, found in _HYLAFAX_CLASSES if number in codes), FailureClass.OTHER)
