"""Who speaks REST carries no SOAP: its libraries are in a layer of their own."""

import subprocess
import sys

HEAVY = ("zeep", "lxml", "requests", "pydantic", "boto3")


def test_the_rest_client_loads_nothing_of_soap() -> None:
    script = (
        "import sys; import faxledger.providers.softlinx.rest;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"
