"""The fields of a fax, as query rows and as callbacks have them; every one a string (doc)."""

from collections.abc import Mapping

from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.outcomes import Cause
from local.show.simulators.softlinx.faxes import SoftlinxFax
from local.show.simulators.softlinx.soap_messages import Fields
from local.show.simulators.softlinx.times import RowTimes, zulu

# Code and text. The codes belong to the fax server's back end and are not published; these are made up.
_ERRORS: Mapping[Cause, tuple[str, str]] = {
    Cause.BUSY: ("17", "Line busy"),
    Cause.NO_ANSWER: ("18", "No answer"),
    Cause.NOT_A_FAX: ("22", "Human voice detected, no fax tone"),
    Cause.BAD_NUMBER: ("31", "Invalid number or number not in service"),
    Cause.LINE: ("45", "Communication error: remote disconnected during page transmission"),
    Cause.DOCUMENT: ("61", "Document conversion failed"),
    Cause.REJECTED: ("27", "Call rejected by remote station"),
    Cause.OTHER: ("99", "Error 0x2F"),
}
_NO_ERROR = ("0", "")

# As in an answer to a send that gives this recipient no identifier.
REFUSED_RECIPIENT: Fields = (("ErrorCode", "33"), ("ErrorText", "Fax number not allowed"))

FINAL_WORDS: Mapping[JobStatus, str] = {
    JobStatus.SENT: "sent",
    JobStatus.FAILED: "sendFailed",
    JobStatus.RECEIVED: "recvOk",
    JobStatus.RECEIVED_PARTIAL: "recvIncomplete",
}
NOT_FINAL_WORD = "sending"
UNKNOWN_WORDS: Mapping[JobDirection, str] = {
    JobDirection.OUTBOUND: "sentPendingConfirmation",
    JobDirection.INBOUND: "recvQuarantined",
}


def row_of(fax: SoftlinxFax, times: RowTimes) -> Fields:
    return _outbound_row(fax, times) if fax.direction is JobDirection.OUTBOUND else _inbound_row(fax, times)


def callback_of(fax: SoftlinxFax, realm: str, word: str, status: JobStatus) -> dict[str, str]:
    """What a callback says that claims `status` in the word `word`, whatever the log has."""
    given = _outbound_callback if fax.direction is JobDirection.OUTBOUND else _inbound_callback
    return {"Realm": realm, "FaxStatus": word, **given(fax, status)}


def _error_of(fax: SoftlinxFax, status: JobStatus) -> tuple[str, str]:
    if status in (JobStatus.FAILED, JobStatus.RECEIVED_PARTIAL):
        return _ERRORS[fax.outcome.cause or Cause.LINE]
    return _NO_ERROR


def _pages_of(fax: SoftlinxFax, status: JobStatus) -> str:
    if status is JobStatus.SUBMITTED:
        return "0"
    return str(
        fax.outcome.pages if status in (JobStatus.SENT, JobStatus.RECEIVED) else fax.outcome.pages_done
    )


def _duration_of(fax: SoftlinxFax) -> str:
    return str(fax.outcome.duration_seconds) if fax.completed_at else "0"


def _outbound_callback(fax: SoftlinxFax, status: JobStatus) -> dict[str, str]:
    code, text = _error_of(fax, status)
    return {
        "CSI": fax.csi,
        "CompleteTime": zulu(fax.completed_at),
        "CreateTime": zulu(fax.created_at),
        "Duration": _duration_of(fax),
        "ErrorCode": code,
        "ErrorText": text,
        "FaxId": str(fax.fax_id),
        "FaxNumber": fax.number,
        "FaxUserId": fax.user,
        "PagesSent": _pages_of(fax, status),
        "PagesTotal": str(fax.outcome.pages),
        "ProjectCode": fax.project_code,
        "ProjectCode2": fax.project_code_2,
        "RetryCount": str(fax.retry_count),
        "TSI": fax.tsi,
        "Queue": "SendFax",
    }


