"""A real issuer of OpenID Connect, and somebody who logs in there by code and PKCE as a browser would."""

import re
import secrets
import shutil
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from faxledger.web.console_page import SCOPES
from tests.support.making import ROOT
from tests.support.patience import PATIENCE_SECONDS

CLIENT = "console"
BACK = "http://127.0.0.1:8400/console/index.html"


class NoOidcProvider(Exception):
    """Node or the npm package is not there; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class OidcProvider:
    url: str

    def log_in(self, who: str, scopes: Sequence[str]) -> dict[str, Any]:
        """The answer of the token endpoint, for whom has given a name and agreed to the scopes."""
        verifier = secrets.token_urlsafe(48)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": " ".join(("openid", *scopes)),
            "state": "here",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        with httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE_SECONDS) as browser:
            known = browser.get("/.well-known/openid-configuration").json()
            code = self._agree(browser, f"{known['authorization_endpoint']}?{urlencode(asked)}", who)
            return dict(
                browser.post(
                    known["token_endpoint"],
                    data={
                        "grant_type": "authorization_code",
                        "code": code,
                        "client_id": CLIENT,
                        "redirect_uri": BACK,
                        "code_verifier": verifier,
                    },
                ).json()
            )

    @staticmethod
    def _agree(browser: httpx.Client, address: str, who: str) -> str:
        """Goes through the provider's two forms, who one is and what is allowed, to the code."""
        answer = browser.get(address)
        while True:
            while answer.is_redirect:
                address = str(answer.url.join(answer.headers["location"]))
                if address.startswith(BACK):
                    return parse_qs(urlsplit(address).query)["code"][0]
                answer = browser.get(address)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt is not None, answer.text
            given = {"prompt": prompt[1], "login": who, "password": "not-a-secret"}
            answer = browser.post(str(answer.url), data=given)


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    """Raises NoOidcProvider."""
    node = shutil.which("node")
    if node is None:
        raise NoOidcProvider("the issuer of the tests needs Node: none is on PATH")
    script = ROOT / "tests" / "support" / "oidc_provider.mjs"
    with subprocess.Popen(
        [node, script, CLIENT, *SCOPES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise NoOidcProvider(
                "the npm package oidc-provider does not start: run 'npm ci --ignore-scripts'"
            )
        yield OidcProvider(url)
        # Its input ends, and so does it.
