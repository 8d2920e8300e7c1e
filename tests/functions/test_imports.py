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
from sysconfig import get_path

import certifi
import pytest

from bench.aws_stub import aws_stub
from faxledger.bootstrap.late_modules import LATE, WITHOUT_DOCUMENTATION
from tests.support.patience import PATIENCE_SECONDS
from tests.support.template import raw_template

ROOT = Path(__file__).parents[2]

THIRD_PARTY = {
    "aws_lambda_powertools",
    "botocore",
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
SAVINGS = raw_template()["Parameters"]["LeanStart"]["Default"].split(",")
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
    "AWS_CA_BUNDLE": certifi.where(),
    "AWS_DEFAULT_REGION": "eu-central-1",
    # By this a function knows that it runs in Lambda, and composes what it needs while it is imported.
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "eu-central-1",
    "AWS_SECRET_ACCESS_KEY": "testing",
}

IMPORT_AND_ANSWER = """
import gc, json, sys

root, function = sys.argv[1:]
before = set(sys.modules)
sys.path.insert(0, f"{root}/functions/{function}")
import app

at_import = set(sys.modules)
frozen = gc.get_freeze_count() if gc.isenabled() else -1
with open(f"{root}/events/{function}.json") as event:
    answer = app.handler(json.load(event), None)
loaded = {name: sys.modules[name] for name in set(sys.modules) - before}
origins = {name: getattr(module, "__file__", None) or "" for name, module in loaded.items()}
ours = "faxledger.bootstrap.late_modules"
stand_ins = [name for name, module in loaded.items() if type(module).__module__ == ours]
found = {
    "status": answer["statusCode"],
    "at_import": sorted(at_import),
    "origins": origins,
    "stand_ins": stand_ins,
    "frozen": frozen,
}
print("\\n" + json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Imports:
    """What one function has imported: at import, and by the end of its first answer."""

    status: int
    at_import: frozenset[str]
    origins: Mapping[str, str]
    stand_ins: frozenset[str]
    frozen: int

    @property
    def third_party(self) -> set[str]:
        """The top-level packages from outside the standard library and this repository."""
        installed = {name for name, origin in self.origins.items() if "site-packages" in origin}
        return {name.partition(".")[0] for name in installed}


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def imports(request: pytest.FixtureRequest) -> Imports:
    return imports_of(request.param, ",".join(SAVINGS))


def imports_of(function: str, lean_start: str) -> Imports:
    event = json.loads((ROOT / "events" / f"{function}.json").read_text(encoding="utf-8"))
    with aws_stub(event["pathParameters"]["token"]) as endpoint:
        ran = subprocess.run(
            # Without `site`, which may have loaded something by itself.
            [sys.executable, "-S", "-c", IMPORT_AND_ANSWER, ROOT, function],
            env={
                **LAMBDA,
                **SETTINGS[function],
                "AWS_ENDPOINT_URL": endpoint,
                "LEAN_START": lean_start,
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join([get_path("purelib"), f"{ROOT}/shared"]),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    return Imports(
        found["status"],
        frozenset(found["at_import"]),
        found["origins"],
        frozenset(found["stand_ins"]),
        found["frozen"],
    )


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


def test_a_callback_starts_and_answers_without_what_is_loaded_late(imports: Imports) -> None:
    assert imports.stand_ins == {*LATE, *WITHOUT_DOCUMENTATION}


def test_garbage_is_looked_for_again_once_a_callback_is_composed_and_what_there_was_is_passed_over(
    imports: Imports,
) -> None:
    assert imports.frozen > 10_000


def test_botocore_would_load_all_of_that_where_the_savings_are_turned_off() -> None:
    imports = imports_of("softlinx_callback", "none")
    assert imports.stand_ins == set()
    assert {*LATE, *WITHOUT_DOCUMENTATION} <= imports.origins.keys()
    assert "faxledger.adapters.aws_session" not in imports.origins
    assert imports.frozen == 0
