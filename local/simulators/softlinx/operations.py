"""What the SOAP operations do: each takes a call that may be made and returns its output's fields."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Protocol

from local.simulators.jobs import Direction
from local.simulators.softlinx.faxes import Faxes, UnknownFax, UnknownReference
from local.simulators.softlinx.fields import row_of
from local.simulators.softlinx.queries import read_fax_id, read_mark, read_query
from local.simulators.softlinx.refusals import BadArgument, NoSuchFax
from local.simulators.softlinx.soap import Call, Fault, Fields, text_of
from local.simulators.softlinx.times import RowTimes


class Send(Protocol):
    def __call__(
        self, number: str, *, user: str, tsi: str, recipient: str, project_code: str, project_code_2: str
    ) -> str: ...


class Operations:
    def __init__(self, faxes: Faxes, send: Send, row_times: RowTimes, most_rows: int) -> None:
        self._faxes = faxes
        self._hand_in = send
        self._row_times = row_times
        self._most_rows = most_rows
        self._operations: Mapping[str, Callable[[Call], Fields]] = {
            "SendFax": self._send,
            "QuerySendFax": lambda call: self._query(call, Direction.OUTBOUND),
            "QueryReceiveFax": lambda call: self._query(call, Direction.INBOUND),
            "ModifySendFax": lambda call: self._modify(call, Direction.OUTBOUND),
            "ModifyReceiveFax": lambda call: self._modify(call, Direction.INBOUND),
        }

    def perform(self, call: Call) -> Fields:
        """Raises `Refusal`, and `Fault` for an operation that is not here."""
        operation = self._operations.get(call.operation)
        if operation is None:
            raise Fault(f"there is no operation {call.operation}")
        return operation(call)

    def _send(self, call: Call) -> Fields:
        """One fax for each recipient (doc); none is sent when anything is wrong with any of them."""
        recipients = call.input.findall("FaxRecipient")
        if not recipients or not all(text_of(recipient, "FaxNumber") for recipient in recipients):
            raise BadArgument("Empty fax number")
        for attachment in call.input.findall("Attachment"):
            _check_content(text_of(attachment, "AttachmentContent"))
        sent = []
        for recipient in recipients:
            number = text_of(recipient, "FaxNumber")
            fax_id = self._hand_in(
                number,
                user=call.text("FaxUserId"),
                tsi=call.text("TSI"),
                recipient=text_of(recipient, "RcptName"),
                project_code=call.text("ProjectCode"),
                project_code_2=call.text("ProjectCode2"),
            )
            sent.append(("FaxInfo", (("FaxId", fax_id), ("FaxNumber", number))))
        return sent

    def _query(self, call: Call, direction: Direction) -> Fields:
        query = read_query(call, self._most_rows)
        try:
            page = self._faxes.page(direction, query, call.text("GetNextResults") or None)
        except UnknownReference as unknown:
            raise BadArgument(str(unknown)) from unknown
        rows = [("FaxInfo", row_of(fax, self._row_times)) for fax in page.faxes]
        if page.next_reference is None:
            return [*rows, ("HasMoreResults", "false")]
        return [*rows, ("HasMoreResults", "true"), ("ResultsReference", page.next_reference)]

    def _modify(self, call: Call, direction: Direction) -> Fields:
        try:
            self._faxes.change(direction, read_fax_id(call), is_marked=read_mark(call))
        except UnknownFax:
            raise NoSuchFax from None
        return ()


def _check_content(inline: str) -> None:
    """Inline base64 is accepted when sending (seen)."""
    try:
        b64decode("".join(inline.split()), validate=True)
    except binascii.Error:
        raise BadArgument("Invalid AttachmentContent") from None
