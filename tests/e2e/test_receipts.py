"""A fax that was sent here can be shown to have been transmitted, to somebody who asks nobody."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from cli.main import main
from tests.e2e.conftest import OpenTown, Town

SENT, BUSY = "12025550100", "12025550001"
LETTER = b"%PDF-1.4 a letter"


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    return open_town(account_id="", parameters={"SignReceipts": "true", "TimeZone": "America/New_York"})


def submitted(town: Town, number: str) -> str:
    document = {"type": "application/pdf", "content": b64encode(LETTER).decode()}
    body = {"provider": "softlinx", "recipients": [{"number": number}], "documents": [document]}
    submission: str = town.post("/faxes", body, number).json()["submissions"][0]["id"]
    return submission


def public_key(town: Town) -> bytes:
    """As the AWS CLI prints it."""
    key = town.bundle.aws.client("kms").get_public_key(KeyId=town.bundle.cloud.ref("ReceiptKey"))
    return b64encode(key["PublicKey"])


def test_a_receipt_of_the_stack_s_is_verified_with_its_document_and_a_change_is_found(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    submission = submitted(town, SENT)
    assert town.get(f"/faxes/{submission}/receipt").status_code == 409
    town.wait(minutes=10)

    receipt, key, letter = tmp_path / "receipt.json", tmp_path / "key.txt", tmp_path / "letter.pdf"
    where = ("--api-url", town.bundle.url)
    assert main(["receipt", submission, "--json", *where]) == 0
    receipt.write_text(capsys.readouterr().out, "utf-8")
    key.write_bytes(public_key(town))
    letter.write_bytes(LETTER)
    said = json.loads(receipt.read_bytes())
    assert (said["result"], said["to_number"], said["time_zone"]) == ("transmitted", SENT, "America/New_York")

    verify = ["verify", str(receipt), "--key", str(key), "--document", str(letter)]
    assert main(verify) == 0
    receipt.write_text(json.dumps({**said, "to_number": BUSY}), "utf-8")
    assert main(verify) == 1
    assert "CHANGED      the signature" in capsys.readouterr().out

    sheet = tmp_path / "receipt.pdf"
    assert main(["receipt", submission, "--pdf", str(sheet), *where]) == 0
    assert sheet.read_bytes().startswith(b"%PDF-")


def test_a_fax_that_failed_has_one_too(town: Town) -> None:
    submission = submitted(town, BUSY)
    town.wait(minutes=90)
    said = town.get(f"/faxes/{submission}/receipt").json()
    assert (said["result"], said["failure"]["class"]) == ("not_transmitted", "busy")
