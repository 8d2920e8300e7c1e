"""Which stack a command asks: as its options say, else the environment, else the bundle on this machine."""

import json
import re
from argparse import ArgumentParser
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from cli.api import Api
from cli.main import main
from cli.which_stack import (
    StackName,
    add_which_api,
    add_which_stack,
    api_of,
    stack_of,
    stack_or_bundle_of,
    stacks_file,
)
from local.runtime.errors import CannotRun

REGION = "eu-central-1"
API = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("FAXLEDGER_API_URL", "FAXLEDGER_STACK", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def asked(*options: str) -> Api:
    parser = ArgumentParser()
    add_which_api(parser)
    return api_of(parser.parse_args(options))


def stack(*options: str) -> StackName:
    parser = ArgumentParser()
    add_which_stack(parser)
    return stack_of(parser.parse_args(options))


def changed(*options: str) -> str:
    """What a command changes that needs more than an API: a stack's name, or the bundle's URL."""
    parser = ArgumentParser()
    add_which_api(parser)
    found = stack_or_bundle_of(parser.parse_args(options))
    return found.url if isinstance(found, Api) else found.name


def name_stacks(text: str) -> None:
    stacks_file().parent.mkdir(parents=True, exist_ok=True)
    stacks_file().write_text(text, "utf-8")


def deploy(name: str, **outputs: str) -> None:
    made = {output: {"Value": value} for output, value in outputs.items()}
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": made}),
    )


def test_where_nobody_says_anything_it_is_the_bundle_on_this_machine() -> None:
    assert asked().url == "http://127.0.0.1:3000"


def test_the_environment_names_an_api_and_an_option_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAXLEDGER_API_URL", API)
    assert asked().url == API
    assert asked("--api-url", "http://127.0.0.1:4000/").url == "http://127.0.0.1:4000"


@mock_aws
def test_a_stack_says_where_its_api_is(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy("faxledger-test", ApiUrl=API)
    assert asked("--stack", "faxledger-test", "--region", REGION).url == API
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("FAXLEDGER_STACK", "faxledger-test")
    assert asked().url == API
    assert asked("--api-url", "http://127.0.0.1:3000").is_on_this_machine


def test_what_an_option_names_is_changed_and_not_what_the_environment_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert changed() == "http://127.0.0.1:3000"
    monkeypatch.setenv("FAXLEDGER_STACK", "clinic")
    assert changed() == "clinic"
    assert changed("--api-url", "http://127.0.0.1:4000") == "http://127.0.0.1:4000"
    monkeypatch.setenv("FAXLEDGER_API_URL", API)
    assert changed("--stack", "desk") == "desk"
    with pytest.raises(CannotRun, match="give --stack"):
        changed()


@mock_aws
def test_a_file_names_stacks_and_options_come_before_it() -> None:
    name_stacks(
        '[clinic]\nstack = "faxledger-clinic"\nregion = "eu-central-1"\n[desk]\napi_url = "https://fax.example.org"'
    )
    deploy("faxledger-clinic", ApiUrl=API)
    assert asked("--stack", "clinic").url == API
    assert asked("--stack", "desk").url == "https://fax.example.org"
    assert stack("--stack", "clinic") == StackName("faxledger-clinic", REGION, None, None)
    assert stack("--stack", "clinic", "--region", "us-west-2").region == "us-west-2"
    assert stack("--stack", "another") == StackName("another", None, None, None)
    assert stack().name == "faxledger"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[clinic", "is not TOML"),
        ('clinic = "faxledger"', "[clinic] takes stack, region"),
        ('[clinic]\nurl = "x"', "[clinic] takes stack, region"),
        ("[clinic]\nregion = 1", "each a text"),
    ],
)
def test_a_file_that_can_not_be_understood_is_told_what_it_may_hold(text: str, said: str) -> None:
    name_stacks(text)
    with pytest.raises(CannotRun) as refused:
        asked("--stack", "clinic")
    assert said in str(refused.value)
    assert str(stacks_file()) in str(refused.value)


def test_two_answers_to_which_api_are_one_too_many() -> None:
    with pytest.raises(CannotRun, match="give one of them"):
        asked("--stack", "clinic", "--api-url", API)


@mock_aws
def test_a_stack_of_another_kind_is_said_to_be_one() -> None:
    deploy("queues")
    with pytest.raises(CannotRun, match="has no output ApiUrl"):
        asked("--stack", "queues", "--region", REGION)


@mock_aws
def test_the_variable_that_is_named_for_a_region_is_one_that_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3 does not read AWS_REGION, which the AWS CLI does."""
    main(["feeds", "--stack", "nobody"])
    (named,) = re.findall(r"AWS_[A-Z_]+", capsys.readouterr().err)
    monkeypatch.setenv(named, REGION)
    main(["feeds", "--stack", "nobody"])
    assert "region" not in capsys.readouterr().err


@mock_aws
@pytest.mark.parametrize("command", ["feeds", "redrive all"])
def test_what_aws_lacks_is_said_in_a_sentence(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*command.split(), "--stack", "nobody"]
    assert main(words) == 2
    assert "give --region, or set AWS_DEFAULT_REGION" in capsys.readouterr().err
    assert main([*words, "--profile", "nobody-s"]) == 2
    assert "there is no such AWS profile" in capsys.readouterr().err
    assert main([*words, "--region", REGION]) == 2
    assert "list-stacks" in capsys.readouterr().err
