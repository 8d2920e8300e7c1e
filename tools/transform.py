"""Prints the templates by file name as CloudFormation gets them: after SAM's own transformation.

Runs in the SAM CLI's environment, whose translator is the one that `sam validate` uses too; it holds pydantic
back, so it is not in uv.lock. Where `sam package` would upload code, a made-up place stands.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

# What `sam package` replaces by where it has put it.
LOCAL_PATHS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
CODE = "s3://code/archive.zip"


class NoManagedPolicies:
    """The roles are the template's own."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(path: Path) -> Any:
    template = yaml_parse(path.read_text(encoding="utf-8"))
    if "Transform" not in template:
        return template
    for resource in template["Resources"].values():
        if resource["Type"] in LOCAL_PATHS:
            resource["Properties"][LOCAL_PATHS[resource["Type"]]] = CODE
    return transform(template, {}, NoManagedPolicies())


print(json.dumps({name: transformed(Path(name)) for name in sys.argv[1:]}, indent=1))
