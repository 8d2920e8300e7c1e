"""What API Gateway looks at in a token before a function is called.

Its signature, who issued it for whom, from when until when, and what it allows (API Gateway's developer
guide, JWT authorizers).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import httpx

_PATIENCE_SECONDS: Final = 5
# The gateway takes no others.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512")


class TokenRefused(Exception):
    """`status` is the gateway's: 401 for a token that is none of ours, 403 for one without the scope."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Login:
    """Whoever a token names, as the gateway hands it on: claims as text, scopes as they are granted."""

    claims: Mapping[str, str]
    scopes: Sequence[str]


class TokenCheck:
    """Knows the issuer's keys from its own discovery document.

    `now` is the issuer's time and not the bundle's: its tokens are of today, whatever day is played here.
    """

    def __init__(self, issuer: str, audience: Sequence[str], now: Callable[[], datetime]) -> None:
        self._issuer = issuer
        self._audience = frozenset(audience)
        self._now = now
        self._keys: Any = None

    def login(self, authorization: str, allowed: Sequence[str]) -> Login:
        """Whom the header names, where that one has any of the allowed scopes. Raises `TokenRefused`."""
        claims = self._claims(authorization.removeprefix("Bearer ").strip())
        granted = claims.get("scope", claims.get("scp", ""))
        scopes = granted.split() if isinstance(granted, str) else [str(one) for one in granted]
        if not set(scopes) & set(allowed):
            raise TokenRefused(HTTPStatus.FORBIDDEN)
        return Login({name: _text(value) for name, value in claims.items()}, scopes)

    def _claims(self, token: str) -> dict[str, Any]:
        claims = self._signed(token)
        said = claims.get("aud", claims.get("client_id", ()))
        meant_for = {said} if isinstance(said, str) else set(said)
        is_ours = claims.get("iss") == self._issuer and meant_for & self._audience
        if not is_ours or not _holds_at(self._now().timestamp(), claims):
            raise TokenRefused(HTTPStatus.UNAUTHORIZED)
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        known = None if self._keys is None else _decoded(token, self._keys)
        if known is None:
            # A key that is not known may be a new one.
            self._keys = self._fetched()
            known = _decoded(token, self._keys)
        if known is None:
            raise TokenRefused(HTTPStatus.UNAUTHORIZED)
        return known

    def _fetched(self) -> Any:
        from joserfc.errors import JoseError  # noqa: PLC0415 - a bundle without a console does without
        from joserfc.jwk import KeySet  # noqa: PLC0415

        try:
            with httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=False) as client:
                found = client.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration").json()
                return KeySet.import_key_set(client.get(found["jwks_uri"]).json())
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError):
            # The gateway says no more of an issuer that can't be reached.
            raise TokenRefused(HTTPStatus.UNAUTHORIZED) from None


def _decoded(token: str, keys: Any) -> dict[str, Any] | None:
    """What the token claims, if one of the keys has signed it."""
    from joserfc import jwt  # noqa: PLC0415 - a bundle without a console does without
    from joserfc.errors import JoseError  # noqa: PLC0415

    try:
        return dict(jwt.decode(token, keys, algorithms=list(_ALGORITHMS)).claims)
    except (JoseError, ValueError):
        return None


def _holds_at(now: float, claims: Mapping[str, Any]) -> bool:
    try:
        return (
            float(claims["exp"]) > now
            and float(claims.get("nbf", 0)) <= now
            and float(claims.get("iat", 0)) <= now
        )
    except (KeyError, TypeError, ValueError):
        return False


def _text(value: Any) -> str:
    """As the gateway writes a claim that is no text: a list with spaces between brackets."""
    if isinstance(value, list):
        return f"[{' '.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
