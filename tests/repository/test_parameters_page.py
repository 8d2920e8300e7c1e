"""docs/parameters.md has every parameter of the template once, as it stands there."""

import re

from local.runtime.template import read_template
from tests.support.template import ROOT
from tools.parameters_page import PAGE, page


def test_the_page_is_what_the_template_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "make it anew: python -m tools.parameters_page"


def test_every_parameter_has_its_theme() -> None:
    named = re.findall(r"^\| `(\w+)` \|", page(), re.MULTILINE)
    assert sorted(named) == sorted(read_template(ROOT / "template.yaml").parameters)
