"""`samconfig.toml`: what `sam deploy` takes from it, and how a few of its settings are changed in place."""

import os
import re
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from local.runtime.errors import CannotRun

_OVERRIDES: Final = "parameter_overrides"
_TABLE: Final = "default.deploy.parameters"
# As `sam deploy` reads a parameter, in either of its forms; what stands in quotes may hold spaces.
_PARAMETER: Final = re.compile(
    r'(?:ParameterKey=)?"?(?P<name>[A-Za-z0-9]+)"?(?:,ParameterValue)?='
    r'(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>\S*))'
)

# What a file begins with where none is there, as in each new checkout.
NEW: Final = """\
# What `sam` does here unless told otherwise. `faxledger init` writes your answers
# to [default.deploy.parameters]. No secret stands here; git ignores this file.
version = 0.1

[default.validate.parameters]
lint = true

[default.build.parameters]
# The build is fast, and sam's cache would not see that uv.lock has changed.
cached = false
parallel = true

[default.deploy.parameters]
stack_name = "faxledger"
s3_prefix = "faxledger"
resolve_s3 = true
capabilities = "CAPABILITY_IAM"
confirm_changeset = true
fail_on_empty_changeset = false
"""


def deploy_settings(path: Path, text: str) -> dict[str, Any]:
    """What holds for `sam deploy`: what is said for it, and for all of sam's commands. Raises `CannotRun`."""
    try:
        commands = tomllib.loads(text).get("default", {})
        return {
            **commands.get("global", {}).get("parameters", {}),
            **commands.get("deploy", {}).get("parameters", {}),
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise CannotRun(f"{path} is none that sam understands: {error}") from None


def parameters_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """The template's parameters that the settings give, by name."""
    said = settings.get(_OVERRIDES, ())
    if isinstance(said, Mapping):
        return {name: _as_text(value) for name, value in said.items()}
    found: dict[str, str] = {}
    for one in [said] if isinstance(said, str) else said:
        for match in _PARAMETER.finditer(str(one)):
            quoted = match["quoted"]
            value = match["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[match["name"]] = value
    return found


def _as_text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def changed(path: Path, text: str, settings: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """The file's text with these settings of `sam deploy` and parameters, and all else as it stands.

    Raises `CannotRun` where it is written in a way that this does not know, with what to put there by hand.
    """
    wanted: dict[str, str | list[str]] = {
        **settings,
        _OVERRIDES: [_override(*one) for one in parameters.items()],
    }
    said = deploy_settings(path, text)
    lines = text.splitlines()
    for name, value in wanted.items():
        if said.get(name) != value:
            _put(lines, name, _assignment(name, value))
    new = "\n".join(lines) + "\n"
    if not _says_this_and_the_rest(text, new, wanted):
        by_hand = "\n".join(line for name, value in wanted.items() for line in _assignment(name, value))
        raise CannotRun(
            f"{path} is written in a way that can't be changed here. Put this into it, below a line "
            f"[{_TABLE}]:\n\n{by_hand}\n"
        )
    return new


def _override(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def _assignment(name: str, value: str | list[str]) -> list[str]:
    if isinstance(value, str):
        return [f"{name} = {_toml(value)}"]
    return [f"{name} = [", *(f"    {_toml(one)}," for one in value), "]"]


def _toml(text: str) -> str:
    if "'" not in text and '"' in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _put(lines: list[str], name: str, assignment: list[str]) -> None:
    """In the place of what the table says of it, else at the table's end; the table is made if need be."""
    header = re.compile(rf"\s*\[\s*{re.escape(_TABLE)}\s*\]\s*(#.*)?")
    begin = next((at for at, line in enumerate(lines) if header.fullmatch(line)), None)
    if begin is None:
        lines += ["", f"[{_TABLE}]"]
        begin = len(lines) - 1
    end = next((at for at in range(begin + 1, len(lines)) if re.match(r"\s*\[[^\]]", lines[at])), len(lines))
    for at in range(begin + 1, end):
        if re.match(rf'\s*"?{name}"?\s*=', lines[at]):
            lines[at : _end_of(lines, at, end)] = assignment
            return
    while end > begin + 1 and not lines[end - 1].strip():
        end -= 1
    lines[end:end] = assignment


def _end_of(lines: list[str], begin: int, end: int) -> int:
    """The line behind an assignment, which may go over several lines."""
    for at in range(begin + 1, end + 1):
        with suppress(tomllib.TOMLDecodeError):
            tomllib.loads("\n".join(lines[begin:at]))
            return at
    return begin + 1


def _says_this_and_the_rest(before: str, after: str, wanted: Mapping[str, object]) -> bool:
    """Whether sam would read what is wanted, and otherwise what it did before."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except ValueError:
        return False
    theirs = old.setdefault("default", {}).setdefault("deploy", {}).setdefault("parameters", {})
    return bool(new == old | {"default": _with(old["default"], theirs | wanted)})


def _with(default: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {**default, "deploy": {**default["deploy"], "parameters": parameters}}


def replace_file(path: Path, before: str | None, after: str) -> None:
    """Write the whole file or nothing of it. `before` is what was read, None where no file was there.

    Raises `CannotRun` where it has changed since, `OSError`.
    """
    if (path.read_text("utf-8") if path.exists() else None) != before:
        raise CannotRun(f"{path} was changed by somebody else meanwhile; nothing was written")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(after)
        # mkstemp lets nobody else read it; this file holds no secret.
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def lines_that_differ(before: str, after: str) -> Iterable[str]:
    """What goes, with a minus before it, and what comes, with a plus, in the file's order."""
    # Only now: nothing else compares.
    import difflib  # noqa: PLC0415

    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line[0] in "+-":
            yield line
