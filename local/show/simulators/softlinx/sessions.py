"""Who may call: `Login` once and its token after that, or the login in every call (seen)."""

from base64 import b64decode
from itertools import count
from random import Random
from threading import Lock
from xml.etree.ElementTree import Element

from local.show.simulators.softlinx.options import SoftlinxCustomer
from local.show.simulators.softlinx.refusals import BadArgument, InvalidLogin, SessionUnknown
from local.show.simulators.softlinx.soap_messages import Call, text_of


class Sessions:
    """`refusals` is how many logins are refused, right or wrong, before one can succeed."""

    def __init__(self, customer: SoftlinxCustomer, seed: str) -> None:
        self._customer = customer
        self._random = Random(seed)
        self._serials = count(1)
        self._lock = Lock()
        self._calls: dict[str, int] = {}
        self._refused = 0

    def login(self, call: Call, refusals: int) -> str:
        """A new token; raises `Refusal`."""
        self._check_login(call, refusals)
        with self._lock:
            token = f"{next(self._serials)}-{self._random.getrandbits(128):032x}"
            self._calls[token] = 0
            return token

    def check(self, call: Call, refusals: int, *, token_calls: int = 0) -> None:
        """Raises `Refusal`. Where a call holds both, the token counts; it is good for `token_calls` calls, or
        with 0 for any number."""
        token = self._token_of(call)
        if not token:
            self._check_login(call, refusals)
            return
        with self._lock:
            if token not in self._calls:
                raise SessionUnknown
            self._calls[token] += 1
            if token_calls and self._calls[token] > token_calls:
                del self._calls[token]
                raise SessionUnknown

    def logout(self, call: Call) -> None:
        with self._lock:
            try:
                del self._calls[self._token_of(call)]
            except KeyError:
                raise SessionUnknown from None

    @staticmethod
    def _token_of(call: Call) -> str:
        return call.text("AuthenticationToken/AuthToken")

    def check_basic(self, user: str, password: str, refusals: int) -> None:
        """Raises `InvalidLogin`; the realm rides in the user name, as `user@realm` (seen)."""
        login, _, realm = user.rpartition("@")
        self._check(refusals, login, password, realm)

    def _check_login(self, call: Call, refusals: int) -> None:
        given = call.input.find("Authentication")
        if given is None:
            raise InvalidLogin
        password = _password_in(given)
        self._check(refusals, text_of(given, "Login"), password, text_of(given, "Realm"))

    def _check(self, refusals: int, login: str, password: str, realm: str) -> None:
        with self._lock:
            if self._refused < refusals:
                self._refused += 1
                raise InvalidLogin
        claimed = login, password, realm.casefold()
        if claimed != (self._customer.login, self._customer.password, self._customer.realm.casefold()):
            raise InvalidLogin


def _password_in(authentication: Element) -> str:
    password = text_of(authentication, "Password")
    security = text_of(authentication, "PasswordSecurity")
    if not security:
        return password
    if security != "base64":
        raise BadArgument("Invalid PasswordSecurity")
    try:
        return b64decode(password, validate=True).decode()
    except ValueError:  # not base64, or not UTF-8 below it
        raise InvalidLogin from None
