"""What each function is told by the template, and what it asks for."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from faxledger.bootstrap.providers import PROVIDERS
from faxledger.domain.fax import Provider
from faxledger.domain.report import Duty
from faxledger.errors import SettingMissing
from faxledger.providers.greenfax.document_settings import GreenFaxDocumentSettings
from faxledger.providers.greenfax.feed_settings import GreenFaxFeedSettings
from faxledger.providers.greenfax.notify_settings import GreenFaxNotifySettings
from faxledger.providers.greenfax.sending_settings import GreenFaxSendSettings
from faxledger.providers.greenfax.status_email_settings import AdmitEmailSettings, GreenFaxEmailSettings
from faxledger.providers.softlinx.api_settings import SoftlinxApiSettings
from faxledger.providers.softlinx.callback_settings import SoftlinxCallbackSettings
from faxledger.providers.softlinx.marking_settings import (
    SoftlinxMarkSettings,
    SoftlinxPollSettings,
    SoftlinxRetrieveSettings,
)
from faxledger.providers.softlinx.sending_settings import SoftlinxSendSettings
from faxledger.settings.announce import AnnounceSettings
from faxledger.settings.close_day import CloseDaySettings, records_of
from faxledger.settings.console import ConsoleSettings
from faxledger.settings.environment import is_lambda
from faxledger.settings.join import JoinSettings
from faxledger.settings.ledger import LedgerSettings
from faxledger.settings.notify import (
    EditRoutesSettings,
    NotifyDueSettings,
    NotifySettings,
    RedriveDeliveriesSettings,
)
from faxledger.settings.query import QuerySettings
from faxledger.settings.receipts import signing_key_of
from faxledger.settings.sending import SubmitSettings
from faxledger.settings.sweep import SweepSettings
from tests.support.template import ROOT, Template, raw_template


class NoQueue:
    def send(self, order_id: str) -> bool:
        raise AssertionError(order_id)


def asked_of_every_provider(environment: Mapping[str, str]) -> object:
    return (
        QuerySettings.from_env(environment),
        [entry.watched(environment, "1") for entry in PROVIDERS.values()],
        [entry.feed_rules(environment) for entry in PROVIDERS.values() if entry.feed_rules],
    )


READERS: dict[str, Callable[[Mapping[str, str]], Any]] = {
    "SoftlinxCallback": SoftlinxCallbackSettings.from_env,
    "GreenFaxNotify": GreenFaxNotifySettings.from_env,
    "SoftlinxPoll": SoftlinxPollSettings.from_env,
    "GreenFaxFeed": GreenFaxFeedSettings.from_env,
    "Announce": AnnounceSettings.from_env,
    "MarkFax": SoftlinxMarkSettings.from_env,
    "RetrieveContent": SoftlinxRetrieveSettings.from_env,
    "DownloadContent": GreenFaxDocumentSettings.from_env,
    "AmendFax": LedgerSettings.from_env,
    "ConsolePage": ConsoleSettings.from_env,
    "SubmitFax": lambda environment: (
        SubmitSettings.from_env(environment),
        [entry.sending_rules(environment, NoQueue()) for entry in PROVIDERS.values()],
    ),
    "SendFax": SoftlinxSendSettings.from_env,
    # It announces again what the announcing function could not, as that one does.
    "Sweep": lambda environment: (
        SweepSettings.from_env(environment),
        AnnounceSettings.from_env(environment),
    ),
    "MailFax": GreenFaxSendSettings.from_env,
    "JoinFax": JoinSettings.from_env,
    "GreenFaxBounces": LedgerSettings.from_env,
    "AdmitEmail": AdmitEmailSettings.from_env,
    "GreenFaxEmail": GreenFaxEmailSettings.from_env,
    "Notify": NotifySettings.from_env,
    "NotifyDue": NotifyDueSettings.from_env,
    "EditRoutes": EditRoutesSettings.from_env,
    "RedriveDeliveries": RedriveDeliveriesSettings.from_env,
    "QueryFaxes": lambda environment: (asked_of_every_provider(environment), signing_key_of(environment)),
    "ReportFaxes": lambda environment: (asked_of_every_provider(environment), records_of(environment)),
    "CloseDay": lambda environment: (
        CloseDaySettings.from_env(environment),
        asked_of_every_provider(environment),
    ),
}
# Empty means: beside the SOAP API, the WSDL that is shipped, none, no history, the time of the first
# deployment, that nothing can be sent through Softlinx or GreenFax, no emails, no signatures, tokens from the
# issuer's own origin, and scopes as they are called here.
MAY_BE_EMPTY = {
    "CONSOLE_TOKEN_ORIGIN",
    "CONSOLE_SCOPE_PREFIX",
    "NOTIFY_SENDER",
    "RECEIPT_KEY",
    "SOFTLINX_REST_URL",
    "SOFTLINX_WSDL",
    "SOFTLINX_EXPIRED_TOKEN_CODES",
    "GREENFAX_HISTORY_FROM",
    "TELL_FROM",
    "SOFTLINX_ORDER_QUEUE",
    "GREENFAX_ORDER_QUEUE",
    "GREENFAX_STORE_QUEUE",
    "SOFTLINX_STORE_QUEUE",
    "SOFTLINX_MARK_QUEUE",
}
# An account is empty where there is none at that provider, whose own functions are not deployed then.
SERVE_EVERY_PROVIDER = {"Announce", "CloseDay", "QueryFaxes", "RedriveDeliveries", "ReportFaxes", "Sweep"}
ACCOUNTS = {"SOFTLINX_ACCOUNT", "GREENFAX_ACCOUNT"}
# GreenFax keeps no marks, so that no fax of its owes one.
NEVER_GIVEN = {"GREENFAX_MARK_QUEUE"}


class Watched(Mapping[str, str]):
    """An environment that knows what was asked of it."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def environment(function: str, **parameters: str) -> dict[str, str]:
    given = {"SoftlinxRealm": "acme", "GreenFaxAccountId": "12345", "EnforceSoftlinxAddresses": "true"}
    given["GreenFaxSender"] = "faxes@clinic.example"
    given |= {"ConsoleIssuer": "https://issuer.example", "ConsoleClientId": "console"}
    return Template(given | parameters).environment(function)


