"""Makes a page for people out of docs/openapi.yaml: each request, and what it takes and answers.

A document of OpenAPI is for programs, and what shows it to people fetches itself from elsewhere. This is
Markdown, which the site renders as it does every other page.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

Section = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "delete")
_HEAD: Final = """\
# API

{description}

This page is made from [openapi.yaml](openapi.yaml), which is for programs.
[Events](events/README.md) are what a stack says by itself.
"""


def page(document: Section) -> str:
    """The whole page, of a document of OpenAPI 3.1."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Section) -> Iterator[str]:
    yield _HEAD.format(description=document["info"]["description"].strip())
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield from _operation(f"{method.upper()} {path}", item[method], item, document)
    yield "## What is taken and answered\n"
    for name, schema in document["components"]["schemas"].items():
        yield f"### {name}\n"
        yield from _schema(schema)


def _operation(title: str, operation: Section, item: Section, document: Section) -> Iterator[str]:
    yield f"## `{title}`\n"
    yield f"{operation['summary']}.\n"
    if "description" in operation:
        yield f"{operation['description'].strip()}\n"
    yield "Signed by SigV4.\n" if operation.get("security") else "Guarded by the token in its path.\n"
    parameters = [
        _resolved(one, document) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))
    ]
    yield from _table(
        ("parameter", "in", "is", "what it says"),
        [(_named(one["name"], one), one["in"], type_of(one["schema"]), _text(one)) for one in parameters],
    )
    if body := operation.get("requestBody"):
        yield from _body(body, document)
    answers = {status: _resolved(answer, document) for status, answer in operation["responses"].items()}
    yield from _table(
        ("answer", "what it says", "is"),
        [(f"`{status}`", _text(answer), _content(answer)) for status, answer in answers.items()],
    )


def _body(body: Section, document: Section) -> Iterator[str]:
    yield f"The body is {_content(body)}. {_text(body)}".strip() + "\n"
    for kind, media in body["content"].items():
        for example in media.get("examples", {}).values():
            value = _resolved(example, document)["value"]
            if kind == "application/json":
                yield f"```json\n{json.dumps(value, indent=2)}\n```\n"
            else:
                yield f"```text\n{urlencode(value)}\n```\n"


def _content(entry: Section) -> str:
    return ", or ".join(
        f"`{kind}`: {type_of(media['schema'])}" if "schema" in media else f"`{kind}`"
        for kind, media in entry.get("content", {}).items()
    )


def _schema(schema: Section) -> Iterator[str]:
    if text := schema.get("description"):
        yield f"{text.strip()}\n"
    rows = list(_members(schema))
    if not rows or "allOf" in schema:
        yield f"{type_of(schema)}\n"
    yield from _table(("member", "is", "what it says"), rows)


def _members(schema: Section, within: str = "") -> Iterator[tuple[str, str, str]]:
    """Each member of an object, those of objects within it by their way: `evidence.queries[].read_at`."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        if not isinstance(member, Mapping):
            continue  # `true` and `false` only widen or narrow what another schema says
        way = f"{within}{name}"
        yield _named(way, {"required": name in required}), type_of(member), _text(member)
        inner, step = (member["items"], "[].") if "items" in member else (member, ".")
        yield from _members(inner, way + step)


def _named(name: str, entry: Section) -> str:
    return f"`{name}`" if entry.get("required") else f"`{name}`, optional"


def type_of(schema: Section) -> str:
    """What a value may be, in words; of a schema with a name its link."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several, word in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")):
        if several in schema and (said := [text for one in schema[several] if (text := type_of(one))]):
            return word.join(dict.fromkeys(said))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{str(value).strip()}`" for value in schema.get("enum", [schema.get("const")]))
    if "items" in schema:
        return f"a list of {type_of(schema['items'])}".strip()
    if isinstance(more := schema.get("additionalProperties"), Mapping) and "properties" not in schema:
        return f"an object; each member is {type_of(more)}"
    return _plain(schema)


def _plain(schema: Section) -> str:
    kind = schema.get("type", "")
    kinds: Sequence[str] = [kind] if isinstance(kind, str) else kind
    said = " or ".join(schema.get("format", one) if one == "string" else one for one in kinds)
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (
            ("minimum", "from"),
            ("maximum", "to"),
            ("minLength", "from"),
            ("maxLength", "up to"),
        )
        if key in schema
    ]
    if pattern := schema.get("pattern"):
        bounds.append(f"as `{pattern}`")
    if "default" in schema:
        bounds.append(f"else `{schema['default']}`")
    return ", ".join([said, *bounds])


def _text(entry: Section) -> str:
    return " ".join(str(entry.get("description", "")).split())


def _resolved(entry: Section, document: Section) -> Section:
    """What a reference points to, and what is said beside it."""
    if "$ref" not in entry:
        return entry
    found: Any = document
    for step in entry["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**found, **{key: value for key, value in entry.items() if key != "$ref"}}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield f"| {' | '.join(head)} |"
        yield f"| {' | '.join('---' for _ in head)} |"
        for row in rows:
            cells = (cell.replace("|", "\\|") for cell in row)
            yield f"| {' | '.join(cells)} |"
        yield ""
