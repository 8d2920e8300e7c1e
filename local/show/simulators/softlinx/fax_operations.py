"""What can be done with the realm's faxes through either API."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from threading import Lock

from local.show.simulators.documents import EDGES, DocumentFormat, render
from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.magic_numbers import spell_of
from local.show.simulators.ports import SimulatorClock
from local.show.simulators.softlinx.api_faults import ApiFaultState
from local.show.simulators.softlinx.faxes import QueryPage, SoftlinxFax, UnknownFax, UnknownReference
from local.show.simulators.softlinx.fields import row_of
from local.show.simulators.softlinx.named_values import NamedValues
from local.show.simulators.softlinx.options import SoftlinxOptions
from local.show.simulators.softlinx.queries import read_query
from local.show.simulators.softlinx.realm import Realm
from local.show.simulators.softlinx.refusals import BadArgument, ContentNotThere, NoSuchFax
from local.show.simulators.softlinx.sends import AcceptedSend, ApiKind, Attachment, SendRecipient
from local.show.simulators.softlinx.soap_messages import Fields
from local.show.simulators.softlinx.times import read_date


class FaxOperations:
    """Its methods raise `Refusal`."""

    def __init__(
        self,
        clock: SimulatorClock,
        realm: Realm,
        *,
        options: SoftlinxOptions,
        fault_state: ApiFaultState,
        seed: int,
    ) -> None:
        self._clock = clock
        self._realm = realm
        self._options = options
        self._fault_state = fault_state
        self._seed = seed
        self._lock = Lock()
        self._sends: list[AcceptedSend] = []
        self._content_requests: Counter[tuple[JobDirection, int]] = Counter()

    def sends(self) -> tuple[AcceptedSend, ...]:
        with self._lock:
            return tuple(self._sends)

    def send(
        self,
        api: ApiKind,
        recipients: Sequence[SendRecipient],
        attachments: Sequence[Attachment],
        options: Mapping[str, str],
    ) -> AcceptedSend:
        """One fax for each recipient (doc) who is not refused; nothing is sent when all of them are."""
        if not recipients:
            raise BadArgument("Empty fax number")
        if all(_is_refused(recipient) for recipient in recipients):
            raise BadArgument("Fax number not allowed")
        sent = AcceptedSend(
            api=api,
            at=self._clock.now(),
            recipients=tuple(recipients),
            attachments=tuple(attachments),
            options=options,
            fax_ids=tuple(self._hand_in(recipient, options) for recipient in recipients),
        )
        with self._lock:
            self._sends.append(sent)
        return sent

    def loses_answer(self, numbers: Sequence[str]) -> bool:
        """Whether nobody hears that these faxes were handed in."""
        by_magic = any(spell.loses_answer for number in numbers if (spell := spell_of(number)))
        return self._fault_state.loses_answer() or by_magic

    def resend(self, fax_id: int, number: str) -> SoftlinxFax:
        try:
            resent = self._realm.resend(fax_id, number)
        except UnknownFax:
            raise NoSuchFax from None
        return self._realm.faxes.ever(JobDirection.OUTBOUND, int(resent))

    def query(self, direction: JobDirection, values: NamedValues) -> QueryPage:
        query = read_query(values, self._options.most_rows)
        try:
            return self._realm.faxes.page(direction, query, values.text("GetNextResults") or None)
        except UnknownReference as unknown:
            raise BadArgument(str(unknown)) from unknown

    def find(self, direction: JobDirection, fax_id: int) -> SoftlinxFax:
        try:
            return self._realm.faxes.find(direction, fax_id)
        except UnknownFax:
            raise NoSuchFax from None

    def row_of(self, fax: SoftlinxFax) -> Fields:
        return row_of(fax, self._options.row_times)

    def mark(self, direction: JobDirection, fax_id: int, *, is_marked: bool) -> None:
        try:
            self._realm.faxes.change(direction, fax_id, is_marked=is_marked)
        except UnknownFax:
            raise NoSuchFax from None

    def delete(self, direction: JobDirection, fax_ids: Sequence[int]) -> None:
        """All or none, which nothing public says."""
        try:
            self._realm.faxes.delete(direction, fax_ids)
        except UnknownFax:
            raise NoSuchFax from None

    def content(self, direction: JobDirection, fax_id: int, kind: str) -> tuple[DocumentFormat, bytes]:
        fax = self.find(direction, fax_id)
        try:
            document_type = DocumentFormat(kind.lower() or self._options.default_document)
        except ValueError:
            raise BadArgument("Invalid content type") from None
        with self._lock:
            self._content_requests[direction, fax_id] += 1
            requests = self._content_requests[direction, fax_id]
        if requests <= self._withheld_times(fax):
            raise ContentNotThere
        return document_type, self.document(fax, document_type)

    def document(self, fax: SoftlinxFax, kind: DocumentFormat) -> bytes:
        is_partial = fax.status is JobStatus.RECEIVED_PARTIAL
        return render(
            kind,
            f"{self._seed}/{fax.direction} fax {fax.fax_id}",
            pages=fax.outcome.pages_done if is_partial else fax.outcome.pages,
            edges=EDGES[fax.fax_id % len(EDGES)],
            padding_bytes=self._options.document_padding_bytes,
        )

    def _hand_in(self, recipient: SendRecipient, options: Mapping[str, str]) -> str | None:
        if _is_refused(recipient):
            return None
        send_after = options.get("SendAfter")
        return self._realm.send(
            recipient.number,
            user=options.get("FaxUserId", ""),
            tsi=options.get("TSI", ""),
            recipient=recipient.name,
            project_code=options.get("ProjectCode", ""),
            project_code_2=options.get("ProjectCode2", ""),
            send_after=read_date(send_after) if send_after else None,
            options=options,
        )

    def _withheld_times(self, fax: SoftlinxFax) -> float:
        if spell := spell_of(fax.number):
            return spell.withheld_times
        dice = Random(f"{self._seed}/softlinx/{fax.direction}/{fax.fax_id}/content")
        faults = self._fault_state.faults
        return faults.withheld_times if dice.random() < faults.withheld_content else 0


def _is_refused(recipient: SendRecipient) -> bool:
    spell = spell_of(recipient.number)
    return spell is not None and spell.is_refused
