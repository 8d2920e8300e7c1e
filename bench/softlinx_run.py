"""One run of the poll, or of the sequential zeep client, in a process of its own, for `bench.softlinx_poll`.

Prints, as the last line on stderr, the seconds it took and the process's peak memory in MB.
"""

import json
import resource
import runpy
import sys
from pathlib import Path
from time import monotonic

from faxledger import bootstrap
from local.runtime.intrinsics import Resolver
from local.runtime.parameters import values_of
from local.runtime.template import read_template

ROOT = Path(__file__).parents[1]
# The template's 15 minutes.
RUN_SECONDS = 900


class Context:
    """A Lambda context."""

    def __init__(self, seconds_left: float) -> None:
        self._end = monotonic() + seconds_left

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - monotonic()) * 1000)


def poll(parameters: dict[str, str], seconds_left: float) -> None:
    """The function's handler, told what the template tells it."""
    template = read_template(ROOT / "template.yaml")
    resolver = Resolver(template, values_of(template, parameters), {"AWS::Region": "us-east-1"})
    resolver.reference = lambda name: name
    resolver.attribute = lambda name, attribute: f"{name}.{attribute}"
    variables = template.resources["SoftlinxPoll"].properties["Environment"]["Variables"]
    environment = {name: str(value) for name, value in resolver.resolve("SoftlinxPoll", variables).items()}
    with bootstrap.within(bootstrap.World(environment=environment)):
        app = runpy.run_path(str(ROOT / "functions/softlinx_poll/app.py"))
        app["handler"]({}, Context(seconds_left))


def main() -> None:
    """`ours` with the template's parameters as JSON and the seconds that are left, or `zeep`."""
    began = monotonic()
    if sys.argv[1] == "ours":
        poll(json.loads(sys.argv[2]), float(sys.argv[3]))
    else:
        runpy.run_path(str(ROOT / "bench/peers/zeep/app.py"), run_name="__main__")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": monotonic() - began, "peak_megabytes": peak}), file=sys.stderr)


if __name__ == "__main__":
    main()
