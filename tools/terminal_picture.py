"""Makes docs/terminal.svg: what a terminal shows at the end of `make run`'s simulated day, drawn by rich."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

_ROOT: Final = Path(__file__).parents[1]
_PICTURE: Final = _ROOT / "docs" / "terminal.svg"
_COLUMNS: Final = 108
# Of the table; the day's account stands below it.
_LINES: Final = 16
# One day, so that the picture changes with the program alone; it ends on one date.
_DAY: Final = ("--once", "--seed", "7", "--start", "2026-11-29T20:00:00Z")
_ANY_PORTS: Final = ("--port", "0", "--admin-port", "0", "--aws-port", "0")
# The live table takes itself back, line by line, before it is drawn again.
_TAKEN_BACK: Final = "\x1b[2K"
_CURSOR: Final = re.compile(r"\x1b\[\?25[hl]")
# A picture fetches nothing from elsewhere.
_ELSEWHERE: Final = re.compile(r',\s*url\("https://[^)]*\) format\("\w+"\)')


def last_screen(said: str) -> str:
    """What is left to be seen of what was written to a terminal."""
    return _CURSOR.sub("", said.rpartition(_TAKEN_BACK)[2]).strip("\r\n")


def picture_of(screen: str) -> str:
    """An SVG of a terminal in which `make run` was typed. The same screen gives the same text."""
    console = Console(
        record=True, width=_COLUMNS, file=StringIO(), force_terminal=True, color_system="standard"
    )
    console.print(Text("$ make run\n", "bold"))
    console.print(Text.from_ansi(screen))
    code = _ELSEWHERE.sub("", CONSOLE_SVG_FORMAT)
    return console.export_svg(title="Faxledger", code_format=code, unique_id="faxledger") + "\n"


def _played() -> str:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FAXLEDGER_")},
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "COLUMNS": str(_COLUMNS),
        "LINES": str(_LINES),
    }
    command = [str(Path(sys.executable).with_name("faxledger")), "up", *_DAY, *_ANY_PORTS]
    return subprocess.run(
        command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    _PICTURE.write_text(picture_of(last_screen(_played())), "utf-8")
    print(_PICTURE.relative_to(_ROOT))
