"""What fax servers really say when a fax fails, and what we make of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.fax import FailureClass
from faxledger.providers import failures
from faxledger.providers.failures import failure_class_of
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.callback import read_callback

BUSY = (
    "Busy signal detected",  # HylaFAX+ E001
    "Modem responded 'BUSY' (int.)",  # mgetty
    "Normal busy; remote end busy (off-hook).",  # Brooktrout 301
    "Busy tone detected",  # NET SatisFAXtion 28024
    "User busy",  # Q.850 17
    "Busy Here",  # RFC 3261
    "user_busy",  # Telnyx
    "The device encountered a busy signal.",  # Windows
    "LINE BUSY",
)
NO_ANSWER = (
    "No answer from remote",  # HylaFAX+ E003
    "No answer (T.30 T1 timeout)",  # HylaFAX+ E218
    "Ringback detected, no answer (timeout)",  # HylaFAX+ E215
    "No Answer (T.30 T1 timeout)",  # mgetty
    "No answer, T.30 T1 time-out.",  # Brooktrout HNG_T1_TIMEOUT
    "Ring back detected with no answer",  # NET SatisFAXtion 28026
    "No user responding",  # Q.850 18
    "No answer from user (user alerted)",  # Q.850 19
    "The receiving device did not answer the call.",  # Windows
    "receiver_no_answer",  # Telnyx
    "The remote fax machine failed to respond",
    "noanswer",
)
NOT_A_FAX = (
    "No carrier detected",  # HylaFAX+ E002
    "Data connection established (wanted fax)",  # HylaFAX+ E008
    "Ringback detected, no answer without CED",  # HylaFAX+ E011
    "Ring detected without successful handshake",  # HylaFAX+ E012
    "No receiver protocol (T.30 T1 timeout)",  # HylaFAX+ E126
    "Ring detected without a successful handshake.",  # Brooktrout HNG_RNG_DET
    "Answer (probable human) detected",  # Brooktrout 316
    "Talking detected with no fax",  # NET SatisFAXtion 28025
    "Remote device does not support fax",  # NET SatisFAXtion 27993
    "Not a Fax Call",  # Windows
    "Timed out waiting for initial communication",  # SpanDSP
    "Timed out waiting for the first message",  # SpanDSP
    "fax_initial_communication_timeout",  # Telnyx
    "Voice answered",
)
BAD_NUMBER = (
    "Unallocated (unassigned) number",  # Q.850 1
    "No route to destination",  # Q.850 3
    "Number changed",  # Q.850 22
    "Invalid number format (address incomplete)",  # Q.850 28
    "Address Incomplete",  # RFC 3261
    "Not Found",  # RFC 3261
    "Special Information Tone detected",  # NET SatisFAXtion 28023
    "Vacant circuit",  # Brooktrout
    "Operator intercept",  # Brooktrout
    "The device dialed an invalid fax number.",  # Windows
    "Bad Address",  # Windows
    "Invalid dialing command",  # HylaFAX+ E005
    "destination_invalid",  # Telnyx
    "number not in service",
    "The number has been disconnected",
)
LINE = (
    "No local dialtone",  # HylaFAX+ E004
    "Carrier established, but Phase A failure",  # HylaFAX+ E007
    "RSPREC error/got DCN",  # HylaFAX+ E223
    "COMREC invalid command received/no DIS or DTC",  # HylaFAX+ E222
    "Failure to train remote modem at 2400 bps or minimum speed",  # HylaFAX+ E137
    "Unable to transmit page (giving up after 3 attempts)",  # HylaFAX+ E131
    "No response to EOP repeated 3 tries",  # HylaFAX+ E151
    "Remote fax disconnected prematurely",  # HylaFAX+ E128
    "Failure to transmit clean ECM image data.",  # HylaFAX+ E143
    "No loop current",  # TIA-592 3
    "DCS sent 3 times without response",  # TIA-592 25
    "DTE to DCE data underflow",  # TIA-592 43
    "Invalid response to MPS",  # TIA-592 53
    "Failed to train with any of the compatible modems",  # SpanDSP
    "The HDLC carrier did not stop in a timely manner",  # SpanDSP
    "Received no response to DCS or TCF",  # SpanDSP
    "Received a DCN from remote after sending a page",  # SpanDSP
    "Disconnected after permitted retries",  # SpanDSP
    "The call dropped prematurely",  # SpanDSP
    "Far end is not compatible",  # SpanDSP
    "Timer T2 expired while waiting for fax page",  # SpanDSP
    "Reorder or fast busy; telephone company trunk lines are busy",  # Brooktrout 303
    "DCN received in COMREC.",  # Brooktrout HNG_XMITB_COMREC_DCN
    "Can't agree on bit rate",  # NET SatisFAXtion 27987
    "SIP bye received before fax was completed",  # NET SatisFAXtion 27983
    "No circuit/channel available",  # Q.850 34
    "Switching equipment congestion",  # Q.850 42
    "Service Unavailable",  # RFC 3261
    "No Dial Tone",  # Windows
    "The fax call was disconnected by the sender or the caller.",  # Windows
    "transmission timeout",
)
DOCUMENT = (
    "Image conversion error",  # HylaFAX+ E230
    "Image error, line length wrong",  # HylaFAX+ E233
    "Can not open document file %s",  # HylaFAX+ E314
    "Too many pages in submission; max 100",  # HylaFAX+ E317
    "Converted document is not valid TIFF",  # HylaFAX+ E321
    "Document was encoded with 2DMMR, but client does not support this data format",  # HylaFAX+ E403
    "Client does not support document page width, max remote page width 1728 pixels",  # HylaFAX+ E416
    "TIFF/F file cannot be opened",  # SpanDSP
    "TIFF/F format is not compatible",  # SpanDSP
    "TIFF/F page not found",  # SpanDSP
    "Far end cannot receive at the resolution of the image",  # SpanDSP
    "Incompatible fax formats, for example, a page width mismatch.",  # Brooktrout 33
    "attachment could not be converted",
)
REJECTED = (
    "Blacklisted by modem",  # HylaFAX+ E010
    "REJECT: Too many attempts to dial",  # HylaFAX+ E333
    "REJECT: Page width (9999) appears invalid",  # HylaFAX+ E330
    "Job aborted by request",  # HylaFAX+ E345
    "Kill time expired",  # HylaFAX+ E325
    "Call rejected",  # Q.850 21
    "Decline",  # RFC 3261
    "Call aborted, from +FK or <CAN>",  # TIA-592 2
    "destination_not_in_countries_whitelist",  # Telnyx
    "Insufficient funds to send fax",
    "cancelled by the sender",
    "rejected by destination",
)
OTHER = (
    "",
    "0x17",
    "Unknown problem",  # HylaFAX+ E006
    "Disagreement",  # "dis" begins it and is not it
)


def said(found: FailureClass, phrases: tuple[str, ...]) -> list[tuple[str, FailureClass]]:
    return [(words, found) for words in phrases]


PHRASES = [
    *said(FailureClass.BUSY, BUSY),
    *said(FailureClass.NO_ANSWER, NO_ANSWER),
    *said(FailureClass.NOT_A_FAX, NOT_A_FAX),
    *said(FailureClass.BAD_NUMBER, BAD_NUMBER),
    *said(FailureClass.LINE, LINE),
    *said(FailureClass.DOCUMENT, DOCUMENT),
    *said(FailureClass.REJECTED, REJECTED),
    *said(FailureClass.OTHER, OTHER),
]


@pytest.mark.parametrize(("words", "found"), PHRASES)
def test_what_fax_servers_say(words: str, found: FailureClass) -> None:
    assert failure_class_of(words) is found
    assert failure_class_of(words.upper().replace(" ", "_")) is found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("LineBusy", FailureClass.BUSY),
        ("FAXBusy", FailureClass.BUSY),
        ("NoAnswer", FailureClass.NO_ANSWER),
        ("NoFaxMachine", FailureClass.NOT_A_FAX),
        ("noCarrierDetected", FailureClass.NOT_A_FAX),
        ("InvalidNumber", FailureClass.BAD_NUMBER),
        ("CallerHungUp", FailureClass.LINE),
        ("DocumentError", FailureClass.DOCUMENT),
        ("CallRejected", FailureClass.REJECTED),
        # Split, it would begin with another word than it does.
        ("TIFFs", FailureClass.DOCUMENT),
        # The end of one reading and the start of the other are no phrase.
        ("FaxMachine No", FailureClass.OTHER),
    ],
)
def test_words_that_are_run_together_are_split_at_their_capitals(words: str, found: FailureClass) -> None:
    assert failure_class_of(words) is found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("E001", FailureClass.BUSY),
        ("e003", FailureClass.NO_ANSWER),
        (" E126 ", FailureClass.LINE),
        ("E321", FailureClass.DOCUMENT),
        ("E345", FailureClass.REJECTED),
        ("E300", FailureClass.OTHER),
        ("17", FailureClass.OTHER),
        ("", FailureClass.OTHER),
        (None, FailureClass.OTHER),
    ],
)
def test_where_the_words_tell_nothing_the_code_may(code: str | None, found: FailureClass) -> None:
    assert failure_class_of("", code) is found
    assert failure_class_of("Line busy", code) is FailureClass.BUSY


SOURCES = re.compile(r"HylaFAX|TIA-592|SpanDSP|Brooktrout|SatisFAXtion|Windows|Q\.850|RFC 3261|hosted|people")


def cited() -> Iterator[tuple[str, str]]:
    """Each phrase of the table with the comment that it stands under."""
    table = Path(failures.__file__).read_text("utf-8").partition("_PHRASES: Final")[2].partition("\n)\n")[0]
    comment, is_new = "", True
    for line in table.splitlines():
        if "# " in line:
            comment = line if is_new else comment + line
            is_new = False
        else:
            yield from ((phrase, comment) for phrase in re.findall(r'"([^"]+)"', line))
            is_new = True
        if line.strip() == "),":
            comment = ""


def test_every_phrase_is_cited() -> None:
    found = dict(cited())
    assert len(found) > 200
    assert [phrase for phrase, comment in found.items() if not SOURCES.search(comment)] == []


ACCOUNT = SoftlinxAccount("acme", ZoneInfo("America/New_York"), marks_faxes=True)


@given(code=st.text(max_size=20), text=st.text(max_size=255))
def test_whatever_the_class_the_provider_s_own_code_and_words_are_kept(code: str, text: str) -> None:
    told = {"FaxId": "33", "FaxStatus": "sendFailed", "ErrorCode": code, "ErrorText": text}
    report = read_callback(ACCOUNT, told, "SendFax")

    assert report.failure is not None
    assert (report.failure.code or "", report.failure.text or "") == (code.strip(), text.strip())
    assert report.given == told
