"""Makes what `sam build` puts into a layer or a function: code, its bytecode, and nothing else.

Run by Python 3.13, because bytecode is only used by the Python version that wrote it. Needs uv beside it.

Extension modules carry their processor in their names, so a layer holds them for x86_64 and arm64 side by
side: the same artifact serves functions of either architecture, and what was tested is what is deployed.
"""

import argparse
import compileall
import filecmp
import gzip
import hashlib
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / "tools" / "uv"
RUNTIME = (3, 13)
# Amazon Linux 2023, under the python3.13 runtime, has glibc 2.34.
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
# 2000-01-01T00:00Z: the same on every build, and a date that zip can hold in every time zone.
BUILT_AT = 946_684_800

# What the wheel needs for the command alone.
OF_THE_COMMAND = ("markupsafe", "shtab", "werkzeug")
# Each holds one dependency group of pyproject.toml.
GROUP_LAYERS = ("softlinx-api-layer", "api-input-layer")

# A bill of materials (PEP 770) names the processor it was built on, and uv.lock says as much.
NOT_CARRIED = {"tests", "sboms"}
NOT_READ_AT_RUN_TIME = {".pyi", ".pyx", ".pxd", ".pxi", ".c", ".cpp", ".h", ".a", ".typed"}
# Vulnerability scanners and importlib.metadata read METADATA; what is not named here is the installer's.
KEPT_OF_DIST_INFO = re.compile(r"METADATA|entry_points\.txt|licenses|(LICEN[CS]E|NOTICE|COPYING|AUTHORS).*")


def main() -> None:
    """Builds one artifact, as the Makefiles under functions/ and shared/ ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("function", "console-page", "shared-layer", *GROUP_LAYERS))
    parser.add_argument("--source", type=Path, default=Path.cwd(), help="where our own code is")
    parser.add_argument("--into", type=Path, required=True, help="sam's artifact folder")
    arguments = parser.parse_args()
    if sys.version_info[:2] != RUNTIME:
        sys.exit("Bytecode has to be written by the Lambda runtime's Python: run this with tools/python3.13.")
    artifact = arguments.into.resolve()
    if arguments.kind in {"function", "console-page"}:
        copy_code(arguments.source, artifact)
        if arguments.kind == "console-page":
            add_page(artifact / "page")
        # A version, which an alias and SnapStart need, is published when the function's own artifact changes.
        # A change in a layer alone would go unnoticed, so the artifact names what it is to be run with.
        (artifact / "shared.sha256").write_text(f"{shared_fingerprint()}\n", encoding="utf-8")
        # One file, for which it takes three times as long to start other processes as to compile it.
        compile_bytecode(artifact, mounted_at="/var/task", processes=1)
    else:
        packages = artifact / "python"
        if arguments.kind == "shared-layer":
            install(shared_pins(), packages)
            trim_botocore(packages)
            (artifact / "amazon-roots.pem").write_text(amazon_roots(packages), encoding="ascii")
            copy_code(arguments.source / "faxledger", packages / "faxledger")
        else:
            install(group_pins(arguments.kind.removesuffix("-layer")), packages)
        compile_bytecode(artifact, mounted_at="/opt", processes=os.cpu_count() or 1)
    make_reproducible(artifact)


def copy_code(source: Path, target: Path) -> None:
    """Copies a folder of our own code, without what earlier runs left in it."""
    leftovers = shutil.ignore_patterns("__pycache__", "*.pyc", "Makefile")
    shutil.copytree(source, target, ignore=leftovers, dirs_exist_ok=True)


def add_page(target: Path) -> None:
    """The console's page, built where it is not; without npm the function says that it has none."""
    make = shutil.which("make")
    if make and shutil.which("npm"):
        subprocess.run([make, "--silent", "console"], cwd=ROOT, check=True)
    built = ROOT / "console" / "built"
    if (built / "index.html").is_file():
        shutil.copytree(built, target)
    else:
        print(
            "ConsolePage is built without its page: `make console` builds that, with Node's npm",
            file=sys.stderr,
        )


