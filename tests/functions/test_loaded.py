"""What each function has loaded by the time it asks for work, beyond what all of them need."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from sysconfig import get_path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.template import Template

ROOT = Path(__file__).parents[2]
TEMPLATE = Template(
    {
        "SoftlinxRealm": "Acme",
        "GreenFaxAccountId": "12345",
        "GreenFaxSender": "fax@example.com",
        "ConsoleIssuer": "https://issuer.example",
        "ConsoleClientId": "console",
    }
)
# The packages of the layers that take long to load.
HEAVY = {
    "boto3",
    "defusedxml",
    "httpcore",
    "httpx",
    "lxml",
    "pydantic",
    "requests",
    "standardwebhooks",
    "zeep",
}
SOAP = {"defusedxml", "httpcore", "httpx", "lxml", "requests", "zeep"}
# Whoever is not here has loaded none of them. A name joins a function's only when its cost is accepted.
LOADED = {
    "SoftlinxPoll": SOAP,
    "MarkFax": SOAP,
    "RetrieveContent": SOAP,
    "SendFax": SOAP,
    "GreenFaxFeed": {"httpcore", "httpx"},
    "DownloadContent": {"httpcore"},
    "SubmitFax": {"pydantic"},
    "Notify": {"httpcore", "standardwebhooks"},
}
LOAD = """
import json, sys

sys.path.insert(0, sys.argv[1])
import app

print("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@cache
def loaded_by(function: str) -> set[str]:
    folder = ROOT / TEMPLATE.resource(function)["CodeUri"]
    ran = subprocess.run(
        [sys.executable, "-S", "-c", LOAD, folder],
        env={
            **TEMPLATE.environment(function),
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": "eu-central-1",
            "LEAN_START": TEMPLATE.parameters["LeanStart"],
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join([get_path("purelib"), f"{ROOT}/shared"]),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize("function", TEMPLATE.functions())
def test_a_function_starts_with_what_it_uses_and_nothing_heavier(function: str) -> None:
    assert loaded_by(function) & HEAVY == LOADED.get(function, set())
