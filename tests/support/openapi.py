"""docs/openapi.yaml, to hold the handlers' real answers against."""

from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.support.bundle_on_moto import Answer
from tests.support.template import ROOT


@cache
def openapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    return document


def hold_against_openapi(answer: Answer, method: str, path: str) -> None:
    """Fails unless the answer is one that the document lists for this route, headers and body included."""
    described = openapi()["paths"][path][method]["responses"].get(str(answer.status))
    assert described, f"{method} {path} is not said to answer {answer.status}"
    if "$ref" in described:
        described = openapi()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    if "content" in described:
        media_type = answer.headers["content-type"].partition(";")[0]
        validator_of(described["content"][media_type]["schema"]).validate(
            answer.body if media_type.startswith("text/") else answer.document
        )
    else:
        assert answer.body == ""
    required = {name for name, header in described.get("headers", {}).items() if header.get("required")}
    assert required <= set(answer.headers)


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of one schema of the document, whose references may lead anywhere in it."""
    return Draft202012Validator(
        {**schema, "components": openapi()["components"]}, format_checker=FormatChecker()
    )
