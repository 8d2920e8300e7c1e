"""A provider is one folder and one entry: what is about it is found there, and nothing else names it."""

from pathlib import Path

import pytest

from faxledger.bootstrap.providers import PROVIDERS
from faxledger.domain.fax import Provider

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "shared" / "faxledger"


def places_of(provider: Provider) -> set[str]:
    """Where a provider may be named beside its own folder: the enum, its functions, its entry."""
    return {"domain/fax.py", f"bootstrap/{provider}.py", "bootstrap/providers.py"}


@pytest.mark.parametrize("provider", Provider)
def test_nothing_but_its_folder_its_entry_and_the_enum_names_a_provider(provider: Provider) -> None:
    folder = PACKAGE / "providers" / provider
    named_in = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if folder not in path.parents and provider in f"{path.name}\n{path.read_text('utf-8')}".casefold()
    }
    assert named_in == places_of(provider)


def test_every_provider_has_an_entry_and_a_folder() -> None:
    folders = {path.name for path in (PACKAGE / "providers").iterdir() if (path / "__init__.py").exists()}
    assert set(PROVIDERS) == set(Provider)
    assert folders == set(Provider)
