"""One run of the poll, or of the sequential zeep client, in a process of its own, for `bench.softlinx_poll`.

Prints, as the last line on stderr, the seconds it took and the process's peak memory in MB.
"""

import json
import resource
import runpy
import sys
from time import monotonic

from bench import deployed
from bench.deployed import ROOT

# The template's 15 minutes.
RUN_SECONDS = 900


def main() -> None:
    """`ours` with the template's parameters as JSON and the seconds that are left, or `zeep`."""
    began = monotonic()
    if sys.argv[1] == "ours":
        deployed.run("SoftlinxPoll", json.loads(sys.argv[2]), float(sys.argv[3]))
    else:
        runpy.run_path(str(ROOT / "bench/peers/zeep/app.py"), run_name="__main__")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": monotonic() - began, "peak_megabytes": peak}), file=sys.stderr)


if __name__ == "__main__":
    main()
