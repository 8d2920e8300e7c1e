"""What the tests of reading a feed have in common."""

import pytest

from tests.unit.usecases.feed.account import Account


@pytest.fixture
def account() -> Account:
    return Account()
