"""What the functions that ask Softlinx are told."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.settings.environment import Environment, choice_of, flag_of, text_of
from faxledger.settings.ledger import LedgerSettings


@dataclass(frozen=True, slots=True)
class SoftlinxApiSettings:
    """`api` is `soap` or `rest`, each with its own URL.

    `wsdl` is the provider's own WSDL, or empty for the one that is shipped; `has_encoded_password`,
    `expired_token_codes`, `sort_column` and `content_element` are of the SOAP API, `file_field` of the other.
    """

    ledger: LedgerSettings
    account: SoftlinxAccount
    api: str
    soap_url: str
    rest_url: str
    wsdl: str
    has_encoded_password: bool
    expired_token_codes: frozenset[str]
    sort_column: str
    content_element: str
    file_field: str
    credentials_secret: str

    @classmethod
    def from_env(cls, environment: Environment) -> "SoftlinxApiSettings":
        soap_url = text_of(environment, "SOFTLINX_URL")
        codes = environment.get("SOFTLINX_EXPIRED_TOKEN_CODES", "").split(",")
        return cls(
            ledger=LedgerSettings.from_env(environment),
            account=SoftlinxAccount.from_env(environment),
            api=choice_of(environment, "SOFTLINX_API", ("soap", "rest")),
            soap_url=soap_url,
            rest_url=environment.get("SOFTLINX_REST_URL", "") or _rest_url(soap_url),
            wsdl=environment.get("SOFTLINX_WSDL", ""),
            has_encoded_password=flag_of(environment, "SOFTLINX_ENCODED_PASSWORD"),
            expired_token_codes=frozenset(code.strip() for code in codes if code.strip()),
            sort_column=text_of(environment, "SOFTLINX_SORT_COLUMN"),
            content_element=text_of(environment, "SOFTLINX_CONTENT_ELEMENT"),
            file_field=text_of(environment, "SOFTLINX_FILE_FIELD"),
            credentials_secret=text_of(environment, "CREDENTIALS_SECRET"),
        )


def _rest_url(soap_url: str) -> str:
    # Both APIs are under one address of the customer's host (doc), and one parameter that has to be right is
    # better than two; the other is for a proxy in between.
    parts = urlsplit(soap_url)
    return f"{parts.scheme}://{parts.netloc}/softlinx/replixfax/restapi/v1"
