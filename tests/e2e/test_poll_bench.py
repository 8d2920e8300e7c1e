"""The measurement of the poll measures what it says: both contestants work off what they are given."""

import re
import subprocess
import sys

from tests.support.patience import PATIENCE_SECONDS
from tests.support.template import ROOT


def test_the_poll_and_its_peer_mark_every_fax_and_keep_to_the_limit() -> None:
    sizes = ["--faxes", "40", "--peer-faxes", "5", "--latency", "0.001", "--at-once", "4", "--cut-after", "1"]
    ran = subprocess.run(
        [sys.executable, "-m", "bench.softlinx_poll", *sizes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    # How fast and how large is a matter for `make bench-poll`, on more faxes.
    assert "kept    every fax marked once" in ran.stdout, ran.stderr
    assert "kept    one login a run" in ran.stdout
    assert "kept    never more than 4 marks at once" in ran.stdout
    assert re.search("^kept    cut short at .* the next run marked the rest", ran.stdout, re.MULTILINE)
