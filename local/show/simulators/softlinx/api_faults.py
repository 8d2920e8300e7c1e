"""What goes wrong between a caller and either API, by chance or by count."""

from dataclasses import dataclass, fields
from itertools import cycle
from threading import Lock

from local.show.simulators.faults import RequestDice
from local.show.simulators.web import WebResponse


@dataclass(frozen=True, slots=True)
class ApiFaults:
    """Shares are between 0 and 1; what begins with `first_` or ends in `_calls` or `_times` is a count.

    `lost_answers` is the share of sends and resends that are acted on and then end in a closed connection,
    and `first_answers_lost` how many at the beginning all do. The first `first_calls_refused` calls are
    answered 429 and 503 by turns; `bursts` is the share of calls that begin a burst of `burst_calls` such
    answers. An AuthToken expires after `token_calls` calls, 0 for never. `withheld_content` is the share of
    faxes whose content is not there at the first `withheld_times` requests.
    """

    lost_answers: float = 0
    first_answers_lost: int = 0
    first_calls_refused: int = 0
    bursts: float = 0
    burst_calls: int = 4
    token_calls: int = 0
    withheld_content: float = 0
    withheld_times: int = 2

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            if value < 0 or (name in {"lost_answers", "bursts", "withheld_content"} and value > 1):
                raise ValueError(f"API faults: {name} is {value}, but must be a count or a share up to 1")


NO_API_FAULTS = ApiFaults()


class Overloaded(Exception):
    """Answered as a server in front of the service answers: with a status and a page for people."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def response(self) -> WebResponse:
        page = b"<html><body><h1>Please try again later</h1></body></html>\n"
        return WebResponse(self.status, page, "text/html", headers=(("Retry-After", "1"),))


class ApiFaultState:
    """Which of the `faults` strikes next; whenever they are set, the counts begin anew."""

    def __init__(self, faults: ApiFaults, dice: RequestDice) -> None:
        self._dice = dice
        self._lock = Lock()
        self.faults = faults

    @property
    def faults(self) -> ApiFaults:
        return self._faults

    @faults.setter
    def faults(self, faults: ApiFaults) -> None:
        with self._lock:
            self._faults = faults
            self._refusals_left = faults.first_calls_refused
            self._losses_left = faults.first_answers_lost
            self._statuses = cycle((429, 503))

    def meet_call(self) -> None:
        """Raises `Overloaded` for a call that a burst refuses."""
        begins_burst = self._dice.strike(self._faults.bursts)
        with self._lock:
            if begins_burst and not self._refusals_left:
                self._refusals_left = self._faults.burst_calls
            if not self._refusals_left:
                return
            self._refusals_left -= 1
            status = next(self._statuses)
        raise Overloaded(status)

    def loses_answer(self) -> bool:
        """Whether the answer to the send just acted on gets lost."""
        by_chance = self._dice.strike(self._faults.lost_answers)
        with self._lock:
            if self._losses_left:
                self._losses_left -= 1
                return True
        return by_chance
