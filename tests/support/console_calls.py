"""The routes by which the hosted console asks, from the definition of the template's API."""

import re
from collections.abc import Iterator

from tests.support.template import raw_template

_PREFIX = "${ConsoleScopePrefix}"


def console_calls() -> Iterator[tuple[str, str, str, str]]:
    """Method, path, the function that answers, and the scope that is asked for, without its prefix."""
    definition = raw_template()["Resources"]["Api"]["Properties"]["DefinitionBody"]
    for path, conditional in definition["paths"].items():
        condition, methods, otherwise = conditional["Fn::If"]
        assert (condition, otherwise) == ("HostsConsole", {"Ref": "AWS::NoValue"})
        for method, operation in methods.items():
            ((scheme, (scope,)),) = (one for asked in operation["security"] for one in asked.items())
            assert scheme == "ConsoleTokens"
            function = re.search(r"functions/\$\{(\w+)\.Arn\}", str(operation))
            assert function is not None
            assert scope["Fn::Sub"].startswith(_PREFIX)
            yield method.upper(), path, function[1], scope["Fn::Sub"].removeprefix(_PREFIX)
