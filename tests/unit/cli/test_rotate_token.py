"""`faxledger rotate-token`: a second token, what came under which, and the old one taken out in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from cli.callback_tokens import new_token
from cli.installation import Counted
from cli.main import main
from cli.rotate_token import too_early
from faxledger.adapters.secrets import TOKEN as FORM
from tests.support.small_stack import REGION, STACK, TOKEN, make_small_stack, secret_of

SECRET = "SoftlinxCallbackTokens"
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("FAXLEDGER_STACK", STACK)
    with mock_aws():
        make_small_stack()
        yield


def rotate(*options: str) -> int:
    return main(["rotate-token", "softlinx", *options])


def call_came_under(token: str) -> None:
    """As a callback function counts it."""
    labels = {"origin": "softlinx-callback", "token": token}
    dimensions = [{"Name": name, "Value": value} for name, value in labels.items()]
    boto3.client("cloudwatch", REGION).put_metric_data(
        Namespace=f"Faxledger/{STACK}",
        MetricData=[{"MetricName": "CallbackUnderToken", "Dimensions": dimensions, "Value": 1.0}],
    )


def test_a_second_token_stands_behind_the_first_and_is_not_shown_unasked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rotate() == 0
    old, new = secret_of(SECRET).split()
    assert old == TOKEN
    assert FORM.fullmatch(new)
    printed = capsys.readouterr()
    assert new not in printed.out + printed.err
    assert old not in printed.out + printed.err
    assert "https://fax.clinic.example/callbacks/softlinx/TOKEN\n" in printed.out
    assert "Please replace the URL callback of our realm Acme" in printed.out
    assert "--finish" in printed.err


def test_run_again_it_makes_no_third_and_says_what_came_under_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rotate()
    _, new = secret_of(SECRET).split()
    for token in ("newest", "newest", "older"):
        call_came_under(token)
    capsys.readouterr()
    assert rotate("--with-token") == 0
    assert secret_of(SECRET) == f"{TOKEN} {new}"
    printed = capsys.readouterr()
    assert f"/callbacks/softlinx/{new}\n" in printed.out
    assert new not in printed.err
    assert [line.split()[3:6] for line in printed.err.splitlines() if line.startswith("  under the")] == [
        ["token", "2", "callbacks,"],
        ["token", "1", "callbacks,"],
    ]
    assert [
        line for line in (printed.out + printed.err).splitlines() if len(line) > 80 and "https:" not in line
    ] == []


def test_the_old_one_stays_until_something_came_under_the_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    rotate()
    old, new = secret_of(SECRET).split()
    assert rotate("--finish") == 1
    assert "nothing has come under the new token yet" in capsys.readouterr().err
    assert secret_of(SECRET) == f"{old} {new}"
    call_came_under("newest")
    assert rotate("--finish") == 0
    assert secret_of(SECRET) == new
    assert rotate("--finish") == 2
    assert "one token only" in capsys.readouterr().err


def test_a_token_that_has_leaked_is_taken_out_at_once() -> None:
    rotate()
    _, new = secret_of(SECRET).split()
    assert rotate("--finish", "--force") == 0
    assert secret_of(SECRET) == new


def test_a_secret_without_any_token_gets_one(capsys: pytest.CaptureFixture[str]) -> None:
    client = boto3.client("secretsmanager", REGION)
    client.put_secret_value(SecretId=f"{STACK}-{SECRET}", SecretString="changeme")
    assert main(["urls", "softlinx", "--with-token"]) == 2
    assert "`faxledger rotate-token softlinx` writes one" in capsys.readouterr().err
    assert rotate() == 0
    assert FORM.fullmatch(secret_of(SECRET))


def came(total: int, first: int, last: int) -> Counted:
    """Hours before noon, at which is asked."""
    return Counted(total, NOON, NOON - timedelta(hours=first), NOON - timedelta(hours=last))


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (Counted(0, NOON), came(3, 9, 1), "nothing has come under the new token"),
        (came(2, 3, 1), came(3, 9, 4), None),
        (came(2, 3, 1), came(3, 9, 2), "perhaps not all URLs were replaced"),
        # One that was called a day ago and not since is not called any more.
        (came(2, 48, 1), came(3, 90, 25), None),
        (Counted(1, NOON), Counted(5, NOON), None),
    ],
)
def test_it_is_too_early_while_the_old_one_is_still_called(
    new: Counted, old: Counted, said: str | None
) -> None:
    why = too_early(new, old)
    assert (why is None) == (said is None)
    assert (said or "") in (why or "")


def test_each_new_token_is_another_of_the_length_that_a_new_stack_gets() -> None:
    made = {new_token() for _ in range(10)}
    assert len(made) == 10
    assert {len(token) for token in made} == {48}
    assert all(FORM.fullmatch(token) for token in made)
