"""An answer comes in the form that its caller prefers."""

import pytest

from faxledger.web.negotiation import preferred

JSON, HTML = "application/json", "text/html"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/html", HTML),
        ("TEXT/HTML; Charset=utf-8", HTML),
        (BROWSER, HTML),
        ("application/json", JSON),
        ("application/json, text/html", JSON),
        ("text/html, application/json", JSON),
        ("text/html;q=0.9, application/json", JSON),
        ("application/json;q=0.5, text/html;q=0.6", HTML),
        ("application/json ; q = 0.5 , text/html ; q = 0.6", HTML),
        ("text/*, application/json;q=0.9", HTML),
        ("text/*;q=0.9, text/html;q=0.1, */*;q=0.5", JSON),
        ("*/*, application/json;q=0", HTML),
        ("*/*;q=0, text/html", HTML),
        ('text/html;a="x,application/json;q=1";q=0.1, application/json;q=0.2', JSON),
        ("text/html;q=2, application/json;q=0.1", JSON),
        ("text/html;q=x", JSON),
        (",;,", JSON),
        ("image/png", None),
        ("text/html;q=0", None),
        ("*/*;q=0", None),
        ("text/html;q=0.0, application/json;q=0.000", None),
    ],
)
def test_the_preferred_form_is_found(accept: str, expected: str | None) -> None:
    assert preferred(accept, (JSON, HTML)) == expected
