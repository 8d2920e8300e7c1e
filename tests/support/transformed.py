"""The templates as CloudFormation works on them: SAM's resources made into AWS's own by SAM's translator.

The translator is loaded when it is needed: it takes a second, in every process that collects tests.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import boto3

from local.runtime.template import read_document
from tests.support.template import ROOT

Section = dict[str, Any]

REGION = "ap-southeast-1"  # no region's name is longer
# Where `sam deploy` would put what lies on this machine, by the property that says so.
BUCKET = "artifacts"
CODE = {"function": "CodeUri", "layer": "ContentUri"}


@dataclass(frozen=True)
class Documents:
    """The bundle's template and the one nested in it. They are for every test: change a copy."""

    bundle: Section
    monitoring: Section

    def copy(self) -> "Documents":
        return Documents(**json.loads(self._text))

    @cached_property
    def _text(self) -> str:
        return json.dumps({"bundle": self.bundle, "monitoring": self.monitoring})

    def each(self) -> Iterator[tuple[str, Section]]:
        yield "template.yaml", self.bundle
        yield "monitoring.yaml", self.monitoring

    def of_type(self, kind: str) -> Iterator[tuple[str, Section]]:
        """Name and properties of every resource of this type."""
        for _, document in self.each():
            for name, resource in document["Resources"].items():
                if resource["Type"] == kind:
                    yield name, resource["Properties"]

    def first(self, kind: str) -> Section:
        return next(self.of_type(kind))[1]


@cache
def documents() -> Documents:
    return Documents(transformed({}), read_document(ROOT / "monitoring.yaml"))


def transformed(parameters: Mapping[str, str]) -> Section:
    """template.yaml after its transform; a test holds that no parameter's value changes any of it."""
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415

    document = read_document(ROOT / "template.yaml")
    values = {name: str(given.get("Default", "")) for name, given in document["Parameters"].items()}
    for resource in document["Resources"].values():
        properties = resource["Properties"]
        properties |= {name: f"s3://{BUCKET}/{key}" for key, name in CODE.items() if name in properties}
    # A session that knows its region: else SAM looks for one on this machine.
    translator = Translator(None, Parser(), boto_session=boto3.Session(region_name=REGION))
    made: Section = translator.translate(document, {**values, **parameters})
    return made
