"""`faxledger doctor` looks at the running bundle as at a stack, and says what there is none of here."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cli.main import main
from tests.e2e.conftest import Town

NOT_HERE = {
    "stack",
    "clock",
    "callbacks refused",
    "schedules",
    "alarms",
    "alarm topic",
    "concurrency",
    "logs",
}


def test_what_is_well_or_wrong_with_the_running_bundle_is_said(
    open_town: Callable[..., Town], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAXLEDGER_STACK", raising=False)
    town = open_town()
    town.wait(minutes=80)
    port = town.bundle.admin_url.rpartition(":")[2]

    def look() -> Mapping[str, Any]:
        capsys.readouterr()
        main(["doctor", "--json", "--api-url", town.bundle.url, "--admin-port", port])
        return {one["check"]: one for one in json.loads(capsys.readouterr().out)}

    found = look()
    assert {name for name, one in found.items() if one["health"] == "not_here"} == NOT_HERE
    # Nobody has sent a fax yet.
    never_heard = {"softlinx callback", "greenfax notify"}
    assert {name for name, one in found.items() if one["health"] not in {"well", "not_here"}} == never_heard
    assert found["softlinx test call"]["health"] == "well"
    assert town.faxes() == {}

    secret = town.bundle.cloud.ref("SoftlinxCredentials")
    town.bundle.aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="{}")
    town.wait(minutes=185)
    found = look()
    assert "faxledger credentials softlinx" in found["SoftlinxCredentials"]["remedy"]
    assert found["softlinx poll"]["health"] == "wrong"
    assert found["greenfax outbound"]["health"] == "well"