def shared_fingerprint() -> str:
    """What the layers are made from: our own shared code, the lock, and how they are built."""
    fingerprint = hashlib.sha256()
    shared = (path for path in files(ROOT / "shared") if path.suffix != ".pyc")
    for path in [*shared, ROOT / "uv.lock", ROOT / "pyproject.toml", Path(__file__)]:
        fingerprint.update(path.name.encode() + b"\0" + path.read_bytes())
    return fingerprint.hexdigest()


def shared_pins() -> dict[str, str]:
    """What every function carries."""
    return locked("--no-default-groups", *(f"--no-emit-package={name}" for name in OF_THE_COMMAND))


def group_pins(group: str) -> dict[str, str]:
    """What a group of pyproject.toml needs and the SharedLayer lacks."""
    already_shared = shared_pins()
    wanted = locked("--only-group", group)
    return {name: pin for name, pin in wanted.items() if name not in already_shared}


def locked(*groups: str) -> dict[str, str]:
    """The packages that uv.lock pins for a selection of groups: by name, the requirement with its hashes."""
    export = (
        "export",
        "--frozen",
        "--no-emit-project",
        "--no-header",
        "--no-annotate",
        "--project",
        str(ROOT),
    )
    pins = re.split(r"\n(?=\S)", uv(*export, *groups).strip())
    return {pin.partition("==")[0]: pin for pin in pins}


def install(pins: dict[str, str], target: Path) -> None:
    """Installs wheels for every architecture into one folder; exits when two wheels disagree about a file."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="faxledger-layer-") as temporary:
        requirements = Path(temporary, "requirements.txt")
        requirements.write_text("\n".join(pins.values()) + "\n", encoding="utf-8")
        # Copied, not linked: the files are changed below, and through a link that would change uv's cache.
        as_packed = ("pip", "install", "--quiet", "--no-deps", "--link-mode", "copy", "--no-compile-bytecode")
        wheels = (
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--python",
            sys.executable,
            "--python-version",
            "3.13",
        )
        for platform in PLATFORMS:
            installed = Path(temporary, platform)
            where = ("--python-platform", platform, "--target", str(installed))
            uv(*as_packed, *wheels, *where, "--requirements", str(requirements))
            prune(installed)
            merge(installed, target)


def prune(installed: Path) -> None:
    """Removes what a running function never reads: tests, stubs, C sources, commands, bills of materials."""
    for path in sorted(installed.rglob("*"), reverse=True):
        if path.is_dir():
            if path.name in NOT_CARRIED or path == installed / "bin" or not any(path.iterdir()):
                shutil.rmtree(path)
        elif path.suffix in NOT_READ_AT_RUN_TIME or is_installers_note(path):
            path.unlink()


def is_installers_note(path: Path) -> bool:
    return path.name == ".lock" or (
        path.parent.suffix == ".dist-info" and not KEPT_OF_DIST_INFO.fullmatch(path.name)
    )


def merge(installed: Path, target: Path) -> None:
    for path in files(installed):
        place = target / path.relative_to(installed)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, place)
        elif not filecmp.cmp(path, place, shallow=False):
            sys.exit(f"One layer can't hold {' and '.join(PLATFORMS)}: {place} differs between them.")


def amazon_roots(packages: Path) -> str:
    """The roots that pyproject.toml names, out of certifi's; exits if it lacks one.

    A connection reads every root that it may trust. Amazon's five take a twentieth of certifi's time.
    """
    certifi = (packages / "certifi" / "cacert.pem").read_text(encoding="utf-8")
    entries = re.findall(
        r'^# Label: "(.+)"\n(?:#.*\n)*(-----BEGIN.*\n(?:[^-].*\n)+-----END.*\n)', certifi, re.MULTILINE
    )
    known: dict[str, str] = dict(entries)
    wanted = project_settings()["aws-roots"]
    if unknown := set(wanted) - known.keys():
        sys.exit(f"pyproject.toml, aws-roots: certifi does not have {', '.join(sorted(unknown))}.")
    return "".join(known[name] for name in wanted)


def project_settings() -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = settings["tool"]["faxledger"]
    return found


def trim_botocore(packages: Path) -> None:
    """Keeps what botocore knows of the AWS services that pyproject.toml names; exits if it lacks one.

    A client reads its service's description and the endpoints of all services at every start, so what is left
    out here is a seventh of a callback function's cold start (bench/).
    """
    wanted = set(project_settings()["botocore-services"])
    known = packages / "botocore" / "data"
    described = {path.name: path for path in known.iterdir() if path.is_dir()}
    if unknown := wanted - described.keys():
        sys.exit(f"pyproject.toml, botocore-services: botocore does not know {', '.join(sorted(unknown))}.")
    for service in described.keys() - wanted:
        shutil.rmtree(described[service])
    operations = project_settings()["aws-operations"]
    prefixes = {
        reduce_description(path, operations.get(service))
        for service in wanted
        for path in described[service].rglob("service-2.json.gz")
    }
    keep_endpoints(known / "endpoints.json", prefixes)


def reduce_description(packed: Path, operations: list[str] | None) -> str:
    """Unpacks a service's description of some operations, undocumented; gives the endpoint prefix."""
    description = json.loads(gzip.decompress(packed.read_bytes()))
    without = without_documentation(description)
    # botocore reads the documentation of these, which S3 has, and fails where there is none.
    without |= {name: item for name, item in description.items() if name == "clientContextParams"}
    if operations is not None:
        without = keep_operations(without, operations)
    packed.with_suffix("").write_text(json.dumps(without, separators=(",", ":")), encoding="utf-8")
    packed.unlink()
    prefix: str = description["metadata"]["endpointPrefix"]
    return prefix


