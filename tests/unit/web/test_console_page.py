"""The hosted console's page: what it is told, what it may reach, and that it holds nothing."""

import gzip
import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import pytest

from faxledger.web.console_page import ConsolePage
from faxledger.web.routing import Router
from tests.fakes.observe import LogLines

FILES = {"index.html": b"<!doctype html>" * 100, "app.js": b"start()" * 100, "icon.png": b"\x89PNG"}


def page(files: Mapping[str, bytes] = FILES, **settings: str) -> Router:
    given = {
        "stack": "clinic",
        "issuer": "https://issuer.example:8443/pool",
        "client_id": "console",
        "scope_prefix": "",
        "token_origin": "",
    }
    return Router(ConsolePage(files, **given | settings).routes, LogLines())


def asked(router: Router, file: str, **headers: str) -> dict[str, Any]:
    return router.answer(
        {"routeKey": "GET /console/{file}", "pathParameters": {"file": file}, "headers": headers}
    )


def policy_of(answer: dict[str, Any]) -> dict[str, str]:
    policy = answer["headers"]["content-security-policy"]
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def test_whoever_opens_the_console_is_led_to_its_page_under_whatever_path() -> None:
    answer = page().answer({"routeKey": "GET /console"})
    assert (answer["statusCode"], answer["headers"]["location"]) == (303, "console/index.html")


def test_the_page_learns_where_one_logs_in_and_for_what() -> None:
    answer = asked(page(scope_prefix="faxledger/"), "config.json")
    assert json.loads(answer["body"]) == {
        "stack": "clinic",
        "login": {
            "issuer": "https://issuer.example:8443/pool",
            "client_id": "console",
            "scopes": [
                "faxledger/fax.read",
                "faxledger/fax.send",
                "faxledger/fax.amend",
                "faxledger/routes.write",
                "faxledger/deliveries.write",
            ],
        },
    }


@pytest.mark.parametrize(
    ("token_origin", "reached"),
    [
        ("", "'self' https://issuer.example:8443"),
        ("https://issuer.example:8443", "'self' https://issuer.example:8443"),
        ("https://clinic.auth.example", "'self' https://issuer.example:8443 https://clinic.auth.example"),
    ],
)
def test_the_page_reaches_its_own_origin_and_the_issuer_s(token_origin: str, reached: str) -> None:
    router = page(token_origin=token_origin)
    for file in ("index.html", "config.json", "nothing"):
        answer = asked(router, file)
        policy = policy_of(answer)
        assert policy.pop("connect-src") == reached
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert answer["headers"]["cache-control"] == "no-store"
        assert answer["headers"]["x-content-type-options"] == "nosniff"
        assert answer["headers"]["referrer-policy"] == "no-referrer"


def test_a_file_comes_as_it_is_or_shrunk_for_whom_that_is_good() -> None:
    plain, shrunk = asked(page(), "app.js"), asked(page(), "app.js", **{"accept-encoding": "gzip, br"})
    assert plain["headers"]["content-type"] == "text/javascript; charset=utf-8"
    assert b64decode(plain["body"]) == FILES["app.js"]
    assert shrunk["headers"]["content-encoding"] == "gzip"
    assert gzip.decompress(b64decode(shrunk["body"])) == FILES["app.js"]
    assert len(shrunk["body"]) < len(plain["body"]) / 2
    picture = asked(page(), "icon.png", **{"accept-encoding": "gzip"})
    assert "content-encoding" not in picture["headers"]
    assert b64decode(picture["body"]) == FILES["icon.png"]


@pytest.mark.parametrize("file", ["", "app.css", "../app.js", "app.js/", "APP.JS"])
def test_there_is_nothing_else(file: str) -> None:
    assert asked(page(), file)["statusCode"] == 404


def test_without_its_page_a_stack_says_how_to_build_it() -> None:
    answer = asked(page({}), "index.html")
    assert answer["statusCode"] == 404
    assert "docs/operations.md" in json.loads(answer["body"])["detail"]
