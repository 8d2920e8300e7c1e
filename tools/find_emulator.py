"""Prints where the SAM CLI, in whose environment this runs, keeps the Lambda runtime interface emulator."""

import platform
from importlib.resources import files

PROCESSORS = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

print(files("samcli") / "local" / "rapid" / f"aws-lambda-rie-{PROCESSORS[platform.machine()]}")
