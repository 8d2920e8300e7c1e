"""What `make build` left in .aws-sam/build: each function with the layers it carries."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"
RUNTIME_LOOP = ROOT / ".tools" / "runtime"


@dataclass(frozen=True, slots=True)
class BuiltFunction:
    """A built function: its folder, its layers' folders in the template's order, its handler and its time."""

    name: str
    folder: Path
    layers: tuple[Path, ...]
    handler: str
    timeout_seconds: int

    @property
    def python_path(self) -> str:
        """Where Lambda looks for modules, in its order: the function, /opt/python, the runtime's own."""
        layers = [str(layer / "python") for layer in reversed(self.layers)]
        return os.pathsep.join([str(self.folder), *layers, str(RUNTIME_LOOP)])


def built_bundle() -> dict[str, BuiltFunction]:
    """Every function of the built bundle by its logical id, as `make build` left it."""
    # sam writes intrinsic functions out in full, so this is plain YAML.
    template = yaml.safe_load((BUILD / "template.yaml").read_text(encoding="utf-8"))
    common = template.get("Globals", {}).get("Function", {})
    return {
        name: _function(name, common, resource["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _function(name: str, common: dict[str, Any], own: dict[str, Any]) -> BuiltFunction:
    layers = [*common.get("Layers", []), *own.get("Layers", [])]
    merged = common | own
    return BuiltFunction(
        name=name,
        folder=BUILD / merged["CodeUri"],
        layers=tuple(BUILD / layer["Ref"] for layer in layers),
        handler=merged["Handler"],
        timeout_seconds=merged.get("Timeout", 3),
    )
