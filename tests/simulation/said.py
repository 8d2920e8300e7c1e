"""What a provider has said, and was told is taken."""

from collections.abc import Callable
from typing import NamedTuple


class Said(NamedTuple):
    """About the fax of that key, whichever attempt it was; `again` says the very same."""

    key: str
    again: Callable[[], None]
