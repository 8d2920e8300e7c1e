"""By which root certificates a function knows AWS, and by which it knows the providers."""

import ssl
from hashlib import sha256
from pathlib import Path

import certifi
import httpcore
import pytest

from faxledger.providers.greenfax.feed import _trusted
from tests.support.template import raw_template
from tools.artifact import amazon_roots

# As https://www.amazontrust.com/repository/ publishes them.
FINGERPRINTS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
}
INSTALLED = Path(certifi.where()).parents[1]


def read(roots: str) -> set[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=roots)
    return {sha256(root).hexdigest() for root in context.get_ca_certs(binary_form=True)}


def test_the_layer_s_roots_are_those_that_amazon_publishes() -> None:
    assert read(amazon_roots(INSTALLED)) == FINGERPRINTS


def test_certifi_has_all_of_them() -> None:
    assert read(Path(certifi.where()).read_text("utf-8")) > FINGERPRINTS


def test_a_root_that_certifi_lacks_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "certifi").mkdir()
    without = Path(certifi.where()).read_text("utf-8").replace("Amazon Root CA 3", "Another Root")
    (tmp_path / "certifi/cacert.pem").write_text(without, "utf-8")
    with pytest.raises(SystemExit, match="certifi does not have Amazon Root CA 3"):
        amazon_roots(tmp_path)


def test_functions_know_aws_by_the_file_that_the_layer_brings() -> None:
    variables = raw_template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["AWS_CA_BUNDLE"] == {"Ref": "AwsCaBundle"}
    assert raw_template()["Parameters"]["AwsCaBundle"]["Default"] == "/opt/amazon-roots.pem"


def test_the_providers_are_known_by_certifi_s_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "amazon-roots.pem"
    bundle.write_text(amazon_roots(INSTALLED), "ascii")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    # The latter is what whoever fetches documents and delivers webhooks makes.
    for context in (_trusted.__wrapped__(), httpcore.default_ssl_context()):
        assert len(context.get_ca_certs()) > 100
