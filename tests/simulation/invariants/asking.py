"""How providers are asked: seldom enough, by one alone, and never on from what is not safe here."""

from faxledger.domain.coverage import Coverage, Days
from faxledger.domain.fax import Direction
from faxledger.providers.greenfax.xml_row import XmlRow
from tests.simulation.invariants.checker import Change, Checker
from tests.simulation.invariants.evidence import Evidence
from tests.simulation.softlinx import Query

_SECONDS_BETWEEN_FEEDS = 20 * 60
_FEED = "CURSOR#greenfax-"
_DIGEST_BYTES = 8


class FeedsSpaced(Checker):
    name = "feeds are asked every 20 minutes"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._asked_at: dict[str, float] = {}

    def feed_asked(self, at: float, which: str) -> None:
        before = self._asked_at.get(which)
        if before is not None and at - before < _SECONDS_BETWEEN_FEEDS:
            raise self.violated(f"{which}: {before:.1f} s and {at:.1f} s")
        self._asked_at[which] = at


class OneQueryAtATime(Checker):
    name = "one query at a time"

    def queried(self, query: Query) -> None:
        for other in query.others:
            # Whose time was up asks no more, though Softlinx may still be answering.
            if not other.is_dead:
                names = f"{query.process.name} beside {other.name}"
                raise self.violated(f"{names} at {query.at:.1f} s")


class NothingPassedOver(Checker):
    """What is remembered of a feed, and the days that count as read, hold no row that is not safe here."""

    name = "no progress past what is durable"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._read = 0
        # The fax of each row that was shown, by what is remembered of the row.
        self._keys: dict[int, str] = {}

    def kept(self, key: str) -> None:
        if not key.startswith("feeds/"):
            return
        self._take_in()
        content = self.town.bundle.aws.objects["unresolved:Documents", key].partition(b"\n")[2]
        for at in range(0, len(content), _DIGEST_BYTES):
            fax = self._keys.get(int.from_bytes(content[at : at + _DIGEST_BYTES], "little"))
            if fax is not None and not self.evidence.was_final(fax):
                raise self.violated(f"{key} remembers {fax}", fax)

    def changed(self, change: Change) -> None:
        if not change.key.startswith(_FEED) or change.new is None:
            return
        covered = change.new["covered"]["S"]
        if change.old is not None and change.old["covered"]["S"] == covered:
            return
        direction = Direction(change.key.removeprefix(_FEED))
        greenfax = self.town.greenfax
        spans = tuple(Days.parse(text) for text in covered.split())
        today = greenfax.local(self.town.scheduler.now).date()
        if spans and spans[-1].last >= today:
            raise self.violated(f"{change.key}: {covered} counts as read on {today}", change.key)
        for job, _ in greenfax.shown:
            day = greenfax.local(job.completed).date()
            fax = f"FAX#greenfax#{direction}#12345#{job.job_id}"
            is_covered = job.direction is direction and not Coverage(spans).missing(Days(day, day))
            if is_covered and not self.evidence.was_final(fax):
                raise self.violated(f"{change.key}: {covered}, but {fax}", fax)

    def _take_in(self) -> None:
        shown = self.town.greenfax.shown
        for job, given in shown[self._read :]:
            digest = XmlRow("fax", given, ()).digest
            self._keys[digest] = f"FAX#greenfax#{job.direction}#12345#{job.job_id}"
        self._read = len(shown)
