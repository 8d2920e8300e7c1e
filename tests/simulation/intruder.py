"""Somebody who calls in a provider's name: with a token that has leaked, or with none that is valid."""

from collections.abc import Callable
from typing import TypeVar

from faxledger.domain.fax import Direction
from tests.simulation.aws import TOKEN
from tests.simulation.bundle import Bundle
from tests.simulation.faults import Event
from tests.simulation.greenfax import GreenFax
from tests.simulation.scheduler import Process
from tests.simulation.softlinx import Softlinx

Known = TypeVar("Known", int, str)

NO_TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL0123456789"
# What every call without a valid token says, and nothing here may keep.
SHUT_OUT = "shut-out"
# Numbers that no provider gives to a fax.
_NOBODYS = 900_000
_WORDS = {
    Direction.OUTBOUND: ("sent", "sendFailed"),
    Direction.INBOUND: ("recvOk", "recvIncomplete"),
}


class Intruder:
    """`forged` are the faxes of whom something was said with a valid token, `answers` what came without."""

    def __init__(self, bundle: Bundle, softlinx: Softlinx, greenfax: GreenFax) -> None:
        self.forged: set[str] = set()
        self.answers: list[int | None] = []
        self._bundle = bundle
        self._softlinx = softlinx
        self._greenfax = greenfax
        self._dice = bundle.scheduler.random

    def look_around(self) -> None:
        """Perhaps call."""
        event = self._bundle.wire.faults.at(Event.CALLBACK_FORGED, Event.CALLER_SHUT_OUT)
        if event is not None:
            call = self._dice.choice([self._as_softlinx, self._as_greenfax])
            has_token = event is Event.CALLBACK_FORGED
            self._bundle.scheduler.begin(
                Process("an intruder"), lambda: self._call(call, has_token=has_token)
            )

    def _call(self, call: Callable[[str, str], int | None], *, has_token: bool) -> None:
        if has_token:
            call(TOKEN, "")
        else:
            self.answers.append(call(NO_TOKEN, SHUT_OUT))

    def _as_softlinx(self, token: str, note: str) -> int | None:
        direction = self._dice.choice(list(Direction))
        known = [fax.number for fax in self._softlinx.faxes.values() if fax.direction is direction]
        number = self._one_of(known) or _NOBODYS + self._dice.randrange(10)
        self._forge(token, f"FAX#softlinx#{direction}#acme#{number}")
        form = {
            "FaxId": str(number),
            "FaxStatus": self._dice.choice(_WORDS[direction]),
            "Queue": "SendFax" if direction is Direction.OUTBOUND else "ReceiveFax",
            "Realm": "Acme",
            "TSI": note,
        }
        return self._bundle.post(form, token)

    def _as_greenfax(self, token: str, note: str) -> int | None:
        direction = self._dice.choice(list(Direction))
        known = [job.job_id for job in self._greenfax.jobs.values() if job.direction is direction]
        job_id = self._one_of(known) or str(_NOBODYS + self._dice.randrange(10))
        self._forge(token, f"FAX#greenfax#{direction}#12345#{job_id}")
        if direction is Direction.OUTBOUND:
            word = self._dice.choice(["success", "busy"])
            query = f"result={word}&destination=12025550100&greenfaxreferenceid={job_id}&note={note}"
        else:
            host = self._dice.choice(["www.greenfax.com", "intruder.example"])
            query = (
                f"greenfax_job_id={job_id}&inbound_fax_number=12025550100&pages=2&note={note}"
                f"&download_url=https://{host}/documents/{job_id}.pdf"
            )
        return self._bundle.get(query, direction is Direction.INBOUND, token)

    def _one_of(self, known: "list[Known]") -> "Known | None":
        """Every other time one that there is; None for one that there is not."""
        return self._dice.choice(known) if known and self._dice.random() < 0.5 else None

    def _forge(self, token: str, key: str) -> None:
        if token == TOKEN:
            self.forged.add(key)
