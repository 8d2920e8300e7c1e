import pytest

from faxledger.errors import SettingMissing
from faxledger.providers.softlinx.soap import SoftlinxSoap


def account(url: str, *, wsdl: str = "", is_plain_http_allowed: bool = False) -> SoftlinxSoap:
    return SoftlinxSoap(
        url=url,
        realm="acme",
        credentials=lambda: ("admin", "canary-password"),
        wsdl=wsdl,
        is_plain_http_allowed=is_plain_http_allowed,
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://fax.example.com/softlinx/replixfax/wsapi",
        "http://127.0.0.1:9000/softlinx/replixfax/wsapi",
        "http://[::1]:9000/",
        "http://localhost:9000/",
    ],
)
def test_https_and_this_very_machine_are_spoken_to(url: str) -> None:
    account(url)
    account(url, wsdl=url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "fax.example.com",
        "ftp://fax.example.com/",
        "file:///etc/passwd",
        "https:///wsapi",
        "http://fax.example.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "https://user:canary-password@fax.example.com/",
        "https://\u0435xample.com/",
    ],
)
def test_no_other_url_is(url: str) -> None:
    with pytest.raises(SettingMissing) as refused:
        account(url)
    assert "canary" not in str(refused.value)


def test_nor_is_a_wsdl_from_one() -> None:
    with pytest.raises(SettingMissing):
        account("https://fax.example.com/", wsdl="http://fax.example.com/?wsdl")


def test_plain_http_can_be_allowed() -> None:
    account("http://fax.example.com/", is_plain_http_allowed=True)


def test_the_password_is_not_shown() -> None:
    assert "canary" not in repr(account("https://fax.example.com/"))
