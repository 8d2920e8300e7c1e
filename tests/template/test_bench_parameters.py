"""What `make bench` starts is what a stack of everything has."""

from bench.contestants import PARAMETERS
from tests.support.template import Template


def test_the_bench_gives_what_each_function_needs_to_be_deployed() -> None:
    template = Template(PARAMETERS)
    functions = template.functions()
    assert functions
    assert [name for name in functions if not template.exists(name)] == []
