"""What starts a poll: its schedule, or a person who has certain faxes looked up."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.errors import MalformedInput
from faxledger.usecases.look_up import LookUpFaxes
from faxledger.usecases.poll import PollUnmarked


class PollRuns:
    """An event `{"look_up": [a fax's id, …]}` names faxes; any other is the schedule's.

    `renew_login` reads the login anew, whatever is at hand: who asks may have changed it a moment ago.
    """

    def __init__(
        self,
        poll: PollUnmarked,
        look_up: LookUpFaxes,
        provider: str,
        account: str,
        *,
        renew_login: Callable[[], object],
    ) -> None:
        self._poll = poll
        self._look_up = look_up
        self._ours = provider, account
        self._renew_login = renew_login

    def __call__(self, event: Mapping[str, Any], time_left: timedelta) -> dict[str, Any] | None:
        """What came of the look-up, by ids.

        Raises `MalformedInput`, `LoginRefused`, `LedgerUnavailable`, `SecretUnavailable`.
        """
        if "look_up" not in event:
            self._poll(time_left)
            return None
        self._renew_login()
        found = self._look_up([self._fax_id(one) for one in event["look_up"]], time_left)
        return {
            "stated": len(found.stated),
            "unknown": [str(one) for one in found.unknown],
            "left": [str(one) for one in found.left],
        }

    def _fax_id(self, text: object) -> FaxId:
        fax_id = FaxId.parse(str(text))
        if (fax_id.provider, fax_id.account) != self._ours:
            provider, account = self._ours
            raise MalformedInput("look_up", f"names a fax that is not of {provider}, {account}")
        return fax_id
