"""What is started and timed: the functions of the built bundle, and peers that do a callback's job."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from shutil import copy, rmtree
from typing import Any

import yaml

from tools.artifact import prune, trim_botocore

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".aws-sam" / "build"
PEER_BUILDS = ROOT / ".tools" / "bench"

CALLBACKS = ("SoftlinxCallback", "GreenFaxNotify")
# What a person has to give for every function to be deployed; all else keeps the template's defaults.
PARAMETERS = {
    "SoftlinxRealm": "acme",
    "GreenFaxAccountId": "12345",
    "GreenFaxSender": "fax@example.com",
    "StatusEmailRuleSet": "faxes",
    "ConsoleIssuer": "https://login.example.com",
    "ConsoleClientId": "console",
}

# Each peer's requirements.txt, as its users would write it; the versions are uv.lock's.
PEERS = {
    "bare": ("botocore",),
    "powertools": ("aws-lambda-powertools[parser]", "boto3"),
    "fastapi": ("boto3", "fastapi", "mangum"),
    "flask": ("apig-wsgi", "boto3", "flask"),
}


class Build(StrEnum):
    """How a contestant is built; each way does all that the one before it does."""

    # What `pip install --target` or a stock `sam build` leaves: no bytecode.
    USUAL = "usual build"
    BYTECODE = "bytecode"
    # As the bundle's own layer is: what a function never reads is gone from it.
    TRIMMED = "bytecode, trimmed as ours"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A built function: its folder (/var/task), layers (/opt), the variables its template sets, an event."""

    name: str
    build: Build
    folder: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    event: Mapping[str, Any]

    @property
    def is_callback(self) -> bool:
        """Whether it does the job all are compared by: take a callback, write it, answer."""
        return self.name in CALLBACKS or self.name in PEERS

    @property
    def python_path(self) -> tuple[Path, ...]:
        """Where Lambda looks for a function's modules, in its order."""
        return (self.folder, *(layer / "python" for layer in reversed(self.layers)))


def bundle() -> list[Contestant]:
    """Every function of the built bundle, in the template's order, with its event from events/."""
    template = yaml.safe_load((BUILD / "template.yaml").read_text(encoding="utf-8"))
    common = template["Globals"]["Function"]
    return [
        _function(name, template, common, resource["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _function(
    name: str, template: Mapping[str, Any], common: Mapping[str, Any], own: Mapping[str, Any]
) -> Contestant:
    variables = {
        name: value
        for properties in (common, own)
        for name, value in properties.get("Environment", {}).get("Variables", {}).items()
    }
    layers = [BUILD / layer["Ref"] for layer in (*common.get("Layers", []), *own.get("Layers", []))]
    # events/ is named as functions/ is: greenfax_notify.json for GreenFaxNotify.
    events = {path.stem.replace("_", ""): path for path in (ROOT / "events").glob("*.json")}
    return Contestant(
        name=name,
        build=Build.TRIMMED,
        folder=BUILD / own["CodeUri"],
        layers=tuple(layers),
        environment={
            variable: _unpacked(str(resolved(template, value)), BUILD / own["CodeUri"], layers)
            for variable, value in variables.items()
        },
        event=json.loads(events[name.lower()].read_text(encoding="utf-8")),
    )


def _unpacked(value: str, folder: Path, layers: Sequence[Path]) -> str:
    """What Lambda would have under /var/task lies in the function's folder here, under /opt in a layer's."""
    unpacked = [("/var/task/", folder), *(("/opt/", layer) for layer in layers)]
    places = [there / value.removeprefix(prefix) for prefix, there in unpacked if value.startswith(prefix)]
    return next((str(place) for place in places if place.exists()), value)


def resolved(template: Mapping[str, Any], value: Any) -> Any:
    """A value of the built template: a parameter's, a resource's logical id, or values joined."""
    match value:
        case {"Ref": name} if name in template["Parameters"]:
            return PARAMETERS.get(name, template["Parameters"][name].get("Default"))
        case {"Ref": name}:
            return name
        case {"Fn::Join": [separator, {"Ref": _} as listed]}:
            return separator.join(str(resolved(template, listed)).split(","))
        case {"Fn::Sub": str() as text}:
            # Names, of which nothing depends here.
            return text
        case {"Fn::If": [_, chosen, _]}:
            # What PARAMETERS has deployed: both providers.
            return resolved(template, chosen)
        case dict():
            raise ValueError(f"the benchmark can't resolve {value}")
    return value


def peer(name: str, build: Build, python: Path, event: Mapping[str, Any]) -> Contestant:
    """A peer, built first unless it was built from the very same; exits if that fails."""
    folder = PEER_BUILDS / build.name.lower() / name
    inputs = [
        ROOT / "uv.lock",
        ROOT / "tools/artifact.py",
        Path(__file__),
        ROOT / f"bench/peers/{name}/app.py",
    ]
    made_of = sha256(b"\0".join(path.read_bytes() for path in inputs) + bytes(python)).hexdigest()
    stamp = folder.with_suffix(".made-of")
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != made_of:
        print(f"building the peer {name}: {build}", file=sys.stderr)
        rmtree(folder, ignore_errors=True)
        _install(PEERS[name], folder, python)
        copy(inputs[-1], folder)
        if build is Build.TRIMMED:
            prune(folder)
            trim_botocore(folder)
        if build is not Build.USUAL:
            _run(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", folder)
        stamp.write_text(made_of, encoding="ascii")
    variables = {"TABLE": "Table", "CALLBACK_TOKEN": event["pathParameters"]["token"]}
    return Contestant(name, build, folder, (), variables, event)


def _install(requirements: tuple[str, ...], folder: Path, python: Path) -> None:
    folder.mkdir(parents=True)
    locked = PEER_BUILDS / "locked.txt"
    _run(
        "tools/uv",
        "export",
        "--frozen",
        "--quiet",
        "--all-groups",
        "--no-emit-project",
        "--output-file",
        locked,
    )
    target = ("--target", folder, "--python", python, "--constraints", locked)
    # Copied, not linked: what is removed or compiled below would be so in uv's cache as well.
    as_pip = ("--link-mode", "copy", "--no-compile-bytecode", "--only-binary", ":all:")
    _run("tools/uv", "pip", "install", "--quiet", *as_pip, *target, *requirements)


def _run(*command: str | Path) -> None:
    finished = subprocess.run(command, cwd=ROOT, check=False)
    if finished.returncode:
        sys.exit(f"{' '.join(map(str, command[:3]))} failed; the lines above say why.")
