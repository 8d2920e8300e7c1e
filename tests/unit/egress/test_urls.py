"""Which spellings of an address are worth resolving at all."""

import pytest

from faxledger.egress.urls import UrlRule
from faxledger.errors import AddressRefused

LISTED = UrlRule(frozenset({"greenfax.com", "files.example.org"}))
ANY_HOST = UrlRule(None)
NEIGHBOUR = UrlRule(frozenset({"greenfax.com"}), frozenset({"http://127.0.0.1:8002"}))

ALLOWED = {
    "https://greenfax.com/1.pdf": ("greenfax.com", "/1.pdf"),
    "https://www.greenfax.com/1.pdf?key=a%26b&x=%2F": ("www.greenfax.com", "/1.pdf?key=a%26b&x=%2F"),
    "https://a.b.greenfax.com": ("a.b.greenfax.com", "/"),
    "https://files.example.org/1": ("files.example.org", "/1"),
    "HTTPS://WWW.GreenFax.COM/A.PDF": ("www.greenfax.com", "/A.PDF"),
    "https://www.greenfax.com:443/1": ("www.greenfax.com", "/1"),
    "https://www.greenfax.com:0443/1": ("www.greenfax.com", "/1"),
    "https://www.greenfax.com?id=1": ("www.greenfax.com", "/?id=1"),
    "https://www.greenfax.com/1#page=2": ("www.greenfax.com", "/1"),
    " https://www.greenfax.com/1 ": ("www.greenfax.com", "/1"),
    "https://www.greenfax.com/my fax.pdf": ("www.greenfax.com", "/my%20fax.pdf"),
    "https://www.greenfax.com/gr\u00fcn.pdf": ("www.greenfax.com", "/gr%C3%BCn.pdf"),
    "https://www.greenfax.com/a@b:c/../d": ("www.greenfax.com", "/a@b:c/../d"),
    "https://xn--bcher-kva.greenfax.com/1": ("xn--bcher-kva.greenfax.com", "/1"),
}

REFUSED = {
    "other schemes": [
        "http://www.greenfax.com/1",
        "http://www.greenfax.com:443/1",
        "ftp://www.greenfax.com/1",
        "file:///etc/passwd",
        "gopher://www.greenfax.com/",
        "javascript://www.greenfax.com/%0a",
        "//www.greenfax.com/1",
        "www.greenfax.com/1",
        "https:www.greenfax.com",
        "https:/www.greenfax.com",
        "",
        "8591334.pdf",
    ],
    "hosts that only look allowed": [
        "https://greenfax.com.evil.example/1",
        "https://evilgreenfax.com/1",
        "https://www-greenfax.com/1",
        "https://greenfax.co/1",
        "https://evil.example/greenfax.com",
        "https://evil.example/?greenfax.com",
        "https://evil.example/#.greenfax.com",
        "https://evil.example#.greenfax.com/",
        "https://example.org/1",
        "https://files.example.org.uk/1",
        "https://xfiles.example.org/1",
        "https://com/1",
    ],
    "user names": [
        "https://greenfax.com@evil.example/1",
        "https://greenfax.com:443@evil.example/1",
        "https://evil.example@www.greenfax.com/1",
        "https://a:b@www.greenfax.com/1",
        "https://@www.greenfax.com/1",
    ],
    "readers that disagree": [
        "https://evil.example\\.greenfax.com/1",
        "https://evil.example\\@www.greenfax.com/1",
        "https:\\\\www.greenfax.com/1",
        "https://www.greenfax.com\t/1",
        "https://www.gre\nenfax.com/1",
        "https://www.greenfax.com/1\r\nHost: evil.example",
        "https://www.greenfax.com/1\x00",
        "https://www.greenfax.com%2eevil.example/1",
        "https://%77ww.greenfax.com/1",
        "https:///www.greenfax.com/1",
        "https://evil.example;.greenfax.com/1",
        "https://evil.example&.greenfax.com/1",
        "https://www.greenfax.com/\ud800",  # half a surrogate pair, which JSON may hold
    ],
    "names in other letters": [
        "https://www\u3002greenfax\u3002com/1",
        "https://www\uff0egreenfax\uff0ecom/1",
        "https://www\uff61greenfax.com/1",
        "https://\uff57ww.greenfax.com/1",
        "https://www.greenfa\u0445.com/1",  # a Cyrillic x
        "https://www.greenfax\u200b.com/1",
        "https://www.\u24d6reenfax.com/1",
        "https://file\u017f.example.org/1",  # a long s
        "https://\u212a.greenfax.com/1",  # the Kelvin sign, a k in lower case
    ],
    "dots and labels": [
        "https://www.greenfax.com./1",
        "https://.greenfax.com/1",
        "https://www..greenfax.com/1",
        "https://-a.greenfax.com/1",
        "https://a-.greenfax.com/1",
        "https://a_b.greenfax.com/1",
        f"https://{'a' * 64}.greenfax.com/1",
        f"https://{'a.' * 130}greenfax.com/1",
    ],
    "ports": [
        "https://www.greenfax.com:8443/1",
        "https://www.greenfax.com:22/1",
        "https://www.greenfax.com:0/1",
        "https://www.greenfax.com:/1",
        "https://www.greenfax.com:443x/1",
        "https://www.greenfax.com:-1/1",
        "https://www.greenfax.com:999999/1",
    ],
    "length": [f"https://www.greenfax.com/{'a' * 5_000}"],
}

NUMBERS = [
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0X7F.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.0x1/",
    "https://127.000.000.001/",
    "https://\u2460\u2461\u2466.0.0.1/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://8.8.8.8/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2606:4700:4700::1111]/",
    "https://[v1.x]/",
    "https://::1/",
    "https://localhost/",
    "https://metadata/",
]


@pytest.mark.parametrize("url", ALLOWED)
def test_a_plain_https_url_of_an_allowed_host_is_read(url: str) -> None:
    read = LISTED.read(url)
    assert (read.host, read.target) == ALLOWED[url]
    assert (read.scheme, read.port, read.is_neighbour) == ("https", 443, False)


@pytest.mark.parametrize("url", [url for group in REFUSED.values() for url in group])
def test_any_other_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        LISTED.read(url)
    assert "greenfax" not in str(refusal.value)
    assert "evil" not in str(refusal.value)


@pytest.mark.parametrize("url", NUMBERS)
def test_a_number_in_whatever_spelling_is_no_name(url: str) -> None:
    with pytest.raises(AddressRefused):
        ANY_HOST.read(url)


def test_without_a_list_every_name_is_worth_resolving() -> None:
    assert ANY_HOST.read("https://hooks.example.org/x").host == "hooks.example.org"
    with pytest.raises(AddressRefused):
        ANY_HOST.read("http://hooks.example.org/x")


def test_a_neighbour_is_one_origin_of_this_machine_and_no_other() -> None:
    read = NEIGHBOUR.read("http://127.0.0.1:8002/1.pdf")
    assert (read.is_neighbour, read.origin) == (True, "http://127.0.0.1:8002")
    for other in ("http://127.0.0.1:8003/", "https://127.0.0.1:8002/", "http://localhost:8002/"):
        with pytest.raises(AddressRefused):
            NEIGHBOUR.read(other)
