"""The feed's document, in whichever style and spelling was chosen; the real one is not public."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from local.show.simulators.greenfax.faxes import GreenFaxJob, word_of
from local.show.simulators.greenfax.options import FailureWords, GreenFaxOptions, RowStyle
from local.show.simulators.jobs import JobDirection
from local.show.simulators.outcomes import Cause

_ROOTS = MappingProxyType({JobDirection.OUTBOUND: "outbound_faxes", JobDirection.INBOUND: "inbound_faxes"})


class FeedWriter:
    def __init__(self, options: GreenFaxOptions) -> None:
        self._options = options
        self._zone = ZoneInfo(options.zone)

    def document(self, direction: JobDirection, jobs: Iterable[GreenFaxJob]) -> bytes:
        root = ET.Element(self._options.naming.spell(_ROOTS[direction]))
        for job in jobs:
            self._append(
                root, self._outbound(job) if direction is JobDirection.OUTBOUND else self._inbound(job)
            )
        return _serialized(root)

    def error(self, text: str) -> bytes:
        root = ET.Element("error")
        ET.SubElement(root, "message").text = text
        return _serialized(root)

    def _append(self, root: ET.Element, values: Mapping[str, str]) -> None:
        row = ET.SubElement(root, self._options.naming.spell("fax"))
        for name, value in values.items():
            spelled = self._options.naming.spell(name)
            if self._options.row_style is RowStyle.ATTRIBUTES:
                row.set(spelled, value)
            else:
                ET.SubElement(row, spelled).text = value

    def _outbound(self, job: GreenFaxJob) -> Mapping[str, str]:
        """What each outbound fax has (doc); its job code is not among it."""
        return {
            "job_id": job.job_id,
            "fax_number": job.number,
            "sender": job.sender,
            "status": word_of(job.status, self._cause_told(job)),
            "pages": str(job.outcome.pages_done),
            "duration": str(job.outcome.duration_seconds),
            "cost": str(job.cost),
            "fax_timestamp": self._time(job.completed_at),
        }

    def _inbound(self, job: GreenFaxJob) -> Mapping[str, str]:
        """What each inbound fax has (doc); it has no status."""
        return {
            "job_id": job.job_id,
            "timestamp": self._time(job.completed_at),
            "pages": str(job.outcome.pages),
            "sender": job.sender,
            "filename": job.filename,
            "document_download_url": job.download_url,
        }

    def _cause_told(self, job: GreenFaxJob) -> Cause | None:
        return job.outcome.cause if self._options.failure_words is FailureWords.REASON else None

    def _time(self, when: datetime | None) -> str:
        return when.astimezone(self._zone).strftime(self._options.feed_times) if when else ""


def _serialized(root: ET.Element) -> bytes:
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
