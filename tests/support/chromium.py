"""A real browser: the Chromium that `tools/chromium` finds on this machine, or installs."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.support.making import ROOT


class NoChromium(Exception):
    """The text says what to install."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises NoChromium."""
    found = subprocess.run([ROOT / "tools" / "chromium"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise NoChromium(found.stderr.strip())
    # Chromium's own sandbox needs a user who is not root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip(), args=arguments)
        yield browser
        browser.close()
