"""The artifacts that `make build` leaves, treated as a deployment treats them."""

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.built import BUILD, ROOT, BuiltFunction

LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024
SOAP_PACKAGES = {"zeep", "lxml", "requests"}
# tools/artifact.py gives this date to all files: 2000-01-01T00:00Z.
BUILT_AT = 946_684_800
SPEAKS_SOAP = {"SoftlinxPoll", "MarkFax", "RetrieveContent", "SendFax"}

pytestmark = pytest.mark.usefixtures("bundle")


def artifact_folders() -> list[Path]:
    return [folder for folder in sorted(BUILD.iterdir()) if folder.is_dir()]


def packages(layer: str) -> set[str]:
    return {path.stem for path in (BUILD / layer / "python").iterdir() if path.suffix in {"", ".py"}}


def files(folder: Path, pattern: str = "*") -> Iterator[Path]:
    return (path for path in folder.rglob(pattern) if path.is_file())


@pytest.fixture(scope="module")
def deployed(bundle: dict[str, BuiltFunction], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every artifact after a zip, an unzip in another time zone, and a new date on every file."""
    archives, target = tmp_path_factory.mktemp("archives"), tmp_path_factory.mktemp("deployed")
    for folder in artifact_folders():
        # Not compressed, which takes seconds and changes nothing of what comes out again.
        with zipfile.ZipFile(archives / folder.name, "w", zipfile.ZIP_STORED) as archive:
            for path in files(folder):
                archive.write(path, path.relative_to(folder))
    unzip = """
import pathlib, sys, zipfile
archives, target = map(pathlib.Path, sys.argv[1:])
for archive in archives.iterdir():
    zipfile.ZipFile(archive).extractall(target / archive.name)
"""
    subprocess.run(
        [sys.executable, "-c", unzip, archives, target],
        check=True,
        env=dict(os.environ, TZ="Pacific/Kiritimati"),
    )
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    for path in files(target):
        os.utime(path, (tomorrow, tomorrow))
    assert bundle
    return target


def modules_read(python: Path, deployed: Path, functions: Collection[BuiltFunction]) -> dict[str, list[str]]:
    """Imports the handlers as Lambda would, but all into one process, so that what they share is read once.

    Gives the files read as bytecode and those that were compiled.
    """
    watch = """
import importlib, importlib.machinery, json, sys
loader = importlib.machinery.SourceFileLoader
read = {"compiled": [], "cached": []}
compile_source, load = loader.source_to_code, loader.get_code
def source_to_code(self, data, path, **options):
    read["compiled"].append(path)
    return compile_source(self, data, path, **options)
def get_code(self, name):
    read["cached"].append(self.path)
    return load(self, name)
loader.source_to_code, loader.get_code = source_to_code, get_code
functions, layers = map(json.loads, sys.argv[1:])
sys.path[:0] = layers
for function in functions:
    sys.path.insert(0, function)
    importlib.import_module("app").handler
    sys.path.remove(function)
    del sys.modules["app"]
read["cached"] = [path for path in read["cached"] if path not in read["compiled"]]
print(json.dumps(read))
"""
    folders = [str(deployed / function.name) for function in functions]
    layers = {str(deployed / layer.name / "python") for function in functions for layer in function.layers}
    ran = subprocess.run(
        [python, "-I", "-c", watch, json.dumps(folders), json.dumps(sorted(layers))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    read: dict[str, list[str]] = json.loads(ran.stdout.splitlines()[-1])
    return {how: [path for path in paths if str(deployed) in path] for how, paths in read.items()}


def test_the_runtime_reads_only_bytecode_after_zip_unzip_and_another_time_zone(
    bundle: dict[str, BuiltFunction], python313: Path, deployed: Path
) -> None:
    read = modules_read(python313, deployed, bundle.values())
    assert read["compiled"] == []
    assert set(read["cached"]) >= {str(deployed / function.name / "app.py") for function in bundle.values()}
    assert any("/faxledger/" in path for path in read["cached"])


def test_a_source_that_changed_after_the_build_is_not_looked_at(
    bundle: dict[str, BuiltFunction], python313: Path, deployed: Path, tmp_path: Path
) -> None:
    function = bundle["SoftlinxCallback"]
    for folder in (function.folder, *function.layers):
        shutil.copytree(deployed / folder.name, tmp_path / folder.name)
    for source in files(tmp_path, "*.py"):
        source.write_text("raise AssertionError('compiled from source')\n", encoding="utf-8")

    read = modules_read(python313, tmp_path, [function])

    assert read["compiled"] == []
    assert read["cached"]


def test_everything_has_its_bytecode() -> None:
    without = [
        str(source.relative_to(BUILD))
        for folder in artifact_folders()
        for source in files(folder, "*.py")
        if not (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").exists()
    ]
    assert without == []


def test_no_bytecode_asks_for_the_date_of_its_source() -> None:
    # PEP 552: flags 1 in the second word is a hash that is not checked.
    flags = {path.read_bytes()[4:8] for folder in artifact_folders() for path in files(folder, "*.pyc")}
    assert flags == {b"\x01\x00\x00\x00"}


def test_soap_is_only_in_its_own_layer(bundle: dict[str, BuiltFunction]) -> None:
    assert packages("SoftlinxApiLayer") >= SOAP_PACKAGES
    assert not packages("SharedLayer") & SOAP_PACKAGES
    carrying = {name for name, built in bundle.items() if BUILD / "SoftlinxApiLayer" in built.layers}
    assert carrying == SPEAKS_SOAP


def test_no_layer_holds_what_the_shared_one_has() -> None:
    shared = packages("SharedLayer")
    assert shared & (packages("SoftlinxApiLayer") | packages("ApiInputLayer")) == set()


def test_pydantic_is_only_where_the_json_of_others_comes_in(bundle: dict[str, BuiltFunction]) -> None:
    assert "pydantic" in packages("ApiInputLayer")
    for layer in ("SharedLayer", "SoftlinxApiLayer"):
        assert not any(name.startswith("pydantic") for name in packages(layer))
    carrying = {name for name, built in bundle.items() if BUILD / "ApiInputLayer" in built.layers}
    assert carrying == {"SubmitFax"}


def test_a_function_is_its_handler_and_nothing_else(bundle: dict[str, BuiltFunction]) -> None:
    for function in bundle.values():
        inside = {str(path.relative_to(function.folder)) for path in files(function.folder)}
        if function.name == "ConsolePage":
            inside = {name for name in inside if not name.startswith("page/")}
        assert inside == {"app.py", "shared.sha256", "__pycache__/app.cpython-313.pyc"}


def test_a_change_of_shared_code_changes_every_function_so_that_a_new_version_is_published(
    python313: Path, tmp_path: Path
) -> None:
    for part in ("shared", "tools", "functions", "uv.lock", "pyproject.toml"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part)
        else:
            shutil.copy(ROOT / part, tmp_path / part)

    def fingerprint() -> str:
        tool, artifact = tmp_path / "tools/artifact.py", tmp_path / "artifact"
        command: list[str | Path] = [python313, tool, "function", "--into", artifact]
        subprocess.run(command, cwd=tmp_path / "functions/announce", check=True)
        return (tmp_path / "artifact/shared.sha256").read_text("utf-8")

    before = fingerprint()
    assert fingerprint() == before
    (tmp_path / "shared/faxledger/errors.py").write_text("raise SystemExit\n", encoding="utf-8")
    assert fingerprint() != before


def test_layers_carry_neither_tests_nor_type_stubs_nor_c_sources() -> None:
    for layer in ("SharedLayer", "SoftlinxApiLayer", "ApiInputLayer"):
        for path in (BUILD / layer).rglob("*"):
            assert path.name != "tests"
            assert path.suffix not in {".pyi", ".pyx", ".pxd", ".h", ".c"}


def test_every_extension_module_is_there_for_both_processors() -> None:
    for layer in ("SoftlinxApiLayer", "ApiInputLayer"):
        modules = {path.name for path in files(BUILD / layer, "*.so")}
        assert modules
        for name in modules:
            assert "-x86_64-" in name or "-aarch64-" in name
            assert name.replace("-x86_64-", "-aarch64-") in modules
            assert name.replace("-aarch64-", "-x86_64-") in modules
    assert not list(files(BUILD / "SharedLayer", "*.so"))


def test_every_function_fits_into_lambda_with_its_layers(bundle: dict[str, BuiltFunction]) -> None:
    for function in bundle.values():
        size = sum(
            path.stat().st_size for place in (function.folder, *function.layers) for path in files(place)
        )
        assert size < LAMBDA_LIMIT_BYTES


def test_every_file_may_be_read_by_lambdas_user() -> None:
    for folder in artifact_folders():
        assert all(path.stat().st_mode & 0o444 == 0o444 for path in folder.rglob("*"))


def test_the_shared_layer_describes_every_aws_service_that_the_code_makes_a_client_of() -> None:
    described = {path.name for path in (BUILD / "SharedLayer/python/botocore/data").iterdir()}
    for source in files(ROOT / "shared/faxledger", "*.py"):
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and "client" in ast.unparse(call.func).rpartition(".")[2].lower():
                named = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
                assert {name for name in named if isinstance(name, str)} <= described, source


def test_building_again_gives_the_same_bytes(python313: Path, tmp_path: Path) -> None:
    built, again = BUILD / "SharedLayer", tmp_path / "again"
    subprocess.run(
        ["make", "--silent", "--file", ROOT / "shared/Makefile", "build-SharedLayer"],
        cwd=ROOT / "shared",
        env=dict(os.environ, ARTIFACTS_DIR=str(again), PYTHON313=str(python313)),
        check=True,
    )
    # There are machines on which somebody adds certificates of their own to whatever lies about.
    added = touched_since(built) | touched_since(again)
    assert added <= {"python/certifi/cacert.pem"}
    before, after = contents(built), contents(again)
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} <= added


def touched_since(folder: Path) -> set[str]:
    """What has no longer the one date that a build gives to all files."""
    return {str(path.relative_to(folder)) for path in files(folder) if path.stat().st_mtime != BUILT_AT}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in files(folder)}


def test_the_console_s_function_carries_its_page(deployed: Path) -> None:
    page = {path.name for path in files(deployed / "ConsolePage" / "page")}
    assert {"index.html", "app.js", "app.css"} <= page
