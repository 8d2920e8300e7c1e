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
# Reading a secret costs as much as five requests of a function, and a session is begun every minute.
FRESH_FOR: Final = timedelta(minutes=5)
# Who is known and may not do something is not locked out for it.
_FORBIDDEN: Final = "HTTP-403"


class CurrentLogin:
    """Login and password as they were when a session began.

    `read` gives both and the version of what they lie in. What was read is kept for five minutes. Called, it
    gives the two.
    """

    def __init__(self, read: Callable[[], tuple[tuple[str, ...], str]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._kept: tuple[tuple[str, ...], str] | None = None
        self._read_at = clock.now()

    def version(self) -> str:
        """That of what is at hand, if that is not too old. Raises `SecretUnavailable`."""
        if self._kept is None or self._clock.now() - self._read_at >= FRESH_FOR:
            return self.renew()
        return self._kept[1]

    def renew(self) -> str:
        """Read them anew; their version. Raises `SecretUnavailable`."""
        self._kept, self._read_at = self._read(), self._clock.now()
        return self._kept[1]

    def __call__(self) -> tuple[str, str]:
        if self._kept is None:
            self.renew()
        login, password = self._kept[0] if self._kept else ("", "")
        return login, password


class RestrainedApi:
    """Implements `SoftlinxApi` over another one that uses `login`.

    A refusal is written down for everybody who shares the login, under the version of the secret: one that
    was mended is another version and is tried at once, because a login that was refused is read anew. When
    the hour is over, one of them tries.
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
        what = _claim_of(self._login.version())
        refused = self._claims.standing(what)
        if refused is not None and (mended := _claim_of(self._login.renew())) != what:
            what, refused = mended, self._claims.standing(mended)
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


def _claim_of(version: str) -> str:
    return f"{Provider.SOFTLINX}-login-{version}"
