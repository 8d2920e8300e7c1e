"""`faxledger urls`: what to write to the providers' support, with the token only where it was asked for."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from cli.main import main
from tests.support.small_stack import STACK, TOKEN, make_small_stack
from tests.support.template import raw_template


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("FAXLEDGER_STACK", STACK)
    with mock_aws():
        yield


def test_the_token_is_written_only_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    make_small_stack()
    assert main(["urls"]) == 0
    printed = capsys.readouterr()
    assert TOKEN not in printed.out + printed.err
    assert "https://fax.clinic.example/callbacks/softlinx/TOKEN\n" in printed.out
    assert "faxledger urls --with-token" in printed.err
    assert main(["urls", "softlinx", "--with-token"]) == 0
    printed = capsys.readouterr()
    assert f"https://fax.clinic.example/callbacks/softlinx/{TOKEN}\n" in printed.out
    assert TOKEN not in printed.err
    assert "holds a secret" in printed.err


def test_each_provider_is_written_to_in_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    make_small_stack()
    main(["urls"])
    softlinx, greenfax = capsys.readouterr().out.split("-" * 76)
    assert "the realm Acme" in softlinx
    assert "URL callback (HTTP POST)" in softlinx
    assert "209.190.172.178" in softlinx
    assert "account 12345" in greenfax
    assert "/callbacks/greenfax/TOKEN\n" in greenfax
    assert "/callbacks/greenfax/TOKEN/inbound\n" in greenfax


def test_softlinx_is_asked_about_every_address_that_is_let_in(capsys: pytest.CaptureFixture[str]) -> None:
    make_small_stack()
    main(["urls", "softlinx"])
    said = capsys.readouterr().out
    addresses = raw_template()["Parameters"]["SoftlinxAddresses"]["Default"].split(",")
    assert [address for address in addresses if address not in said] == []


def test_a_realm_without_callbacks_is_asked_for_everything_else(capsys: pytest.CaptureFixture[str]) -> None:
    make_small_stack(greenfax="", listens=False)
    assert main(["urls", "--with-token"]) == 0
    said = capsys.readouterr().out
    assert "/callbacks/" not in said
    assert "We take no URL callbacks" in said
    assert "administrative permission" in said


def test_a_provider_that_the_stack_is_without_is_said_to_be_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_small_stack(softlinx="")
    assert main(["urls", "softlinx"]) == 2
    assert "without Softlinx: `faxledger init` adds it" in capsys.readouterr().err


def test_every_line_fits_into_80_columns_but_for_the_url(capsys: pytest.CaptureFixture[str]) -> None:
    make_small_stack()
    main(["urls", "--with-token"])
    printed = capsys.readouterr()
    lines = (printed.out + printed.err).splitlines()
    assert [line for line in lines if len(line) > 80 and "https://" not in line] == []


def test_an_api_that_is_not_on_this_machine_is_found_by_its_stack(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAXLEDGER_STACK")
    assert main(["urls", "--api-url", "https://fax.clinic.example"]) == 2
    assert "give --stack" in capsys.readouterr().err
