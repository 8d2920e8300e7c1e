"""A provider is one folder and one entry: what is about it is found there, and nothing else names it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faxledger.bootstrap.providers import PROVIDERS
from faxledger.domain.fax import Provider

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "shared" / "faxledger"
RECIPE = ROOT / "docs" / "adding_a_provider.md"
# What else names a provider; of functions, events and tests each provider has some of its own.
ROOT_FILES = (
    "template.yaml",
    "monitoring.yaml",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "shared/Makefile",
)
FOLDERS = ("cli", "local", "docs", "tools")
TEXTS = {".py", ".yaml", ".toml", ".md", ".json", ""}
# The log of what was decided, and the recipe itself.
NOT_PLACES = {"docs/decisions.md", "docs/adding_a_provider.md"}


def places_of(provider: Provider) -> set[str]:
    """Where a provider may be named beside its own folder: the enum, its functions, its entry."""
    return {"domain/fax.py", f"bootstrap/{provider}.py", "bootstrap/providers.py"}


def is_named_in(path: Path, provider: Provider) -> bool:
    return provider in f"{path.name}\n{path.read_text('utf-8')}".casefold()


@pytest.mark.parametrize("provider", Provider)
def test_nothing_but_its_folder_its_entry_and_the_enum_names_a_provider(provider: Provider) -> None:
    folder = PACKAGE / "providers" / provider
    named_in = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if folder not in path.parents and is_named_in(path, provider)
    }
    assert named_in == places_of(provider)


def test_every_provider_has_an_entry_and_a_folder() -> None:
    folders = {path.name for path in (PACKAGE / "providers").iterdir() if (path / "__init__.py").exists()}
    assert set(PROVIDERS) == set(Provider)
    assert folders == set(Provider)


@pytest.mark.parametrize("provider", Provider)
def test_the_recipe_for_a_further_provider_names_every_place_that_names_one(provider: Provider) -> None:
    recipe = RECIPE.read_text("utf-8").replace("acme", provider)
    named_in = [str(path.relative_to(ROOT)) for path in outside_the_package() if is_named_in(path, provider)]
    unnamed = [
        name
        for name in named_in
        if f"local/show/simulators/{provider}/" not in name and name.removeprefix("docs/") not in recipe
    ]
    assert (len(named_in) > 20, unnamed) == (True, [])


def outside_the_package() -> Iterator[Path]:
    files = [ROOT / name for name in ROOT_FILES]
    for path in [*files, *(found for folder in FOLDERS for found in (ROOT / folder).rglob("*"))]:
        if path.is_file() and path.suffix in TEXTS and str(path.relative_to(ROOT)) not in NOT_PLACES:
            yield path
