"""`faxledger verify`: what was changed in a receipt is found, and who has signed it, and nobody is asked."""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cli.main import main
from faxledger.domain.canonical_json import sha256_of
from tests.support.receipts import LETTER, a_receipt, signed

KEY = ec.generate_private_key(ec.SECP256R1())
SENT = (sha256(LETTER).hexdigest(),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key.pem").write_bytes(public(Encoding.PEM))
    (tmp_path / "letter.pdf").write_bytes(LETTER)
    return tmp_path


def public(encoding: Encoding) -> bytes:
    return KEY.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def verified(folder: Path, document: Any, *more: str | Path) -> int:
    path = folder / "receipt.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return main(["verify", str(path), *map(str, more)])


def test_a_receipt_that_is_as_it_was_signed_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = signed(a_receipt(sent_sha256=SENT), KEY)
    assert verified(folder, receipt, "--key", folder / "key.pem", "--document", folder / "letter.pdf") == 0
    said = capsys.readouterr().out
    assert said.count("  holds ") == 4
    # However it was written down since: the order and the spaces are nobody's statement.
    again = json.dumps(dict(reversed(receipt.items())), indent=3, ensure_ascii=False)
    assert verified(folder, again, "--key", folder / "key.pem") == 0


CHANGES: dict[str, Callable[[Any], object]] = {
    "the result": lambda receipt: receipt.update(result="not_transmitted"),
    "the number": lambda receipt: receipt.update(to_number="+1 (202) 555-0101"),
    "the time": lambda receipt: receipt["completed_at"].update(utc="2026-03-10T11:55:01.000Z"),
    "the document": lambda receipt: receipt["sent_sha256"].append("0" * 64),
    "a page": lambda receipt: receipt.update(pages=4),
    "a statement less": lambda receipt: receipt["evidence"].pop(),
    "a member more": lambda receipt: receipt.update(more=None),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_whatever_is_changed_the_signature_finds_it(folder: Path, changed: str) -> None:
    receipt = signed(a_receipt(sent_sha256=SENT), KEY)
    CHANGES[changed](receipt)
    assert verified(folder, receipt, "--key", folder / "key.pem") == 1


def test_a_byte_of_a_statement_is_found_without_any_key(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = a_receipt()
    assert verified(folder, receipt) == 0
    assert "not signed" in capsys.readouterr().out
    receipt["evidence"][1]["statement"]["given"]["TSI"] += "."
    assert verified(folder, receipt) == 1
    assert "CHANGED      statement 2 of 2" in capsys.readouterr().out


def test_a_statement_that_was_replaced_with_its_hash_is_found_by_the_signature_alone(folder: Path) -> None:
    receipt = signed(a_receipt(), KEY)
    evidence = receipt["evidence"][0]
    evidence["statement"]["word"] = "busy"
    evidence["sha256"] = sha256_of(evidence["statement"])
    assert verified(folder, receipt, "--key", folder / "key.pem") == 1


def test_another_document_is_not_the_one_that_was_sent(folder: Path) -> None:
    other = folder / "other.pdf"
    other.write_bytes(LETTER + b"\n")
    letter = folder / "letter.pdf"
    assert verified(folder, a_receipt(sent_sha256=SENT), "--document", letter) == 0
    assert verified(folder, a_receipt(sent_sha256=SENT), "--document", letter, "--document", other) == 1
    assert verified(folder, a_receipt(), "--document", letter) == 1


def test_a_signature_is_not_passed_over_and_none_is_not_one(folder: Path) -> None:
    assert verified(folder, signed(a_receipt(), KEY)) == 2
    assert verified(folder, a_receipt(), "--key", folder / "key.pem") == 1
    other = ec.generate_private_key(ec.SECP256R1())
    assert verified(folder, signed(a_receipt(), other), "--key", folder / "key.pem") == 1
    for change in ({"value": "AAAA"}, {"value": "not base64"}, {"algorithm": "none"}):
        receipt = signed(a_receipt(), KEY)
        receipt["signature"] |= change
        assert verified(folder, receipt, "--key", folder / "key.pem") == 1


def test_a_key_may_come_in_each_form_that_the_aws_cli_and_openssl_give(folder: Path) -> None:
    key, receipt = folder / "key", signed(a_receipt(), KEY)
    der = public(Encoding.DER)
    for form in (public(Encoding.PEM), der, b64encode(der) + b"\n"):
        key.write_bytes(form)
        assert verified(folder, receipt, "--key", key) == 0
    another = rsa.generate_private_key(65537, 2048).public_key()
    for form in (b"", b"nothing", another.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        key.write_bytes(form)
        assert verified(folder, receipt, "--key", key) == 2


@pytest.mark.parametrize(
    "document",
    ["", "[]", "{}", '{"kind": "receipt"}', '{"kind": ["receipt"]}', '{"kind": "letter"}', "[" * 100_000],
)
def test_what_is_no_receipt_is_said_to_be_none(
    folder: Path, document: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verified(folder, document) == 2
    assert "receipt.json" in capsys.readouterr().err


def test_a_receipt_that_says_one_thing_twice_is_none(folder: Path) -> None:
    # One reader would show the first result, and this command check the last.
    text = json.dumps(signed(a_receipt(), KEY)).replace("{", '{"result": "not_transmitted", ', 1)
    assert verified(folder, text, "--key", folder / "key.pem") == 2


def test_a_receipt_of_a_version_that_is_not_known_is_not_checked(folder: Path) -> None:
    assert verified(folder, {**a_receipt(), "version": 2}) == 2
    assert verified(folder, {**a_receipt(), "pages": 1.5, "signature": {"key_id": ""}}) == 2


def test_a_file_that_is_not_there_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given", [["--key", "key.txt"], ["--document", "a.pdf"], ["x.json", "--days", "days"]]
)
def test_what_does_not_go_together_is_not_passed_over(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *given]) == 2
    assert "receipt" in capsys.readouterr().err
