"""A day closes in the morning; what becomes known later is a second version; nobody changes either unseen."""

import io
from pathlib import Path
from typing import Any

import pytest
from moto.ses.models import ses_backends

from cli.main import main
from faxledger.domain.closed_days import DayRecord
from local.runtime.aws import ACCOUNT, REGION
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town
from tests.support import plain_http

MONDAY = "2026-11-23"
FIRST, SECOND = (f"reports/{MONDAY}.v{version}.json" for version in (1, 2))


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    return open_town(account_id="", parameters={"TellFrom": MONDAY})


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


def test_a_desk_gets_one_email_a_morning_and_another_when_a_day_is_stated_anew(
    open_town: OpenTown,
) -> None:
    town = open_town(parameters={"TellFrom": MONDAY, "NotifySender": "faxes@clinic.example"}, account_id="")
    ses_backends[ACCOUNT][REGION].create_email_identity_v2("faxes@clinic.example", None, None, None)
    put = ["routes", "put", "default", "desk@clinic.example", "--events", "day.closed"]
    assert main([*put, "--api-url", town.bundle.url]) == 0
    town.softlinx.send("12025550100")
    failed = town.softlinx.send("12025550001")
    town.softlinx.receive("12025550100")
    town.wait(minutes=18 * 60)
    (first,) = subjects()
    assert first == f"{MONDAY}: 1 sent, 1 failed, 1 received; complete"

    path = f"{town.bundle.url}/faxes/softlinx.outbound.acme.{failed}/amendments"
    amendment = {"status": "sent", "because": "the clinic has it"}
    assert plain_http.post(path, json=amendment).status_code == 201
    town.wait(minutes=24 * 60)
    assert subjects()[1:] == [
        "2026-11-24: 0 sent, 0 failed, 0 received; complete",
        f"{MONDAY} stated anew: 2 sent, 0 failed, 1 received; complete",
    ]
    assert town.get("/deliveries?state=pending").json()["deliveries"] == []


def subjects() -> list[str]:
    """Of whatever SES has sent to the desk."""
    sent: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
    return [one.subject for one in sent if one.destinations["ToAddresses"] == ["desk@clinic.example"]]
