"""Answers that are not XML because of what stands in one fax: that one is taken out, and the rest is read.

Services put what people and other fax machines have sent in between as it came, a bare `&` or a `<` included.
"""

import re
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

from faxledger.providers import xml_bytes
from faxledger.providers.softlinx.soap.envelopes import root_of

# Each fax is read once more, with what stands around all of them. An answer of 4 MB has some thousand.
_MOST_READ_AGAIN_BYTES: Final = 64 * 1024 * 1024
_NAME: Final = rb"(?:[^\s<>/:&!?]{1,64}:)?%s"
_SELF_CLOSED: Final = re.compile(rb"<[^<>]*/>")


def root_without_broken(answer: bytes, name: str) -> tuple[Element | None, tuple[bytes, ...]]:
    """The root of an answer, and those of its elements `name` that are left out because they are broken.

    None for an answer that is broken elsewhere: truncated, say, or no XML at all. What strays in the texts of
    a fax is taken for text where that mends it.
    """
    document = b"".join(xml_bytes.mended((answer,)))
    if (root := root_of((document,))) is not None:
        return root, ()
    spans = _spans(document, name.encode())
    if spans is None:
        return None, ()
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(document)]
    before, *behind = (document[end:start] for end, start in zip(ends, starts, strict=True))
    after = b"".join(behind)
    # In comments and sections stands what is not meant, and nobody can tell where they should have ended.
    if b"<!" in before + after or len(spans) * (len(before) + len(after)) > _MOST_READ_AGAIN_BYTES:
        return None, ()
    if root_of((before, after)) is None:
        before, after = xml_bytes.strays_as_text(before), xml_bytes.strays_as_text(after)
    whole: list[bytes] = []
    broken: list[bytes] = []
    for start, end in spans:
        element = document[start:end]
        readings = (element, xml_bytes.strays_as_text(element))
        good = next((one for one in readings if root_of((before, one, after)) is not None), None)
        if good is None:
            broken.append(element)
        else:
            whole.append(good)
    return root_of((before, *whole, after)), tuple(broken)


def _spans(document: bytes, name: bytes) -> Sequence[tuple[int, int]] | None:
    """From where to where each element goes: to its last end tag before the next one begins, or up to there.

    None where nobody can tell where the last one ends.
    """
    tag = _NAME % re.escape(name)
    tags = re.compile(rb"<" + tag + rb"(?=[\s/>])|(?P<end></" + tag + rb"\s{0,9}>)")
    spans: list[tuple[int, int | None]] = []
    for found in tags.finditer(document):
        if found["end"] is None:
            spans.append((found.start(), None))
        elif spans:
            spans[-1] = (spans[-1][0], found.end())
    if not spans:
        return ()
    last_start, last_end = spans[-1]
    if last_end is None:
        if (closed := _SELF_CLOSED.match(document, last_start)) is None:
            return None
        spans[-1] = (last_start, closed.end())
    next_starts = [*(start for start, _ in spans[1:]), len(document)]
    return [
        (start, next_start if end is None else end)
        for (start, end), next_start in zip(spans, next_starts, strict=True)
    ]
