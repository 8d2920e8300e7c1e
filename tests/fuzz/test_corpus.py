"""Whatever fuzzing began with or has found ends in nothing but the reader's own errors."""

from pathlib import Path

import pytest

from tests.fuzz.corpus import CORPUS
from tests.fuzz.readers import READERS

INPUTS = sorted(CORPUS.glob("*/*"))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_of_the_corpus_ends_in_nothing_but_the_readers_own_errors(path: Path) -> None:
    READERS[path.parent.name](path.read_bytes())


def test_each_reader_has_a_corpus_to_begin_with() -> None:
    assert {path.parent.name for path in INPUTS} == set(READERS)