def test_every_function_has_its_settings() -> None:
    assert set(READERS) == set(Template({}).functions())


@pytest.mark.parametrize("function", READERS)
def test_the_template_gives_a_function_exactly_what_it_asks_for(function: str) -> None:
    watched = Watched(environment(function))
    READERS[function](watched)
    assert watched.asked - NEVER_GIVEN == set(watched)


@pytest.mark.parametrize("function", READERS)
def test_what_is_missing_is_named(function: str) -> None:
    whole = environment(function)
    may_be_empty = MAY_BE_EMPTY | (ACCOUNTS if function in SERVE_EVERY_PROVIDER else set())
    for name in whole.keys() - may_be_empty:
        for lacking in ({**whole, name: ""}, {key: whole[key] for key in whole if key != name}):
            with pytest.raises(SettingMissing, match=rf"\b{name}\b"):
                READERS[function](lacking)
    for name in whole.keys() & may_be_empty:
        READERS[function]({**whole, name: ""})


@pytest.mark.parametrize(
    ("function", "name", "value"),
    [
        ("SoftlinxCallback", "RETENTION_DAYS", "many"),
        ("SoftlinxCallback", "RETENTION_DAYS", "-1"),
        ("SoftlinxCallback", "RETENTION_DAYS", "0"),
        ("SoftlinxCallback", "MARK_FAXES", "yes"),
        ("SoftlinxCallback", "ENFORCE_SOFTLINX_ADDRESSES", "True"),
        ("SoftlinxCallback", "SOFTLINX_TIME_ZONE", "Eastern"),
        ("SoftlinxCallback", "SOFTLINX_TIME_ZONE", "../etc/passwd"),
        ("SoftlinxCallback", "SOFTLINX_ADDRESSES", ","),
        ("SoftlinxPoll", "SOFTLINX_API", "SOAP"),
        ("SoftlinxPoll", "SOFTLINX_MODE", "pull"),
        ("SoftlinxPoll", "SOFTLINX_MARK_CONCURRENCY", "0"),
        ("GreenFaxFeed", "GREENFAX_OUTBOUND_PARAMETERS", "account,password,start"),
        ("GreenFaxFeed", "GREENFAX_INBOUND_PARAMETERS", "account,,start,end"),
        ("GreenFaxFeed", "GREENFAX_SENT_WORDS", " , "),
        ("Announce", "TELL_FROM", "tomorrow"),
        ("RedriveDeliveries", "TELL_FROM", "tomorrow"),
        ("RetrieveContent", "SOFTLINX_DOCUMENT_TYPE", "doc"),
        ("RetrieveContent", "MOST_RECEIVED", "often"),
        ("SubmitFax", "SOFTLINX_CODE_FIELD", "ProjectCode1"),
        ("AdmitEmail", "STATUS_EMAIL_SENDERS", ","),
        ("AdmitEmail", "STATUS_EMAIL_DKIM", "maybe"),
        ("DownloadContent", "GREENFAX_DOCUMENT_HOSTS", "com"),
        ("DownloadContent", "GREENFAX_DOCUMENT_HOSTS", "greenfax.com,*.example.org"),
        ("DownloadContent", "GREENFAX_DOCUMENT_HOSTS", ".greenfax.com"),
        ("DownloadContent", "GREENFAX_DOCUMENT_HOSTS", "https://greenfax.com"),
        ("DownloadContent", "GREENFAX_DOCUMENT_HOSTS", "10.0.0.1"),
    ],
)
def test_what_makes_no_sense_is_named(function: str, name: str, value: str) -> None:
    with pytest.raises(SettingMissing, match=rf"\b{name}\b"):
        READERS[function](environment(function) | {name: value})


