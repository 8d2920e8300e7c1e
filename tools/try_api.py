"""`make api`: whatever schemathesis thinks of, asked of the running bundle.

Every answer has to be one that docs/openapi.yaml describes, and none may be a 5xx. Half of the time ids are
made up; in the other half they are those of faxes that the simulated providers have carried.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from local.runtime.our_accounts import DEFAULTS

_ROOT = Path(__file__).parents[1]
_BIN = Path(sys.executable).parent
_SCHEMATHESIS = _ROOT / ".tools" / "schemathesis" / "bin" / "st"
# What an answer has to be. Which requests are refused is for the tests to say: a cursor is a text, and yet
# not each text is one.
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_TOKEN = "_CALLBACK_TOKEN"  # noqa: S105 - how the settings that hold one end
_MOST_SECONDS_TO_START = 120
# As much as API Gateway allows: a request that the throttle answers is a request that tries nothing.
_UNTHROTTLED = {"ThrottleRate": "10000", "ThrottleBurst": "5000"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make api", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long")
    parser.add_argument(
        "--seed", type=int, default=None, help="of what is thought of; by chance, if none is given"
    )
    given = parser.parse_args()
    with running_bundle() as url:
        known = known_ids(url)
        made_up, real = (
            tried(url, parameters, max(1, given.seconds // 2), given.seed) for parameters in ({}, known)
        )
    return made_up or real


@contextmanager
def running_bundle() -> Iterator[str]:
    """The API's URL of a bundle with simulated providers, which have carried some faxes."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        command: list[str | Path] = [_BIN / "faxledger", "up", "--simulate", "--seed", "1"]
        command += ["--port", "0", "--admin-port", "0", "--aws-port", "0"]
        with (
            output.open("w") as written,
            subprocess.Popen(
                command, stdout=written, cwd=_ROOT, env={**os.environ, **_UNTHROTTLED}
            ) as bundle,
        ):
            try:
                yield _url_of(bundle, output)
            finally:
                bundle.terminate()


def _url_of(bundle: "subprocess.Popen[bytes]", output: Path) -> str:
    """Where it listens, once it knows of faxes of both directions."""
    began = time.monotonic()
    while bundle.poll() is None and time.monotonic() - began < _MOST_SECONDS_TO_START:
        time.sleep(0.2)
        said = re.search(r"API +(http://\S+)", output.read_text())
        if said and all(_listed(said[1], direction=way) for way in ("outbound", "inbound")):
            return said[1]
    raise SystemExit(f"the bundle knows of no faxes:\n{output.read_text()[-2000:]}")


def _listed(url: str, **filters: str) -> list[Mapping[str, Any]]:
    try:
        found: list[Mapping[str, Any]] = httpx.get(f"{url}/faxes", params=filters).json()["faxes"]
    except httpx.HTTPError:
        return []
    return found


def known_ids(url: str) -> Mapping[str, str]:
    """What stands in the paths of one fax and of a route."""
    fax = (_listed(url, status="failed") or _listed(url))[0]
    return {"id": fax["id"], "provider": fax["provider"], "name": "12025550100"}


def tried(url: str, parameters: Mapping[str, str], seconds: int, seed: int | None) -> int:
    """The exit status of schemathesis; the paths' `parameters` are these, where any are given."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(_config(parameters))
        command: list[str | Path] = [_SCHEMATHESIS, "--config-file", config, "--no-color", "run"]
        command += [_ROOT / "docs" / "openapi.yaml", "--url", url, "--max-time", str(seconds)]
        command += ["--checks", ",".join(_CHECKS), "--continue-on-failure", "--warnings", "off"]
        command += [] if seed is None else ["--seed", str(seed)]
        return subprocess.run(
            command, cwd=folder, env={**os.environ, "COLUMNS": "120"}, check=False
        ).returncode


def _config(parameters: Mapping[str, str]) -> str:
    callbacks = (
        _operations(f"/callbacks/{name.removesuffix(_TOKEN).lower()}/.*", {"token": token})
        for name, token in DEFAULTS.items()
        if name.endswith(_TOKEN)
    )
    return "\n".join([*callbacks, _operations("/(faxes|routes)/.*", parameters)])


def _operations(pattern: str, parameters: Mapping[str, str]) -> str:
    lines = (f'"path.{name}" = "{value}"' for name, value in parameters.items())
    return "\n".join(
        ["[[operations]]", f'include-path-regex = "{pattern}"', "[operations.parameters]", *lines]
    )


if __name__ == "__main__":
    sys.exit(main())
