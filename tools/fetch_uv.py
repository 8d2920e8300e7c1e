"""Fetches the uv that uv.lock names, with Python's own library: `python3 tools/fetch_uv.py FOLDER`.

With `--requirement` it says what pip has to be given to install that very uv.

A bare Debian Python has neither pip nor venv, and uv's own installer is a script from a third host. The lock
file has what it takes: an address and a hash.
"""

import hashlib
import platform
import sys
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "uv.lock"


def wheel_of(names: Iterable[str], *, system: str, machine: str) -> str:
    """The name of the wheel for a system; raises `SystemExit` if there is none."""
    # Wheels for musl are linked statically, so they run on every Linux.
    family = {"Linux": "musllinux", "Darwin": "macosx"}.get(system, system)
    for name in names:
        if family in name and name.endswith(f"_{machine}.whl"):
            return name
    raise SystemExit(f"uv.lock names no uv for {system} on {machine}")


def fetch(address: str, expected_hash: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - from our own lock file # nosec B310
        wheel: bytes = answer.read()
    if f"sha256:{hashlib.sha256(wheel).hexdigest()}" != expected_hash:
        raise SystemExit(f"{address} is not the file that uv.lock names")
    return wheel


def requirement(lock: Path = LOCK) -> str:
    """uv as pip takes it with --require-hashes: its version, and the hash of each of its files."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    (uv,) = (package for package in packages if package["name"] == "uv")
    hashes = [file["hash"] for file in (uv["sdist"], *uv["wheels"])]
    return " --hash=".join([f"uv=={uv['version']}", *hashes])


def install(folder: Path, lock: Path = LOCK) -> None:
    """Puts uv's program into `folder`/bin."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    wheels = {wheel["url"]: wheel["hash"] for p in packages if p["name"] == "uv" for wheel in p["wheels"]}
    address = wheel_of(wheels, system=platform.system(), machine=platform.machine())
    with zipfile.ZipFile(BytesIO(fetch(address, wheels[address]))) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".data/scripts/uv"))
        program = folder / "bin" / "uv"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_bytes(wheel.read(name))
        program.chmod(0o755)


if __name__ == "__main__":
    if sys.argv[1] == "--requirement":
        print(requirement())
    else:
        install(Path(sys.argv[1]))
