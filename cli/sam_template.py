"""`faxledger sam-template`: with it `sam local` runs built functions beside the running bundle."""

import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import yaml

from local.errors import CannotRun
from local.template import read_document

ENDPOINT: Final = "AWS_ENDPOINT_URL"
# As Lambda calls them; Python's names differ between systems.
_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}


def write_sam_template(built: Path, *, host: str | None, admin_port: int) -> int:
    """Writes `local.yaml` into the folder `built`; the exit status."""
    try:
        environments = httpx.get(f"http://127.0.0.1:{admin_port}/environments", trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return _fail(f"no bundle answers at port {admin_port} of this machine: start one with `faxledger up`")
    try:
        template = read_document(built / "template.yaml")
    except CannotRun as error:
        return _fail(f"{error}: build the bundle with `make build`")
    for name, environment in environments.items():
        if host is not None:
            environment[ENDPOINT] = _at(host, environment[ENDPOINT])
        _settle(template["Resources"][name]["Properties"], environment)
    path = built / "local.yaml"
    path.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    print(path)
    return 0


def _settle(function: dict[str, Any], environment: Mapping[str, str]) -> None:
    """sam passes on only those variables that the template names, so all of them stand in it as they are."""
    function["Environment"] = {"Variables": environment}
    function["Architectures"] = [_ARCHITECTURES.get(platform.machine(), "x86_64")]


def _at(host: str, url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{host}:{parts.port}").geturl()


def _fail(problem: str) -> int:
    print(f"faxledger sam-template: {problem}", file=sys.stderr)
    return 2
