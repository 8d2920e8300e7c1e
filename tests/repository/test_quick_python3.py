"""Without being told which Python to take, make takes the first on PATH, unless another is far quicker."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def taken(folder: Path, *pythons: str) -> str:
    """The name of the folder on PATH whose python3, of these scripts, is taken; python3 when none is."""
    folders = [folder / str(place) for place in range(len(pythons))]
    for place, script in zip(folders, pythons, strict=True):
        place.mkdir()
        (place / "python3").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (place / "python3").chmod(0o755)
    said = subprocess.run(
        [ROOT / "tools" / "quick_python3"],
        capture_output=True,
        check=True,
        text=True,
        env={"PATH": os.pathsep.join(map(str, [folder / "no such folder", *folders]))},
    )
    return Path(said.stdout.strip()).parent.name or said.stdout.strip()


def test_the_first_is_taken_though_another_is_a_little_quicker(tmp_path: Path) -> None:
    assert taken(tmp_path, "echo 10000", "echo 8000") == "0"


def test_one_that_is_far_quicker_is_taken(tmp_path: Path) -> None:
    assert taken(tmp_path, "echo 10000", "echo 7000", "echo 6000", "echo 3000") == "3"


def test_one_that_is_too_old_or_broken_is_passed_over(tmp_path: Path) -> None:
    assert taken(tmp_path, "exit 1", "no-such-program", "echo 10000") == "2"


def test_where_there_is_none_make_is_left_to_say_so(tmp_path: Path) -> None:
    assert taken(tmp_path, "exit 1") == "python3"


def test_a_real_one_tells_how_long_it_took(tmp_path: Path) -> None:
    assert taken(tmp_path, "echo 1000000000", f'exec "{ROOT / ".venv/bin/python"}" "$@"') == "1"
