"""`faxledger init`: the questions, what may be answered, and a samconfig.toml that sam takes as it is."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.init_questions import Answers, questions
from cli.main import main
from cli.sam_config import NEW, changed, deploy_settings, parameters_of
from local.runtime.errors import CannotRun
from tests.support.template import ROOT

CLINIC = """\
region = "us-east-1"
SoftlinxRealm = "acme"
SoftlinxUrl = "fax.example.com"
RetentionDays = 2192
"""
Init = Callable[..., int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, so that the template is parsed once."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "template.yaml").symlink_to(ROOT / "template.yaml")
    return folder


@pytest.fixture
def config(folder: Path) -> Iterator[Path]:
    path = folder / "samconfig.toml"
    path.write_text(NEW, "utf-8")
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def init(config: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    """The command, with what a person types, a line for each answer."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config.with_name("none")))

    def run(*options: str, typed: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return main(["init", "--config-file", str(config), *options])

    return run


def parameters(config: Path) -> dict[str, str]:
    return parameters_of(deploy_settings(config, config.read_text("utf-8")))


def settings(config: Path) -> dict[str, Any]:
    return deploy_settings(config, config.read_text("utf-8"))


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_there_are_twelve_questions_at_most_and_each_is_explained_in_a_line() -> None:
    answers = Answers(ROOT / "template.yaml", {"region": "us-east-1"}, {})
    answers.put("providers", "both")
    asked = list(questions(answers))
    # The first has its answer.
    assert 1 + len(asked) <= 12
    assert [one.name for one in asked if len(one.why) > 76 or "\n" in one.why or not one.why] == []
    assert [one.name for one in asked if len(one.asks) > 76 or not one.asks.endswith("?")] == []


def test_a_person_answers_and_sam_is_told(
    init: Init, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = typed("softlinx", "us-east-1", "Acme", "fax.example.com", *[""] * 6, "it@clinic.example", "yes")
    assert init(typed=answers) == 0
    assert settings(config)["region"] == "us-east-1"
    assert parameters(config) == {
        "GreenFaxAccountId": "",
        "SoftlinxRealm": "Acme",
        "SoftlinxUrl": "https://fax.example.com/softlinx/replixfax/wsapi",
        "SoftlinxApi": "soap",
        "MarkFaxes": "true",
        "CallbackTrust": "settle",
        "TimeZone": "UTC",
        "RetentionDays": "400",
        "NotifySender": "",
        "AlarmEmail": "it@clinic.example",
    }
    said = capsys.readouterr().out
    assert "faxledger deploy" in said
    assert "test host" not in said.partition("is written")[2]


def test_every_line_fits_into_80_columns(
    init: Init, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = typed(
        "both", "us-east-1", "ac me", "acme", *[""] * 3, "1" * 33, "12345", "", "Mars", *[""] * 4, "no"
    )
    assert init(typed=wrong) == 1
    # Where its file lies is up to whoever asks.
    printed = capsys.readouterr().out.replace(str(folder), "/clinic")
    assert "Nothing was written" in printed
    # What is typed ends a line on a terminal.
    lines = printed.replace("> ", ">\n").splitlines()
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("providers", "fax machine", "neither softlinx nor greenfax nor both"),
        ("region", "us-esat-1", "us-east-1"),
        ("stack_name", "clinic faxes", "letters, digits and -"),
        ("SoftlinxRealm", "ac me", "such as acme"),
        ("SoftlinxRealm", "", "it needs an answer"),
        ("SoftlinxUrl", "http://fax.example.com", "take https://"),
        ("SoftlinxUrl", "fax server", "names no host such as fax.example.com"),
        ("SoftlinxApi", "xml", "one of soap, rest"),
        ("MarkFaxes", "perhaps", "yes or no"),
        ("GreenFaxAccountId", "12 345", "such as 12345"),
        ("TimeZone", "America/NewYork", "It may be America/New_York"),
        ("TimeZone", "america/chicago", "It may be America/Chicago"),
        ("RetentionDays", "30", "a whole number from 120 to 4000"),
        ("RetentionDays", "a year", "a whole number from 120 to 4000"),
        ("AlarmEmail", "it@clinic", "it@clinic.example"),
    ],
)
def test_what_can_not_be_is_refused_with_what_would_be_right(name: str, answer: str, said: str) -> None:
    with pytest.raises(CannotRun) as refused:
        Answers(ROOT / "template.yaml", {}, {}).put(name, answer)
    assert said in str(refused.value)


def test_a_refused_answer_is_asked_for_again(
    init: Init, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(typed=typed("softlinx", "us-east-1", "", "ac me", "acme", *[""] * 8, "yes")) == 0
    assert parameters(config)["SoftlinxRealm"] == "acme"
    assert "Softlinx is its test host so far" in capsys.readouterr().out


def test_what_the_file_says_is_the_default_and_the_rest_of_it_stays(init: Init, config: Path) -> None:
    before = config.read_text("utf-8")
    more = 'profile = "clinic"\nregion = "eu-central-1"\n'
    config.write_text(
        f'{before}{more}parameter_overrides = "SoftlinxRealm=\\"acme\\" OverdueHours=\\"48\\"" # ours\n',
        "utf-8",
    )
    assert init("--set", "RetentionDays=2192", "--yes") == 0
    assert config.read_text("utf-8").startswith(before + more)
    assert settings(config)["region"] == "eu-central-1"
    found = parameters(config)
    assert (found["SoftlinxRealm"], found["OverdueHours"], found["RetentionDays"]) == ("acme", "48", "2192")
    assert found["GreenFaxAccountId"] == ""


def test_a_provider_that_is_left_out_is_left_out_of_the_stack_too(init: Init, config: Path) -> None:
    assert init("--set", "region=us-east-1", "--set", "SoftlinxRealm=acme", "--yes") == 0
    assert init("--set", "providers=greenfax", "--set", "GreenFaxAccountId=12345", "--yes") == 0
    assert (parameters(config)["SoftlinxRealm"], parameters(config)["GreenFaxAccountId"]) == ("", "12345")


def test_answers_in_a_file_are_not_asked_for(init: Init, config: Path, folder: Path) -> None:
    answers = folder / "clinic.toml"
    answers.write_text(CLINIC, "utf-8")
    assert init("--answers", str(answers), "--yes") == 0
    assert (parameters(config)["RetentionDays"], settings(config)["region"]) == ("2192", "us-east-1")
    written = config.read_text("utf-8")
    assert init("--answers", str(answers), "--yes") == 0
    assert config.read_text("utf-8") == written


def test_all_that_is_wrong_or_missing_is_said_at_once(
    init: Init, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.read_text("utf-8")
    assert init("--set", "RetentoinDays=1", "--set", "SoftlinxApi=xml", "--yes") == 2
    said = capsys.readouterr().err
    assert "It may be RetentionDays" in said
    assert "one of soap, rest" in said
    assert init("--yes") == 2
    said = capsys.readouterr().err
    assert all(f"{name}: " in said for name in ("region", "SoftlinxRealm", "GreenFaxAccountId"))
    assert init("--set", "CustomDomain=fax.clinic.example", "--set", "region=us-east-1",
                "--set", "SoftlinxRealm=acme", "--yes") == 2  # fmt: skip
    assert "Give CertificateArn beside CustomDomain" in capsys.readouterr().err
    assert config.read_text("utf-8") == before


def test_whoever_leaves_in_the_middle_leaves_everything_as_it_was(
    init: Init, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.read_text("utf-8")
    assert init(typed=typed("both", "us-east-1")) == 2
    assert "Nothing was written" in capsys.readouterr().err

    class Interrupted(io.TextIOBase):
        def readline(self, *_: Any) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert main(["init", "--config-file", str(config)]) == 130
    assert "Nothing was written" in capsys.readouterr().err
    assert config.read_text("utf-8") == before
    assert list(config.parent.glob(".*")) == []


def test_a_file_that_is_not_there_is_made_with_all_that_sam_deploy_needs_beside_the_answers(
    init: Init, config: Path
) -> None:
    config.unlink()
    assert init("--set", "region=us-east-1", "--set", "SoftlinxRealm=acme", "--yes") == 0
    made = settings(config)
    assert (made["stack_name"], made["resolve_s3"]) == ("faxledger", True)
    assert made["capabilities"] == "CAPABILITY_IAM"


def test_whoever_commits_all_there_is_commits_no_answers() -> None:
    assert "/samconfig.toml" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    tracked = subprocess.run(["git", "ls-files", "samconfig.toml"], cwd=ROOT, capture_output=True, check=True)
    assert tracked.stdout == b""


def test_outside_the_folder_of_the_code_it_says_where_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--yes"]) == 2
    assert "git clone" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "a b", 'Subject: "{code}"', "it's", "a\\b", "a,b", "=", "a=b"])
def test_a_value_comes_back_as_it_was(value: str) -> None:
    text = changed(Path("samconfig.toml"), NEW, {}, {"GreenFaxJobCode": value, "SoftlinxRealm": "acme"})
    given = parameters_of(deploy_settings(Path("samconfig.toml"), text))
    assert given == {"GreenFaxJobCode": value, "SoftlinxRealm": "acme"}


@pytest.mark.parametrize(
    "said",
    [
        '"SoftlinxRealm=acme RetentionDays=\\"400\\""',
        '"ParameterKey=SoftlinxRealm,ParameterValue=acme ParameterKey=RetentionDays,ParameterValue=400"',
        '["SoftlinxRealm=acme", "RetentionDays=400"]',
        '{SoftlinxRealm = "acme", RetentionDays = 400}',
    ],
)
def test_parameters_are_read_in_every_form_that_sam_takes(said: str) -> None:
    text = f"[default.deploy.parameters]\nparameter_overrides = {said}\n"
    path = Path("samconfig.toml")
    assert parameters_of(deploy_settings(path, text)) == {"SoftlinxRealm": "acme", "RetentionDays": "400"}
    new = changed(path, text, {"region": "us-east-1"}, {"SoftlinxRealm": "other"})
    assert parameters_of(deploy_settings(path, new)) == {"SoftlinxRealm": "other"}


@pytest.mark.parametrize(
    "text",
    [
        "[default]\ndeploy.parameters.profile = 'clinic'\n",
        '["default".deploy.parameters]\nprofile = "clinic"\n',
    ],
)
def test_a_file_in_an_unusual_form_is_left_alone_and_the_lines_are_said(text: str) -> None:
    with pytest.raises(CannotRun) as refused:
        changed(Path("samconfig.toml"), text, {"region": "us-east-1"}, {"SoftlinxRealm": "acme"})
    assert 'region = "us-east-1"' in str(refused.value)


def test_a_line_that_only_looks_like_a_setting_is_no_setting() -> None:
    text = "[default.deploy.parameters]\nnote = '''\nregion = \"x\"\n'''\n"
    with pytest.raises(CannotRun):
        changed(Path("samconfig.toml"), text, {"region": "us-east-1"}, {"SoftlinxRealm": "acme"})
