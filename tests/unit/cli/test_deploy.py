"""`faxledger deploy`: it asks make and sam as a person would, and says what is left."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from cli.main import main, parser
from cli.sam_config import NEW, changed

REGION = "us-east-1"
Files = Callable[..., None]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder as a checkout is one, with a make and a sam that write down how they were called."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "FAXLEDGER_STACK"):
        monkeypatch.delenv(name, raising=False)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("make", "sam"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> called\nexit ${{FAILING_{name}:-0}}\n')
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "template.yaml").touch()
    wanted = {"SoftlinxRealm": "acme", "GreenFaxAccountId": "", "AlarmEmail": "it@clinic.example"}
    text = changed(Path("samconfig.toml"), NEW, {"region": REGION}, wanted)
    (folder / "samconfig.toml").write_text(text)
    monkeypatch.chdir(folder)
    with mock_aws():
        yield folder


def called(checkout: Path) -> list[str]:
    path = checkout / "called"
    return path.read_text().splitlines() if path.exists() else []


def make_stack(name: str = "faxledger") -> None:
    outputs = {"ApiUrl": "https://a1.execute-api.us-east-1.amazonaws.com", "SoftlinxCredentials": "arn"}
    template = {
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {output: {"Value": value} for output, value in outputs.items()},
    }
    boto3.client("cloudformation", REGION).create_stack(StackName=name, TemplateBody=json.dumps(template))


def test_it_builds_then_deploys_and_says_what_is_left(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_stack()
    assert main(["deploy", "--", "--no-confirm-changeset"]) == 0
    assert called(checkout) == ["make build", "sam deploy --region us-east-1 --no-confirm-changeset"]
    said = capfd.readouterr().out
    assert "https://a1.execute-api.us-east-1.amazonaws.com" in said
    assert "export FAXLEDGER_STACK=faxledger AWS_DEFAULT_REGION=us-east-1" in said
    assert "it@clinic.example" in said
    assert [line for line in said.splitlines() if len(line) > 80] == []


def test_every_command_that_is_left_is_one_that_there_is(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_stack("faxes")
    assert main(["deploy", "--", "--stack-name", "faxes"]) == 0
    lines = [line.strip() for line in capfd.readouterr().out.splitlines() if line.startswith("  faxledger ")]
    commands = [line.split("   ")[0].split()[1:] for line in lines]
    assert [parser().parse_args(words).command for words in commands] == [words[0] for words in commands]
    assert ["urls"] in commands
    assert called(checkout)


def test_the_sam_that_the_build_has_brought_comes_first(checkout: Path) -> None:
    make_stack()
    own = checkout / ".tools" / "sam" / "bin"
    own.mkdir(parents=True)
    (own / "sam").write_text('#!/bin/sh\necho "our sam $*" >> called\n')
    (own / "sam").chmod(0o755)
    assert main(["deploy"]) == 0
    assert called(checkout)[-1] == "our sam deploy --region us-east-1"


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("template.yaml", "git clone"),
        ("samconfig.toml", "there is no samconfig.toml yet: `faxledger init`"),
        ("make", "make is not installed"),
        ("sam", "sam is not installed"),
        ("provider", "`faxledger init` asks for yours"),
        ("region", "no region is known"),
        ("credentials", "`aws configure"),
    ],
)
def test_what_is_missing_is_said_in_plain_words_before_anything_is_deployed(
    missing: str,
    said: str,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    programs = checkout.with_name("programs")
    config = checkout / "samconfig.toml"
    match missing:
        case "template.yaml" | "samconfig.toml":
            (checkout / missing).unlink()
        case "make" | "sam":
            (programs / missing).unlink()
            monkeypatch.setenv("PATH", str(programs))
        case "provider":
            config.write_text(NEW)
        case "region":
            config.write_text(config.read_text().replace('region = "us-east-1"', ""))
        case "credentials":
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                monkeypatch.delenv(name)
            monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
            monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    assert main(["deploy"]) == 2
    assert said in capsys.readouterr().err
    assert [line for line in called(checkout) if line.startswith("sam")] == []


def test_a_build_or_a_deployment_that_fails_ends_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAILING_sam", "1")
    assert main(["deploy"]) == 1
    assert "sam did not deploy" in capsys.readouterr().err
    monkeypatch.setenv("FAILING_make", "2")
    assert main(["deploy"]) == 2
    assert "could not be built" in capsys.readouterr().err
    assert called(checkout) == ["make build", "sam deploy --region us-east-1", "make build"]
