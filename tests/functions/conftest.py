from collections.abc import Iterator

import pytest

from tests.support.bundle_on_moto import Stack, bundle_on_moto


@pytest.fixture
def stack() -> Iterator[Stack]:
    """The bundle's functions over moto's AWS."""
    with bundle_on_moto() as deployed:
        yield deployed