def _inbound_callback(fax: SoftlinxFax, status: JobStatus) -> dict[str, str]:
    code, text = _error_of(fax, status)
    return {
        "CallerNumber": fax.number,
        "DestFaxNumber": fax.own_number,
        "Duration": _duration_of(fax),
        "ErrorCode": code,
        "ErrorText": text,
        "FaxId": str(fax.fax_id),
        "FaxUserId": fax.user,
        "PagesReceived": _pages_of(fax, status),
        "Queue": "ReceiveFax",
        "ReceivedTime": zulu(fax.completed_at),
        "TSI": fax.tsi,
    }


def _outbound_row(fax: SoftlinxFax, times: RowTimes) -> Fields:
    code, text = _error_of(fax, fax.status)
    options = fax.options
    return (
        ("FaxId", str(fax.fax_id)),
        ("FaxNumber", fax.number),
        ("FaxStatus", fax.word),
        ("FaxUserId", fax.user),
        ("ProxyFaxUserId", ""),
        ("CompleteTime", times.write(fax.completed_at)),
        ("CreateTime", times.write(fax.created_at)),
        ("SendAfter", times.write(fax.send_after)),
        ("CSI", fax.csi if fax.completed_at else ""),
        ("TSI", fax.tsi),
        ("Duration", _duration_of(fax)),
        ("ErrorCode", code),
        ("ErrorText", text),
        ("PagesSent", _pages_of(fax, fax.status)),
        ("PagesTotal", str(fax.outcome.pages)),
        ("Priority", options.get("Priority", "normal")),
        ("RetryCount", str(fax.retry_count)),
        ("RetryCountLeft", "0" if fax.completed_at else options.get("RetryCount", "0")),
        ("RetryInterval", options.get("RetryInterval", "180")),
        ("ProjectCode", fax.project_code),
        ("ProjectCode2", fax.project_code_2),
        ("RcptInfo", fax.recipient),
        ("GroupId", ""),
        ("FaxDescription", ""),
        ("FaxQuality", options.get("FaxQuality", "fine")),
        ("FaxHeaderEnabled", options.get("FaxHeaderEnabled", "true")),
        ("CoverPageName", options.get("CoverPageName", "")),
        ("DeleteAfterSend", options.get("DeleteAfterSend", "false")),
        ("PrintAfterSend", "false"),
        ("NotifyEmailAddress", options.get("NotifyEmailAddress", "")),
        ("NotifySuccess", options.get("NotifySuccess", "false")),
        ("NotifyFailed", options.get("NotifyFailed", "false")),
        ("NotifyFailedAttachFax", options.get("NotifyFailedAttachFax", "false")),
        *_gateway(fax),
    )


def _inbound_row(fax: SoftlinxFax, times: RowTimes) -> Fields:
    code, text = _error_of(fax, fax.status)
    return (
        ("FaxId", str(fax.fax_id)),
        ("CallerNumber", fax.number),
        ("DestFaxNumber", fax.own_number),
        ("FaxStatus", fax.word),
        ("FaxUserId", fax.user),
        ("ReceivedTime", times.write(fax.completed_at)),
        ("CreateTime", times.write(fax.created_at)),
        ("Duration", _duration_of(fax)),
        ("ErrorCode", code),
        ("ErrorText", text),
        ("PagesReceived", _pages_of(fax, fax.status)),
        ("CSI", fax.csi),
        ("TSI", fax.tsi),
        ("Caption", ""),
        ("Note", ""),
        ("Viewed", "false"),
        ("NotifyEmail", ""),
        ("NotifyAttachFax", "false"),
        ("PrintFax", "false"),
        *_gateway(fax),
    )


def _gateway(fax: SoftlinxFax) -> Fields:
    """The last fields of either row: the line it went over, and the mark."""
    return (
        ("ImgHost", "img1"),
        ("ImgDevice", f"port{fax.fax_id % 24}"),
        ("ImgCountry", "US"),
        ("Mark", "true" if fax.is_marked else "false"),
    )
