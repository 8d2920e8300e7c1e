"""What the callback functions import is pinned, because every package costs each of their cold starts.

`make bench` says how much. A name joins the list only when its cost is accepted.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.aws_stub import aws_stub
from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]

THIRD_PARTY = {
    "aws_lambda_powertools",
    "botocore",
    # botocore prefers its certificates where it is installed, and httpx brings it.
    "certifi",
    "dateutil",
    "jmespath",
    "six",
    "typing_extensions",
    "urllib3",
}
UNWANTED = {
    "aws_xray_sdk",
    "boto3",
    "defusedxml",
    "httpx",
    "lxml",
    "moto",
    "pydantic",
    "requests",
    "zeep",
    # Powertools' own package imports the Tracer's class; the X-Ray SDK above is what using it would load.
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parser",
}

LEDGER = {
    "TABLE": "faxes",
    "RETENTION_DAYS": "400",
    "OVERDUE_HOURS": "24",
    "TOKEN_SECRET": "tokens",
    "CALLBACK_TRUST": "settle",
}
SETTINGS = {
    "softlinx_callback": {
        **LEDGER,
        "CALLBACK_TRUST": "settle",
        "SOFTLINX_ACCOUNT": "acme",
        "SOFTLINX_TIME_ZONE": "America/New_York",
        "MARK_FAXES": "true",
        "SOFTLINX_SEND_QUEUE": "SendFax",
        "ENFORCE_SOFTLINX_ADDRESSES": "true",
        "SOFTLINX_ADDRESSES": "209.190.172.178",
    },
    "greenfax_notify": {
        **LEDGER,
        "CALLBACK_TRUST": "settle",
        "GREENFAX_ACCOUNT": "12345",
        "GREENFAX_TIME_ZONE": "America/New_York",
    },
}
LAMBDA = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    # By this a function knows that it runs in Lambda, and composes what it needs while it is imported.
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "testing",
}

IMPORT_AND_ANSWER = """
import json, sys

root, function = sys.argv[1:]
before = set(sys.modules)
sys.path.insert(0, f"{root}/functions/{function}")
import app

at_import = set(sys.modules)
with open(f"{root}/events/{function}.json") as event:
    answer = app.handler(json.load(event), None)
loaded = {name: sys.modules[name] for name in set(sys.modules) - before}
origins = {name: getattr(module, "__file__", None) or "" for name, module in loaded.items()}
found = {"status": answer["statusCode"], "at_import": sorted(at_import), "origins": origins}
print("\\n" + json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Imports:
    """What one function has imported: at import, and by the end of its first answer."""

    status: int
    at_import: frozenset[str]
    origins: Mapping[str, str]

    @property
    def third_party(self) -> set[str]:
        """The top-level packages from outside the standard library and this repository."""
        installed = {name for name, origin in self.origins.items() if "site-packages" in origin}
        return {name.partition(".")[0] for name in installed}


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def imports(request: pytest.FixtureRequest) -> Imports:
    function: str = request.param
    event = json.loads((ROOT / "events" / f"{function}.json").read_text(encoding="utf-8"))
    with aws_stub(event["pathParameters"]["token"]) as endpoint:
        ran = subprocess.run(
            [sys.executable, "-c", IMPORT_AND_ANSWER, ROOT, function],
            env={**LAMBDA, **SETTINGS[function], "AWS_ENDPOINT_URL": endpoint, "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    return Imports(found["status"], frozenset(found["at_import"]), found["origins"])


def test_a_callback_has_answered(imports: Imports) -> None:
    assert imports.status == 200


def test_a_callback_imports_these_packages_and_no_other(imports: Imports) -> None:
    assert imports.third_party == THIRD_PARTY


@pytest.mark.parametrize("name", sorted(UNWANTED))
def test_a_callback_never_imports(imports: Imports, name: str) -> None:
    assert name not in imports.origins


def test_a_callback_has_all_of_our_own_code_before_the_first_event(imports: Imports) -> None:
    late = {name for name in imports.origins if name.startswith("faxledger")} - imports.at_import
    assert late == set()
