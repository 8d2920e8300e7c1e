"""A day closes in the morning; what becomes known later is a second version; nobody changes either unseen."""

import io
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from faxledger.domain.closed_days import DayRecord
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town
from tests.support import plain_http

MONDAY = "2026-11-23"
FIRST, SECOND = (f"reports/{MONDAY}.v{version}.json" for version in (1, 2))


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    return open_town(parameters={"TellFrom": MONDAY})


def bucket(town: Town) -> tuple[Any, str]:
    return town.bundle.aws.client("s3"), town.bundle.cloud.ref("Reports")


def test_a_day_closes_and_what_comes_later_is_a_version_that_says_what_and_why(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, failed = town.softlinx.send("12025550100"), town.softlinx.send("12025550001")
    # Six in the morning, in UTC, is seventeen hours away.
    town.wait(minutes=18 * 60)
    (day,) = town.events.days()
    assert (day["detail"]["day"], day["detail"]["day_version"]) == (MONDAY, 1)
    assert (day["detail"]["sent"], day["detail"]["failed"]) == (1, 1)

    callback = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    plain_http.post(callback, data={"FaxId": failed, "FaxStatus": "sent"})
    plain_http.post(
        callback, data={"FaxId": "9001", "FaxStatus": "sent", "CompleteTime": f"{MONDAY}T20:00:00Z"}
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("The clinic has it.\n"))
    amend = ["amend", f"softlinx.outbound.acme.{failed}", "--status", "sent", "--because", "-"]
    assert main([*amend, "--api-url", town.bundle.url]) == 0
    town.wait(minutes=24 * 60)

    assert [(one["detail"]["day"], one["detail"]["day_version"]) for one in town.events.days()][1:] == [
        ("2026-11-24", 1),
        (MONDAY, 2),
    ]
    s3, name = bucket(town)
    second = DayRecord.decode(s3.get_object(Bucket=name, Key=SECOND)["Body"].read())
    assert {("total.statuses.failed", 1, 0), ("total.statuses.sent", 1, 3)} <= {
        (one.path, one.was, one.now) for one in second.changes
    }
    assert {"settled", "amended", "conflict"} <= second.causes
    assert sent not in s3.get_object(Bucket=name, Key=SECOND)["Body"].read().decode()

    capsys.readouterr()
    assert main(["verify", "--api-url", town.bundle.url]) == 0
    assert "The chain of 3 records of closed days holds." in capsys.readouterr().out
    for entry in s3.list_objects_v2(Bucket=name)["Contents"]:
        content = s3.get_object(Bucket=name, Key=entry["Key"])["Body"].read()
        (tmp_path / Path(entry["Key"]).name).write_bytes(content)
    assert main(["verify", "--days", str(tmp_path)]) == 0
    capsys.readouterr()

    first = s3.get_object(Bucket=name, Key=FIRST)["Body"].read()
    s3.put_object(Bucket=name, Key=FIRST, Body=first.replace(b'"failed":1', b'"failed":0'))
    assert main(["verify", "--api-url", town.bundle.url]) == 1
    assert f"{FIRST}, which was another when this was written" in capsys.readouterr().out
    (tmp_path / Path(FIRST).name).unlink()
    assert main(["verify", "--days", str(tmp_path)]) == 1
    assert f"follows {FIRST}, which is missing" in capsys.readouterr().out