def keep_operations(description: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """A service's description with these operations and their shapes alone; exits if it lacks one."""
    if unknown := set(wanted) - description["operations"].keys():
        sys.exit(f"pyproject.toml, aws-operations: botocore does not know {', '.join(sorted(unknown))}.")
    kept = {name: value for name, value in description["operations"].items() if name in wanted}
    shapes, reached = description["shapes"], set[str]()
    ahead = shapes_named(kept)
    while ahead:
        reached |= ahead
        ahead = shapes_named([shapes[name] for name in ahead]) - reached
    return {
        **description,
        "operations": kept,
        "shapes": {name: shape for name, shape in shapes.items() if name in reached},
    }


def shapes_named(node: Any) -> set[str]:
    """The shapes that a part of a description refers to. A shape may have a member called shape."""
    if isinstance(node, list):
        return {name for item in node for name in shapes_named(item)}
    if isinstance(node, dict):
        below = {name for item in node.values() for name in shapes_named(item)}
        named = node.get("shape")
        return below | {named} if isinstance(named, str) else below
    return set()


def without_documentation(node: Any) -> Any:
    """A shape may have a member called documentation; what is left out is the text of that name."""
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    if isinstance(node, dict):
        return {
            name: without_documentation(item)
            for name, item in node.items()
            if not (name == "documentation" and isinstance(item, str))
        }
    return node


def keep_endpoints(path: Path, prefixes: set[str]) -> None:
    """Leaves out the endpoints of services that have no client here."""
    endpoints = json.loads(path.read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in prefixes}
    path.write_text(json.dumps(endpoints, separators=(",", ":")), encoding="utf-8")


def compile_bytecode(artifact: Path, mounted_at: str, processes: int) -> None:
    """Writes bytecode that Python uses whatever zip and time zones did to the source's date."""
    compiled = compileall.compile_dir(
        artifact,
        quiet=1,
        workers=processes,
        stripdir=str(artifact),
        prependdir=mounted_at,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit(f"Not everything in {artifact} could be compiled; the lines above say what.")


def make_reproducible(artifact: Path) -> None:
    """Gives every file one date, and rights that let Lambda's user read it whatever the umask was here."""
    for path in [artifact, *artifact.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (BUILT_AT, BUILT_AT))


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def uv(*arguments: str) -> str:
    finished = subprocess.run([UV, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
        sys.exit(f"uv {' '.join(arguments[:2])} failed; the lines above say why.")
    return finished.stdout


if __name__ == "__main__":
    main()
