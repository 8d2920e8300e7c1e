"""Fax numbers whose last four digits force what happens.

The number that counts is the one dialled, of an inbound fax the caller's. Such a fax meets no fault by
chance, so that what it shows can be relied on.

| ends in | what happens |
| --- | --- |
| 0001 | fails: busy |
| 0002 | fails: no answer |
| 0003 | fails: a voice answers, no fax machine |
| 0004 | fails: the number is not in service |
| 0005 | fails: the line drops in the middle |
| 0006 | fails: the document cannot be converted |
| 0007 | fails: refused by the other side |
| 0008 | fails: for a reason in no table |
| 0009 | Softlinx refuses this recipient and no other, and gives it no identifier (GreenFax: as 0007) |
| 0011 | an inbound Softlinx fax breaks off (`recvIncomplete`) |
| 0100 | goes through |
| 0101 | goes through; its callback is dropped |
| 0102 | goes through; its callback comes twice |
| 0103 | goes through; its callback says the opposite |
| 0104 | its callback carries an unknown status word (GreenFax: it fails, as any word but `success` says) |
| 0105 | goes through; its callback comes 3 hours late |
| 0106 | goes through; its callback is recanted by a second one some minutes later |
| 0107 | goes through; the listener cannot be reached in any of the attempts |
| 0108 | goes through; its callback is overtaken by the next fax's |
| 0201 | goes through; Softlinx acts on the send and hangs up without an answer |
| 0202 | goes through; its content is not there at the first two requests |
| 0203 | goes through; its content is never there |
| 0204 | goes through; its document's address leads to another host (GreenFax) |
| 0205 | goes through; its document is a page for people (GreenFax) |
| 0206 | goes through; its document is larger than any fax (GreenFax) |
| 0301 | no email can be delivered to it (GreenFax) |
| 0302 | its email is lost on the way, and nobody ever hears of it (GreenFax) |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from math import inf

from local.show.simulators.faults import NO_MISHAP, Arrival, Mishap, Veracity
from local.show.simulators.outcomes import Cause

NEVER_THERE = inf


class Bait(Enum):
    """What lies in a document's place."""

    REDIRECT = auto()
    PAGE = auto()
    FLOOD = auto()


@dataclass(frozen=True, slots=True)
class Spell:
    """What a magic number forces; `cause` is None when the fax goes through.

    `withheld_times` is how many requests for its content come too early.
    """

    cause: Cause | None = None
    mishap: Mishap = NO_MISHAP
    is_refused: bool = False
    loses_answer: bool = False
    withheld_times: float = 0
    bait: Bait | None = None
    bounces: bool = False
    is_lost: bool = False


_SPELLS: Mapping[str, Spell] = {
    "0001": Spell(Cause.BUSY),
    "0002": Spell(Cause.NO_ANSWER),
    "0003": Spell(Cause.NOT_A_FAX),
    "0004": Spell(Cause.BAD_NUMBER),
    "0005": Spell(Cause.LINE),
    "0006": Spell(Cause.DOCUMENT),
    "0007": Spell(Cause.REJECTED),
    "0008": Spell(Cause.OTHER),
    "0009": Spell(Cause.REJECTED, is_refused=True),
    "0011": Spell(Cause.LINE),
    "0100": Spell(),
    "0101": Spell(mishap=Mishap(arrival=Arrival.DROPPED)),
    "0102": Spell(mishap=Mishap(arrival=Arrival.TWICE)),
    "0103": Spell(mishap=Mishap(veracity=Veracity.CONTRADICTION)),
    "0104": Spell(mishap=Mishap(veracity=Veracity.UNKNOWN_WORD)),
    "0105": Spell(mishap=Mishap(late=timedelta(hours=3))),
    "0106": Spell(mishap=Mishap(veracity=Veracity.RECANTATION)),
    "0107": Spell(mishap=Mishap(arrival=Arrival.UNREACHABLE)),
    "0108": Spell(mishap=Mishap(is_overtaken=True)),
    "0201": Spell(loses_answer=True),
    "0202": Spell(withheld_times=2),
    "0203": Spell(withheld_times=NEVER_THERE),
    "0204": Spell(bait=Bait.REDIRECT),
    "0205": Spell(bait=Bait.PAGE),
    "0206": Spell(bait=Bait.FLOOD),
    "0301": Spell(bounces=True),
    "0302": Spell(is_lost=True),
}


def spell_of(number: str) -> Spell | None:
    """What this number forces, if anything; hyphens, blanks and brackets in it don't matter."""
    return _SPELLS.get("".join(filter(str.isdigit, number))[-4:])
