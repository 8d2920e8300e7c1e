"""What `faxledger up --state` keeps of how it was started: the next start goes on as the one before."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from local.runtime.bundle import TEMPLATE
from local.runtime.errors import CannotRun
from local.runtime.our_accounts import DEFAULTS
from local.runtime.template import read_template
from local.state.facts import StateFacts
from local.state.journal import Journal, UnusableState

_GIVEN: Final = "given"
_COUNTERPARTS: Final = "counterparts"


@dataclass(frozen=True, slots=True)
class Counterparts:
    """Whom a bundle talks to: simulators, or servers and a receiver at `urls`, by what the options call
    them."""

    is_simulated: bool
    urls: Mapping[str, str]


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """The state in the folder, which is made if it is not there. Raises `CannotRun`."""
    try:
        journal = Journal(folder)
    except UnusableState as unusable:
        raise CannotRun(f"--state: {unusable}.") from None
    with journal:
        yield journal


def counterparts_as_before(facts: StateFacts, given: Counterparts, *, says_which: bool) -> Counterparts:
    """As given, else as the bundle before had them. `says_which`: whether simulators or other servers were
    asked for. Raises `CannotRun` where that is not what the bundle before had."""
    before = facts.get(_COUNTERPARTS)
    if before is not None:
        if says_which and given.is_simulated is not before["is_simulated"]:
            kinds = ("simulated providers", "other servers")
            was, is_ = kinds if before["is_simulated"] else kinds[::-1]
            raise CannotRun(
                f"--state: what is in this folder is of {was}; for {is_} name another folder, so that no fax "
                "of the one is taken for one of the other."
            )
        return Counterparts(before["is_simulated"], {**before["urls"], **given.urls})
    return given


def environment_as_before(facts: StateFacts, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that say something of a bundle, as given, else as given to the bundle before."""
    return {**(facts.get(_GIVEN) or {}), **environment}


def keep_told(
    facts: StateFacts, counterparts: Counterparts, environment: Mapping[str, str], **parameters: str
) -> None:
    """Have the next bundle told the same, now that it has turned out that one can run with it."""
    names = {*DEFAULTS, *read_template(TEMPLATE).parameters}
    given = {name: value for name, value in environment.items() if name in names}
    facts.set(**{_COUNTERPARTS: asdict(counterparts), _GIVEN: {**given, **parameters}})
