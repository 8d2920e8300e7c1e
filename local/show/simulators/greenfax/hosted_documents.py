"""The documents of received faxes, each behind a URL that holds a key of its own."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from threading import Lock

from local.show.simulators.documents import EDGES, DocumentFormat, render
from local.show.simulators.greenfax.faxes import GreenFaxJob, GreenFaxJobs
from local.show.simulators.jobs import JobDirection
from local.show.simulators.magic_numbers import Bait, spell_of
from local.show.simulators.web import WebRequest, WebResponse

PREFIX = "/documents/"
# What hands out the credentials of a machine in AWS to whoever asks from there.
_METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
_TOO_MANY_BYTES = 68_000_000  # of which the bundle takes 64 MiB


# Made when it is first asked for, because it is large.
@cache
def _flood() -> bytes:
    return b"%PDF-1.4\n".ljust(_TOO_MANY_BYTES)


_BAITS: Mapping[Bait, Callable[[], WebResponse]] = {
    Bait.REDIRECT: lambda: WebResponse(302, b"", headers=[("Location", _METADATA)]),
    Bait.PAGE: lambda: WebResponse(200, b"<html>Please log in.</html>", DocumentFormat.PDF.media_type),
    Bait.FLOOD: lambda: WebResponse(200, _flood(), DocumentFormat.PDF.media_type),
}


class HostedDocuments:
    def __init__(self, faxes: GreenFaxJobs, seed: int) -> None:
        self._faxes = faxes
        self._seed = seed
        self._lock = Lock()
        self._requests: Counter[str] = Counter()

    def target(self, account_id: str, filename: str) -> str:
        """Path and query of a document's URL."""
        key = Random(f"{self._seed}/greenfax/{filename}/key").randbytes(12).hex()
        return f"{PREFIX}{account_id}/{filename}?key={key}"

    def answer(self, request: WebRequest) -> WebResponse:
        asked = f"{request.path}?{request.query}"
        job = next((job for job in self._faxes.all() if job.download_url.endswith(asked)), None)
        if job is None or job.direction is not JobDirection.INBOUND:
            return WebResponse(404, b"not found\n")
        with self._lock:
            self._requests[job.job_id] += 1
            requests = self._requests[job.job_id]
        spell = spell_of(job.sender)
        if spell and requests <= spell.withheld_times:
            return WebResponse(404, b"not there yet\n")
        if spell and spell.bait:
            return _BAITS[spell.bait]()
        return WebResponse(200, self.document(job), DocumentFormat.PDF.media_type)

    def document(self, job: GreenFaxJob) -> bytes:
        edges = Random(f"{self._seed}/{job.job_id}/edges").choice(EDGES)
        return render(DocumentFormat.PDF, job.filename, pages=job.outcome.pages, edges=edges)

    def requests(self) -> Counter[str]:
        """How often each fax's document was asked for, by job id."""
        with self._lock:
            return Counter(self._requests)
