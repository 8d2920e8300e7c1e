"""Where the inputs lie that fuzzing begins with, and those that it found."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CORPUS: Final = Path(__file__).parent / "corpus"
