"""`faxledger verify`: checks that what was issued is unchanged, by whom, and the chain of closed days."""

import json
from argparse import Namespace
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cli.arguments import Commands, add_command
from cli.day_chain import breaks_in_folder, breaks_in_stack
from cli.terminal import printable
from cli.which_stack import add_which_api, api_of
from faxledger.domain.canonical_json import sha256_of
from faxledger.domain.closed_days import ChainBreak
from faxledger.domain.signatures import ECDSA_SHA_256, message_of
from local.runtime.errors import CannotRun

_DESCRIPTION: Final = """\
Check what `faxledger receipt ID --json` has written: that each statement is
what its hash says, with --document that a document is the one that was sent or
received, and with --key that the stack has signed all of it as it is. Nobody
is asked for that.

The key is what this prints, in PEM or as it is:
  aws kms get-public-key --key-id <ReceiptKey> \\
      --query PublicKey --output text > key.txt

examples:
  faxledger verify receipt.json
  faxledger verify receipt.json --key key.txt --document letter.pdf

Without a file it walks the stack's closed days: that each record is what the
next one says of it, that no version is missing, and that the last one is what
the ledger knows. With --days it walks records that were downloaded, as by
`aws s3 sync s3://BUCKET/reports days`, and asks nobody.

  faxledger verify --stack faxledger
  faxledger verify --days days

Exit status: 0, or 1 if something was changed, or 2 if it could not be checked
or was not checked against the signature that it has.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """`holds` is None for what was not checked."""

    text: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Against:
    """What documents are checked against: the public key, and the SHA-256 of files by their names."""

    key: Any
    documents: Mapping[str, str]


def add_to(commands: Commands) -> None:
    verify = add_command(
        commands,
        "verify",
        _run,
        short="check that receipts and closed days are unchanged",
        description=_DESCRIPTION,
    )
    verify.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON, as in receipt.json")
    verify.add_argument("--days", type=Path, metavar="DIR", help="records of closed days, downloaded")
    verify.add_argument("--key", type=Path, metavar="FILE", help="the public key of the stack's receipts")
    verify.add_argument(
        "--document",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a document that was sent or received; may be given again",
    )
    add_which_api(verify)


def _run(given: Namespace) -> int:
    if not given.files and (given.key or given.document):
        raise CannotRun("--key and --document go with a receipt: closed days are not signed one by one")
    if given.days is not None and given.files:
        raise CannotRun("give receipts, or --days with a folder of closed days")
    if given.days is not None:
        return _walked(*breaks_in_folder(given.days))
    if not given.files:
        return _walked(*breaks_in_stack(api_of(given)))
    documents = {str(path): sha256(path.read_bytes()).hexdigest() for path in given.document}
    against = Against(_key_in(given.key) if given.key else None, documents)
    checks = [check for path in given.files for check in _checked(path, against)]
    if any(check.holds is False for check in checks):
        return 1
    return 2 if any(check.holds is None for check in checks) else 0


def _walked(records: int, breaks: Sequence[ChainBreak]) -> int:
    """One line for each place at which the chain breaks."""
    for one in breaks:
        print(printable(f"{_WORDS[False]} {one.key} {one.problem}"))
    if not breaks:
        print(f"The chain of {records} {'record' if records == 1 else 'records'} of closed days holds.")
    return 1 if breaks else 0


def _checked(path: Path, against: Against) -> Iterator[Check]:
    """Each check, which is printed at once."""
    document = _document_in(path)
    kind = document.get("kind")
    checks_of = _CHECKS.get(kind) if isinstance(kind, str) else None
    if checks_of is None:
        raise CannotRun(f"{path} is none of: {', '.join(sorted(_CHECKS))}")
    print(f"{path}: {kind}")
    try:
        for check in checks_of(document, against):
            print(printable(f"  {_WORDS[check.holds]:<12} {check.text}"))
            yield check
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CannotRun(f"{path} is no {kind} of a version that this command knows") from None


_WORDS: Final = {True: "holds", False: "CHANGED", None: "NOT CHECKED"}


def _receipt(receipt: Mapping[str, Any], against: Against) -> Iterator[Check]:
    if receipt["version"] != 1:
        raise ValueError
    evidence = receipt["evidence"]
    for number, one in enumerate(evidence, start=1):
        source = one["statement"]["source"]
        text = f"statement {number} of {len(evidence)}, by {source}: its SHA-256"
        yield Check(text, sha256_of(one["statement"]) == one["sha256"])
    hashes = {*receipt["sent_sha256"], *([receipt["content"]["sha256"]] if receipt["content"] else [])}
    for name, digest in against.documents.items():
        yield Check(f"{name} is the document: its SHA-256", digest in hashes)
    yield from _signature(receipt, against)


def _signature(document: Mapping[str, Any], against: Against) -> Iterator[Check]:
    signature = document["signature"]
    if signature is None:
        if against.key is None:
            print("  It is not signed: nothing shows who has issued it.")
        else:
            yield Check("the signature: there is none", holds=False)
        return
    text = f"the signature by {signature['key_id']}"
    if against.key is None:
        yield Check(f"{text}: give --key", holds=None)
        return
    is_ours = signature["algorithm"] == ECDSA_SHA_256
    yield Check(text, is_ours and _is_signed(against.key, signature["value"], message_of(document)))


# By the kind that a document says it is.
_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any], Against], Iterator[Check]]]] = {"receipt": _receipt}


def _is_signed(key: Any, value: str, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - of the extra alone
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        key.verify(b64decode(value, validate=True), message, ECDSA(SHA256()))
    except (InvalidSignature, BadBase64):
        return False
    return True


def _key_in(path: Path) -> Any:
    """A public key in PEM, in DER, or in base64 as the AWS CLI prints it."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - of the extra alone
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey  # noqa: PLC0415

    content = path.read_bytes()
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            key = serialization.load_pem_public_key(content)
        else:
            is_der = content.startswith(b"\x30")
            key = serialization.load_der_public_key(content if is_der else b64decode(content))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise CannotRun(f"{path} holds no public key for ECDSA: `aws kms get-public-key` prints the stack's")
    return key


def _document_in(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes(), object_pairs_hook=_without_twins)
    except (ValueError, RecursionError):
        raise CannotRun(f"{path} is not JSON as it was issued") from None
    if not isinstance(document, dict):
        raise CannotRun(f"{path} is not JSON as it was issued")
    return document


def _without_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members of one name one reader shows the first and another the last."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members
