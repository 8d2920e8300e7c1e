"""What every test may count on: an AWS that is nobody's, and a loud word about what was not tested."""

import gc
import os
import subprocess
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

from tests.support import making, untested
from tests.support.built import BuiltFunction, built_bundle
from tests.support.dynamodb_local import DynamoDBLocalMissing, dynamodb_local

ROOT = Path(__file__).parents[1]

# Before any test imports boto3: a region, credentials that no AWS accepts, and no look at this machine's own.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # moto knows no account in an endpoint's name: its DynamoDB streams would answer 404.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
os.environ.pop("AWS_PROFILE", None)

# Nearly everything goes with its last reference. To look for circles at each 700 new objects, among all that
# moto and the collected tests are, took a sixth of the tests' time; what collecting makes stays anyway.
gc.set_threshold(1_000_000)

# How quickly an example is drawn says how busy the machine is, and nothing of what is tested. Where CI judges
# a change, each test draws the same examples again, so that a failure is the change's; elsewhere new ones.
settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=untested.IN_CI,
)
settings.load_profile("any machine")


# Each session would parse the models of AWS's services anew, which is half of what a new client takes. Each
# adds the same extras to them, whoever has done so before.
_parsed = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
setattr(JSONFileLoader, "load_file", lambda _, file_path: _parsed(file_path))  # noqa: B010 - no type allows it


def pytest_collection_finish() -> None:
    # What is there by now stays to the end: nobody need look at it again.
    gc.freeze()
    gc.set_threshold(10_000)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in untested.reasons(terminalreporter.getreports("skipped")):
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(reason)


@pytest.fixture(scope="session")
def python313() -> Path:
    """The Lambda runtime's Python."""
    found = subprocess.run(
        [ROOT / "tools" / "python3.13", "--where"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        untested.cannot_test(found.stderr.strip())
    return Path(found.stdout.strip())


@pytest.fixture(scope="session")
def bundle(
    pytestconfig: pytest.Config,
    python313: Path,  # noqa: ARG001 - the build runs this Python
) -> dict[str, BuiltFunction]:
    """The built functions by logical id, with the runtime and its emulator beside them."""
    making.make(pytestconfig, *making.BUNDLE)
    return built_bundle()


@pytest.fixture(scope="session")
def dynamodb_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of a DynamoDB Local that all tests share; each makes a table of its own."""
    try:
        making.make(pytestconfig, *making.NODE_PACKAGES)
        with dynamodb_local() as url:
            yield url
    except (making.NotMade, DynamoDBLocalMissing) as missing:
        untested.cannot_test(str(missing))
