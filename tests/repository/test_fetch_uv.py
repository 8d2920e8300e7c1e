"""uv comes onto a machine whose Python has neither pip nor venv."""

import hashlib
import os
import platform
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from tools import fetch_uv

SCRIPT = b"#!/bin/sh\necho uv of the lock\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / f"uv-1.0-py3-none-musllinux_1_1_{platform.machine()}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("uv/__init__.py", b"")
        archive.writestr("uv-1.0.data/scripts/uvx", b"")
        archive.writestr("uv-1.0.data/scripts/uv", SCRIPT)
    return path


def lock_of(wheel: Path, digest: str) -> Path:
    lock = wheel.parent / "uv.lock"
    lock.write_text(
        f'[[package]]\nname = "uv"\nwheels = [{{ url = "{wheel.as_uri()}", hash = "sha256:{digest}" }}]\n',
        encoding="utf-8",
    )
    return lock


pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="the made-up wheels are for Linux")


def test_the_program_of_the_locked_wheel_can_be_run(wheel: Path, tmp_path: Path) -> None:
    lock = lock_of(wheel, hashlib.sha256(wheel.read_bytes()).hexdigest())
    fetch_uv.install(tmp_path / "private", lock)
    said = subprocess.run([tmp_path / "private/bin/uv"], capture_output=True, check=True, text=True)
    assert said.stdout == "uv of the lock\n"


def test_another_file_than_the_locked_one_is_refused(wheel: Path, tmp_path: Path) -> None:
    lock = lock_of(wheel, "0" * 64)
    with pytest.raises(SystemExit, match="not the file"):
        fetch_uv.install(tmp_path / "private", lock)
    assert not (tmp_path / "private").exists()


def test_pip_is_given_the_hash_of_every_file_of_the_locked_uv() -> None:
    (uv,) = (one for one in tomllib.loads(fetch_uv.LOCK.read_text("utf-8"))["package"] if one["name"] == "uv")
    first, *hashes = fetch_uv.requirement().split(" --hash=")
    assert first == f"uv=={uv['version']}"
    assert sorted(hashes) == sorted(file["hash"] for file in (*uv["wheels"], uv["sdist"]))
    # With hashes pip takes no other file, whatever a mirror offers.
    assert "--require-hashes" in (fetch_uv.LOCK.parent / "tools" / "uv").read_text("utf-8")


@pytest.mark.parametrize(
    ("system", "machine"),
    [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "x86_64"), ("Darwin", "arm64")],
)
def test_the_real_lock_has_a_uv_for_every_usual_machine(system: str, machine: str) -> None:
    packages = tomllib.loads(fetch_uv.LOCK.read_text(encoding="utf-8"))["package"]
    names = [wheel["url"] for package in packages if package["name"] == "uv" for wheel in package["wheels"]]
    assert machine in fetch_uv.wheel_of(names, system=system, machine=machine)


def test_a_machine_without_a_wheel_is_told_so() -> None:
    with pytest.raises(SystemExit, match="Plan9 on vax"):
        fetch_uv.wheel_of(["uv-1-py3-none-musllinux_1_1_x86_64.whl"], system="Plan9", machine="vax")


def test_the_uv_on_path_is_taken_as_it_is(tmp_path: Path) -> None:
    present = tmp_path / "uv"
    present.write_bytes(SCRIPT)
    present.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run(["tools/uv"], capture_output=True, check=True, text=True, env={"PATH": path})
    assert said.stdout == "uv of the lock\n"