def test_words_are_compared_without_regard_to_case() -> None:
    read = GreenFaxFeedSettings.from_env(environment("GreenFaxFeed", GreenFaxSentWords="OK, Gone Out ,") | {})
    assert read.words.status.sent == {"ok", "gone out"}


def test_an_account_is_one_of_a_map_and_lower_case_as_in_a_fax_s_id() -> None:
    told = environment("QueryFaxes", SoftlinxRealm="Acme")
    assert QuerySettings.from_env(told).accounts == {Provider.SOFTLINX: "acme", Provider.GREENFAX: "12345"}
    told = environment("QueryFaxes", GreenFaxAccountId="")
    assert QuerySettings.from_env(told).accounts == {Provider.SOFTLINX: "acme"}


def test_the_sweep_has_a_queue_for_each_duty_of_a_provider_s_faxes() -> None:
    queues = SweepSettings.from_env(environment("Sweep")).queues
    assert set(queues) == {
        (Provider.SOFTLINX, Duty.STORE),
        (Provider.SOFTLINX, Duty.MARK),
        (Provider.GREENFAX, Duty.STORE),
    }
    alone = SweepSettings.from_env(environment("Sweep", SoftlinxRealm="")).queues
    assert set(alone) == {(Provider.GREENFAX, Duty.STORE)}


@pytest.mark.parametrize(
    ("soap_url", "rest_url", "found"),
    [
        (
            "https://fax.example/softlinx/replixfax/wsapi",
            "",
            "https://fax.example/softlinx/replixfax/restapi/v1",
        ),
        ("https://fax.example:8443/x", "", "https://fax.example:8443/softlinx/replixfax/restapi/v1"),
        ("https://fax.example/x", "https://rest.example/v2", "https://rest.example/v2"),
    ],
)
def test_the_rest_api_is_beside_the_soap_api_unless_said_otherwise(
    soap_url: str, rest_url: str, found: str
) -> None:
    told = environment("SoftlinxPoll", SoftlinxUrl=soap_url, SoftlinxRestUrl=rest_url)
    assert SoftlinxApiSettings.from_env(told).rest_url == found


def test_codes_of_a_login_that_ran_out_are_none_or_some() -> None:
    assert SoftlinxApiSettings.from_env(environment("MarkFax")).expired_token_codes == frozenset()
    some = environment("MarkFax", SoftlinxExpiredTokenCodes="3, HTTP-401,")
    assert SoftlinxApiSettings.from_env(some).expired_token_codes == {"3", "HTTP-401"}


def test_softlinx_s_published_addresses_are_the_default() -> None:
    read = SoftlinxCallbackSettings.from_env(environment("SoftlinxCallback"))
    assert read.addresses is not None
    assert read.addresses == {"209.190.172.178", "66.181.95.135", "66.181.95.100", "209.190.165.133"}
    open_to_all = environment("SoftlinxCallback", EnforceSoftlinxAddresses="false")
    assert SoftlinxCallbackSettings.from_env(open_to_all).addresses is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T10:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00+02:00", datetime(2026, 11, 22, 8, tzinfo=UTC)),
    ],
)
def test_news_begin_at_a_time_in_utc(text: str, moment: datetime) -> None:
    assert AnnounceSettings.from_env(environment("Announce", TellFrom=text)).tell_from == moment


def test_every_assumption_about_softlinx_is_told_of_in_the_operations() -> None:
    told = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assumed = [
        name
        for name, parameter in raw_template()["Parameters"].items()
        if name.startswith("Softlinx") and re.search("assum|Not published", parameter["Description"])
    ]
    assert len(assumed) > 4
    assert [name for name in assumed if f"`{name}`" not in told] == []


def test_lambda_is_told_from_a_process_of_our_own() -> None:
    assert is_lambda({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"})
    assert not is_lambda({})


@pytest.mark.parametrize("function", ["SoftlinxCallback", "GreenFaxNotify"])
def test_every_parameter_of_a_callback_stands_in_its_version_so_that_a_change_reaches_the_alias(
    function: str,
) -> None:
    properties = raw_template()["Resources"][function]["Properties"]
    parameters = set(raw_template()["Parameters"])
    used = names_in(properties["Environment"]) & parameters
    # And nothing else: of a function that has not changed, Lambda publishes no second version, and
    # CloudFormation fails (https://github.com/aws/serverless-application-model/issues/3281).
    assert names_in(properties["VersionDescription"]) == used | {"Architecture", "SnapStart"}


def names_in(node: Any) -> set[str]:
    """What a part of the template refers to."""
    if isinstance(node, Mapping):
        if "Ref" in node:
            return {node["Ref"]}
        return {name for part in node.values() for name in names_in(part)}
    if isinstance(node, list):
        return {name for part in node for name in names_in(part)}
    return set(re.findall(r"\$\{(\w+)}", node)) if isinstance(node, str) else set()
