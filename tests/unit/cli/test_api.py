"""How the commands that ask the API prove who asks, and to whom they say anything at all."""

import pytest

from cli.api import Api
from cli.main import main
from tests.support import canaries

URL = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/faxes/softlinx.outbound.acme.33/amendments"


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_SESSION_TOKEN": "for-an-hour",
        "AWS_DEFAULT_REGION": "us-west-2",
    }.items():
        monkeypatch.setenv(name, value)


def test_a_request_to_a_deployed_api_is_signed_for_the_region_of_its_host() -> None:
    headers = Api("")._headers("POST", URL, "{}", {})
    assert "AKIAEXAMPLE/" in headers["Authorization"]
    assert "/eu-central-1/execute-api/aws4_request" in headers["Authorization"]
    assert "content-type;host;x-amz-date" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "for-an-hour"


def test_behind_a_domain_of_ones_own_the_region_is_that_of_the_profile() -> None:
    headers = Api("")._headers("POST", "https://fax.example.org/faxes/x/amendments", "{}", {})
    assert "/us-west-2/execute-api/aws4_request" in headers["Authorization"]


def test_a_bundle_on_this_machine_gets_no_signature() -> None:
    url = "http://127.0.0.1:3000"
    assert Api(url)._headers("POST", f"{url}/faxes/x/amendments", "{}", {}) == {
        "content-type": "application/json"
    }


@pytest.mark.parametrize("url", ["http://fax.example.org", "ftp://127.0.0.1", "fax.example.org", ""])
def test_nobody_else_is_told_anything_in_clear(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["amend", "softlinx.outbound.acme.33", "--status", "sent", "--because", canaries.NAME]
    assert main([*asked, "--api-url", url]) == 2
    printed = "".join(capsys.readouterr())
    assert "https only" in printed
    assert canaries.NAME not in printed


def test_where_nobody_listens_the_reason_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["amend", "softlinx.outbound.acme.33", "--status", "sent", "--because", canaries.NAME]
    assert main([*asked, "--api-url", "http://127.0.0.1:9"]) == 2
    printed = "".join(capsys.readouterr())
    assert "ConnectError" in printed
    assert canaries.NAME not in printed
