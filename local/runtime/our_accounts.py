"""Who we are at the two providers, and what stands in the callback URLs: given by environment variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# What is used where nothing is given. The passwords open nothing but the simulators.
DEFAULTS: Final[Mapping[str, str]] = {
    "SOFTLINX_LOGIN": "faxledger",
    "SOFTLINX_PASSWORD": "not-a-secret",
    "GREENFAX_PASSWORD": "not-a-secret",
    "SOFTLINX_CALLBACK_TOKEN": "local-softlinx-token-not-a-secret",
    "GREENFAX_CALLBACK_TOKEN": "local-greenfax-token-not-a-secret",
    # In base64: that it is not a secret.
    "NOTIFY_SIGNING_KEY": "bm90LWEtc2VjcmV0LW5vdC1hLXNlY3JldC1ub3Q=",
}
DEFAULT_REALM: Final = "Acme"
DEFAULT_ACCOUNT_ID: Final = "12345"
DEFAULT_SENDER: Final = "faxes@clinic.example"


@dataclass(frozen=True, slots=True, repr=False)
class OurAccounts:
    softlinx_login: str
    softlinx_password: str
    greenfax_password: str
    softlinx_token: str
    greenfax_token: str
    signing_key: str

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "OurAccounts":
        given = {name: environment.get(name) or default for name, default in DEFAULTS.items()}
        return cls(
            softlinx_login=given["SOFTLINX_LOGIN"],
            softlinx_password=given["SOFTLINX_PASSWORD"],
            greenfax_password=given["GREENFAX_PASSWORD"],
            softlinx_token=given["SOFTLINX_CALLBACK_TOKEN"],
            greenfax_token=given["GREENFAX_CALLBACK_TOKEN"],
            signing_key=given["NOTIFY_SIGNING_KEY"],
        )

    def secrets(self) -> dict[str, str]:
        """The values of the template's secrets, which a person fills in after a deployment to AWS."""
        softlinx = {"login": self.softlinx_login, "password": self.softlinx_password}
        return {
            "SoftlinxCallbackTokens": self.softlinx_token,
            "SoftlinxCredentials": json.dumps(softlinx),
            "GreenFaxCallbackTokens": self.greenfax_token,
            "NotifySigningKeys": self.signing_key,
            "GreenFaxCredentials": json.dumps({"password": self.greenfax_password}),
        }
