"""The site has every page, each link leads somewhere there too, and the API's page has all of the API."""

import re
from pathlib import Path

import pytest

from tests.support.openapi import openapi
from tools.api_page import page, type_of
from tools.site import PAGES, with_links

ROOT = Path(__file__).parents[2]
LAID = {"README.md", "docs/operations.md", "docs/api.md", "docs/openapi.yaml", "docs/terminal.svg"}
CODE = "https://code.example/blob/v1"
API = page(openapi())


def test_every_page_stands_in_the_sites_contents() -> None:
    written = {str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]}
    assert written | {"docs/api.md"} == set(PAGES)
    assert len(PAGES) == len(set(PAGES))


@pytest.mark.parametrize(
    ("link", "without_source", "with_source"),
    [
        ("[how](operations.md#sending)", "[how](operations.md#sending)", "[how](operations.md#sending)"),
        ("[home](../README.md)", "[home](../README.md)", "[home](../README.md)"),
        ("![a day](terminal.svg)", "![a day](terminal.svg)", "![a day](terminal.svg)"),
        ("[all](#all)", "[all](#all)", "[all](#all)"),
        ("[SAM](https://aws.example)", "[SAM](https://aws.example)", "[SAM](https://aws.example)"),
        ("[API](openapi.yaml)", "[API](/docs/api.md)", "[API](/docs/api.md)"),
        ("[`site.py`](../tools/site.py)", "`site.py`", f"[`site.py`]({CODE}/tools/site.py)"),
        ("[a folder](policies/)", "a folder", f"[a folder]({CODE}/docs/policies)"),
        # Nowhere: Sphinx refuses it.
        ("[gone](gone.md)", "[gone](gone.md)", "[gone](gone.md)"),
    ],
)
def test_a_link_to_what_is_no_page_leads_to_the_code(
    link: str, without_source: str, with_source: str
) -> None:
    for source, linked in (("", without_source), (CODE, with_source)):
        assert with_links(link, page="docs/security.md", laid=LAID, source=source) == linked


def test_a_command_is_left_as_it_is() -> None:
    block = "```sh\necho '[x](../tools/site.py)'\n```"
    assert with_links(block, page="docs/security.md", laid=LAID, source=CODE) == block


def test_the_apis_page_has_every_request_and_every_schema() -> None:
    headings = set(re.findall(r"^##+ `?([^`\n]+)`?$", API, re.MULTILINE))
    requests = {
        f"{method.upper()} {path}"
        for path, item in openapi()["paths"].items()
        for method in item.keys() - {"parameters"}
    }
    assert headings == requests | set(openapi()["components"]["schemas"]) | {"What is taken and answered"}


def test_every_link_on_the_apis_page_leads_to_a_schema() -> None:
    schemas = {name.lower() for name in openapi()["components"]["schemas"]}
    assert set(re.findall(r"\]\(#([^)]+)\)", API)) <= schemas


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/components/schemas/FaxId"}, "[FaxId](#faxid)"),
        ({"oneOf": [{"$ref": "#/components/schemas/Cost"}, {"type": "null"}]}, "[Cost](#cost) or null"),
        ({"type": ["string", "null"], "format": "date-time"}, "date-time or null"),
        ({"type": "integer", "minimum": 1, "maximum": 20}, "integer, from 1, to 20"),
        ({"enum": ["sent", "failed"]}, "`sent` or `failed`"),
        ({"type": "array", "items": {"type": "string"}}, "a list of string"),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "an object; each member is integer",
        ),
    ],
)
def test_what_a_value_may_be_is_said_in_words(schema: dict[str, object], said: str) -> None:
    assert type_of(schema) == said
