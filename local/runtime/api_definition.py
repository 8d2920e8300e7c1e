"""The routes that stand in the API's own definition, where a function's events can't hold them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from local.runtime.errors import UnknownConstruct
from local.runtime.function_plans import HttpRoute
from local.runtime.template import Section, reading

_INVOCATION: Final = re.compile(r"arn:aws:apigateway:[^:]+:lambda:path/2015-03-31/functions/(.+)/invocations")


@dataclass(frozen=True, slots=True)
class TokenRule:
    """Whose tokens open a route, and for whom they have to be."""

    issuer: str
    audience: Sequence[str]


@dataclass(frozen=True, slots=True)
class ApiDefinition:
    """`routes` lead to a function by its ARN. Without `tokens` no route asks for any."""

    tokens: TokenRule | None
    routes: Sequence[tuple[HttpRoute, str]]


def read_definition(
    where: str, properties: Mapping[str, Any], resolve: Callable[[str, Any], Any]
) -> ApiDefinition:
    """Raises `UnknownConstruct` for whatever the runner does not know."""
    where = f"{where}.DefinitionBody"
    given = properties.get("DefinitionBody", {"components": {}, "paths": {}})
    with reading(where, given, partial(resolve, where)) as definition:
        definition.pass_over("openapi", "info")
        schemes = definition.take("components").get("securitySchemes", {})
        rules = {name: _token_rule(f"{where}.{name}", scheme) for name, scheme in schemes.items()}
        if len(rules) > 1:
            raise UnknownConstruct(where, "a second security scheme")
        routes = [
            _route(f"{where}.{method} {path}", method, path, operation, rules)
            for path, methods in definition.take("paths").items()
            for method, operation in methods.items()
        ]
    return ApiDefinition(next(iter(rules.values()), None), routes)


def _token_rule(where: str, scheme: Any) -> TokenRule:
    with reading(where, scheme) as section:
        section.pass_over("type")
        with reading(where, section.take("x-amazon-apigateway-authorizer")) as authorizer:
            _refuse_others(authorizer, "type", "jwt")
            _refuse_others(authorizer, "identitySource", "$request.header.Authorization")
            with reading(where, authorizer.take("jwtConfiguration")) as configuration:
                return TokenRule(configuration.take("issuer"), configuration.take("audience"))


def _route(
    where: str, method: str, path: str, operation: Any, rules: Mapping[str, TokenRule]
) -> tuple[HttpRoute, str]:
    with reading(where, operation) as section:
        section.pass_over("responses")
        scopes = tuple(_scopes(where, section.take("security"), rules))
        with reading(where, section.take("x-amazon-apigateway-integration")) as integration:
            _refuse_others(integration, "type", "aws_proxy")
            _refuse_others(integration, "httpMethod", "POST")
            _refuse_others(integration, "payloadFormatVersion", "2.0")
            invocation = _INVOCATION.fullmatch(integration.take("uri"))
            if invocation is None:
                raise UnknownConstruct(where, "an integration that is no function")
    return HttpRoute(method.upper(), path, is_open=False, scopes=scopes), invocation[1]


def _scopes(where: str, security: Any, rules: Mapping[str, TokenRule]) -> Iterator[str]:
    for requirement in security:
        for name, scopes in requirement.items():
            if name not in rules or not scopes:
                raise UnknownConstruct(where, f"the security {name} with {scopes}")
            yield from scopes


def _refuse_others(section: Section, name: str, known: str) -> None:
    if (value := section.take(name)) != known:
        raise UnknownConstruct(section.where, f"the {name} {value}")
