"""Waiting until it is known what became of submissions."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.api import Api, TryAgain
from cli.fax_lines import fax_line

_LOOK_EVERY_SECONDS: Final = 5.0
# Nothing comes of these by itself.
_ENDS: Final = frozenset({"refused", "unknown", "given_up"})


def outcome_of(api: Api, submissions: Sequence[str], *, every_seconds: float = _LOOK_EVERY_SECONDS) -> int:
    """Prints what became of each as soon as it is known: 0 if all were sent, else 1.

    An outage is survived. Raises `Refused`, and `CannotRun` of what no time mends.
    """
    open_ones = list(submissions)
    is_sent = True
    is_out = False
    while True:
        try:
            for submission in list(open_ones):
                known = api.ask("GET", f"/faxes/{submission}")
                if _is_over(known):
                    open_ones.remove(submission)
                    is_sent = is_sent and known["status"] == "sent"
                    print(fax_line(known), flush=True)
            is_out = False
        except TryAgain as problem:
            if not is_out:
                print(f"{problem}; still waiting", file=sys.stderr)
            is_out = True
        if not open_ones:
            return 0 if is_sent else 1
        time.sleep(every_seconds)


def _is_over(known: Mapping[str, Any]) -> bool:
    if known["kind"] == "submission":
        return known["state"] in _ENDS
    return known["settled_at"] is not None
