"""A login that was refused is not tried again at once, by nobody: wrong passwords may lock an account."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from faxledger.domain.fax import Provider
from faxledger.errors import LoginRefused
from faxledger.providers.softlinx.api import SoftlinxApi, SoftlinxSession
from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.heard import LOGIN_REFUSED, Heard
from faxledger.usecases.ports.world import Clock, Count, Log

# As often as the hourly poll alone would try.
LEFT_ALONE_FOR: Final = timedelta(hours=1)
# Who is known and may not do something is not locked out for it.
_FORBIDDEN: Final = "HTTP-403"


class CurrentLogin:
    """Login and password as they were when a session began.

    `read` gives both and the version of what they lie in. Called, it gives the two.
    """

    def __init__(self, read: Callable[[], tuple[tuple[str, ...], str]]) -> None:
        self._read = read
        self._values: tuple[str, ...] | None = None

    def renew(self) -> str:
        """Read them anew; their version."""
        self._values, version = self._read()
        return version

    def __call__(self) -> tuple[str, str]:
        if self._values is None:
            self.renew()
        login, password = self._values or ("", "")
        return login, password


class RestrainedApi:
    """Implements `SoftlinxApi` over another one that uses `login`.

    A refusal is written down for everybody who shares the login, under the version of the secret: one that
    was mended is another version and is tried at once. When the hour is over, one of them tries.
    """

    def __init__(
        self,
        api: SoftlinxApi,
        login: CurrentLogin,
        claims: Claims,
        *,
        heard: Heard,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._api = api
        self._login = login
        self._claims = claims
        self._heard = heard
        self._clock = clock
        self._count = count
        self._log = log

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator[SoftlinxSession]:
        """As the port says; raises `LoginRefused` without asking while it is left alone."""
        what = f"{Provider.SOFTLINX}-login-{self._login.renew()}"
        refused = self._claims.standing(what)
        now = self._clock.now()
        trial = None
        if refused is not None:
            trial = self._claims.claim(what, now=now, until=now + LEFT_ALONE_FOR)
            if not trial.is_granted:
                self._log.warning("login not tried", extra={"provider": Provider.SOFTLINX})
                self._count("LoginNotTried", provider=Provider.SOFTLINX)
                raise LoginRefused("Login", "refused-before")
        try:
            with self._api.session(patience=patience) as session:
                yield session
        except LoginRefused as error:
            if error.code != _FORBIDDEN:
                now = self._clock.now()
                self._claims.claim(what, now=now, until=now + LEFT_ALONE_FOR)
                trial = None
                self._heard.note(Provider.SOFTLINX, LOGIN_REFUSED, now)
            raise
        finally:
            if trial is not None:
                self._claims.give_back(trial)
