"""What the SOAP operations do: each takes a call that may be made and returns its output's fields."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import partial

from local.show.simulators.jobs import JobDirection
from local.show.simulators.softlinx.calls_under_way import CallKind
from local.show.simulators.softlinx.fax_operations import FaxOperations
from local.show.simulators.softlinx.fields import REFUSED_RECIPIENT
from local.show.simulators.softlinx.named_values import read_boolean, read_fax_id
from local.show.simulators.softlinx.refusals import BadArgument
from local.show.simulators.softlinx.sends import AcceptedSend, ApiKind, Attachment, read_options, recipient_of
from local.show.simulators.softlinx.soap_messages import Call, Fault, Fields
from local.show.simulators.web import HangUp

_KINDS = {
    "QuerySendFax": CallKind.QUERY,
    "QueryReceiveFax": CallKind.QUERY,
    "ModifySendFax": CallKind.MARK,
    "ModifyReceiveFax": CallKind.MARK,
}


def kind_of(operation: str) -> CallKind:
    return _KINDS.get(operation, CallKind.OTHER)


class SoapOperations:
    """`lists_refused` is whether a recipient who is refused has a row in the answer to a send."""

    def __init__(self, fax_operations: FaxOperations, *, lists_refused: bool) -> None:
        self._fax_operations = fax_operations
        self._lists_refused = lists_refused
        outbound, inbound = JobDirection.OUTBOUND, JobDirection.INBOUND
        self._operations: Mapping[str, Callable[[Call], Fields]] = {
            "SendFax": self._send,
            "QuerySendFax": partial(self._query, outbound),
            "QueryReceiveFax": partial(self._query, inbound),
            "ModifySendFax": partial(self._modify, outbound),
            "ModifyReceiveFax": partial(self._modify, inbound),
            "GetSendFaxContent": partial(self._get_content, outbound),
            "GetReceiveFaxContent": partial(self._get_content, inbound),
            "DeleteSendFax": partial(self._delete, outbound),
            "DeleteReceiveFax": partial(self._delete, inbound),
        }

    def perform(self, call: Call) -> Fields:
        """Raises `Refusal`, `Fault` for an operation that is not here, `HangUp` for a lost answer."""
        operation = self._operations.get(call.operation)
        if operation is None:
            raise Fault(f"there is no operation {call.operation}")
        return operation(call)

    def _send(self, call: Call) -> Fields:
        """Nothing is sent when anything is wrong with the request."""
        recipients = [recipient_of(recipient) for recipient in call.children("FaxRecipient")]
        attachments = [_attachment_of(attachment) for attachment in call.children("Attachment")]
        sent = self._fax_operations.send(ApiKind.SOAP, recipients, attachments, read_options(call))
        if self._fax_operations.loses_answer([recipient.number for recipient in recipients]):
            raise HangUp
        return [("FaxInfo", row) for row in sent_rows(sent, lists_refused=self._lists_refused)]

    def _query(self, direction: JobDirection, call: Call) -> Fields:
        page = self._fax_operations.query(direction, call)
        rows = [("FaxInfo", self._fax_operations.row_of(fax)) for fax in page.faxes]
        if page.next_reference is None:
            return [*rows, ("HasMoreResults", "false")]
        return [*rows, ("HasMoreResults", "true"), ("ResultsReference", page.next_reference)]

    def _modify(self, direction: JobDirection, call: Call) -> Fields:
        is_marked = read_boolean(call, "Mark")
        self._fax_operations.mark(direction, read_fax_id(call.text("FaxId")), is_marked=is_marked)
        return ()

    def _get_content(self, direction: JobDirection, call: Call) -> Fields:
        if call.text("FaxContentSelector") not in ("", "all"):
            raise BadArgument("Invalid FaxContentSelector")
        fax_id = read_fax_id(call.text("FaxId"))
        _, content = self._fax_operations.content(direction, fax_id, call.text("FaxContentType"))
        return [("FaxContent", content)]

    def _delete(self, direction: JobDirection, call: Call) -> Fields:
        fax_ids = [read_fax_id(text) for text in call.texts("FaxId")]
        if not fax_ids:
            raise BadArgument("Invalid FaxId")
        self._fax_operations.delete(direction, fax_ids)
        return ()


def sent_rows(sent: AcceptedSend, *, lists_refused: bool) -> list[Fields]:
    """One for each recipient, or without `lists_refused` for each that was not refused."""
    rows: list[Fields] = []
    for recipient, fax_id in zip(sent.recipients, sent.fax_ids, strict=True):
        number = ("FaxNumber", recipient.number)
        if fax_id is not None:
            rows.append((("FaxId", fax_id), number))
        elif lists_refused:
            rows.append((number, *REFUSED_RECIPIENT))
    return rows


def _attachment_of(given: Call) -> Attachment:
    """Inline base64 is accepted when sending (seen)."""
    try:
        content = b64decode("".join(given.text("AttachmentContent").split()), validate=True)
    except binascii.Error:
        raise BadArgument("Invalid AttachmentContent") from None
    return Attachment(given.text("ContentType"), given.text("FileName"), content)
