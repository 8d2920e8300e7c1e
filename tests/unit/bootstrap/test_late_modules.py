"""A stand-in for a module is the module itself, a little later."""

import importlib
import sys
from collections.abc import Iterator

import pytest

from faxledger.bootstrap.late_modules import LateModule, Silent

NAME = "colorsys"  # a module that nobody else here has use for


@pytest.fixture
def late() -> Iterator[LateModule]:
    loaded = sys.modules.pop(NAME, None)
    stand_in = LateModule(NAME, {"rgb_to_hsv"})
    sys.modules[NAME] = stand_in
    yield stand_in
    sys.modules.pop(NAME, None)
    if loaded is not None:
        sys.modules[NAME] = loaded


def is_loaded() -> bool:
    return hasattr(sys.modules[NAME], "__file__")


def test_importing_it_loads_nothing(late: LateModule) -> None:
    assert importlib.import_module(NAME) is late
    assert not is_loaded()


def test_what_is_taken_out_of_it_by_name_loads_it_when_it_is_called(late: LateModule) -> None:
    taken = late.rgb_to_hsv
    assert not is_loaded()
    assert taken(0, 0, 1) == pytest.approx((2 / 3, 1, 1))
    assert is_loaded()
    assert late is not sys.modules[NAME]


def test_whatever_else_is_asked_of_it_loads_it(late: LateModule) -> None:
    assert round(late.ONE_THIRD * 3) == 1
    assert is_loaded()
    assert late.hsv_to_rgb is sys.modules[NAME].hsv_to_rgb


def test_what_it_lacks_is_lacking(late: LateModule) -> None:
    with pytest.raises(AttributeError, match="colorsys"):
        _ = late.nothing


def test_documentation_takes_everything_and_says_nothing() -> None:
    assert isinstance(Silent("PolicyDocument", new_type="dict").replace(section=1), Silent)
