"""What `faxledger` starts, from a wheel as in the repository.

In a wheel everything but the library lies in `bundle/` beside this file, in the repository's own order:
`cli/`, `local/`, `functions/`, `template.yaml`. So `faxledger up` finds there what it runs, and site-packages
get no package called `cli` or `local` from us.
"""

import sys
from pathlib import Path


def main() -> int:
    bundle = Path(__file__).with_name("bundle")
    if bundle.is_dir():
        sys.path.insert(0, str(bundle))
    # Only now is it to be found.
    from cli.main import main as command  # noqa: PLC0415

    return command()
