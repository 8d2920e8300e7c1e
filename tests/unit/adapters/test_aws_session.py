"""A lean session's clients are those of botocore's own session, as far as our services go."""

import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session
from botocore.utils import EVENT_ALIASES

from faxledger.adapters.aws_session import LeanSession

ROOT = Path(__file__).parents[3]
SERVICES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["faxledger"][
    "botocore-services"
]
# What a client has happen to it, from its making to its answers; documentation is nothing that happens.
STAGES = sorted({event.partition(".")[0] for event, *_ in BUILTIN_HANDLERS} - {"docs"})
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}


def handlers(session: Session, event: str) -> list[Any]:
    emitter: Any = session.get_component("event_emitter")
    found = emitter._emitter._handlers.prefix_search(emitter._alias_event_name(event))
    # Powertools has itself added to every session.
    return [handler for handler in found if any(handler is one for _, one, *_ in BUILTIN_HANDLERS)]


@pytest.fixture
def lean(monkeypatch: pytest.MonkeyPatch) -> LeanSession:
    for name, value in {**CREDENTIALS, "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    return LeanSession()


@pytest.mark.parametrize("service", SERVICES)
def test_what_happens_to_a_service_s_calls_is_handled_by_the_same_in_the_same_order(
    lean: LeanSession, service: str
) -> None:
    whole = Session()
    lean.create_client(service)
    hyphenated = EVENT_ALIASES.get(service, service)
    operations = whole.get_service_model(service).operation_names
    subjects = [service, hyphenated, *(f"{hyphenated}.{operation}" for operation in operations)]
    events = chain(STAGES, (f"{stage}.{subject}" for stage in STAGES for subject in subjects))
    differing = {event for event in events if handlers(lean, event) != handlers(whole, event)}
    assert differing == set()


def test_what_concerns_another_service_is_not_listened_to(lean: LeanSession) -> None:
    lean.create_client("dynamodb")
    of_another = "before-parameter-build.s3.PutObject"
    assert set(handlers(lean, of_another)) < set(handlers(Session(), of_another))


def test_credentials_are_those_that_lambda_sets(lean: LeanSession) -> None:
    found = lean.get_credentials()
    assert found is not None
    assert (found.access_key, found.secret_key, found.token) == ("key", "secret", "token")


def test_after_a_snapshot_credentials_come_from_lambda_s_own_address(
    lean: LeanSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    resolver: Any = lean.get_component("credential_provider")
    assert [place.METHOD for place in resolver.providers] == ["env", "container-role"]


def test_a_proxy_of_the_environment_is_used_where_there_is_one(
    lean: LeanSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert proxies(lean) == {}
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxies(LeanSession())["https"] == "http://proxy.example:3128"


def proxies(session: Session) -> dict[str, str]:
    client: Any = session.create_client("dynamodb")
    found: dict[str, str] = client._endpoint.http_session._proxy_config._proxies
    return found
