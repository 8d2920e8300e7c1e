"""A receipt as a page of HTML that needs nothing else: no script, no image, no font, no other address."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

from faxledger.web.receipt_text import TITLE, Receipt, ReceiptRow, ReceiptSection, result_of, sections_of

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; --good: #116329; --bad: #a40e26;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --good: #3fb950; --bad: #ff7b72;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 3rem;
  background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { margin: 0; color: var(--soft); font-size: 1rem; font-weight: 600; }
.result { margin: .25rem 0; color: var(--good); font-size: 1.75rem; font-weight: 700; line-height: 1.2; }
.not_transmitted, .transmitted_in_part, .received_in_part { color: var(--bad); }
.meaning { margin: 0 0 1.5rem; }
section { border-top: 1px solid var(--line); padding: .75rem 0; break-inside: avoid; }
h2 { margin: 0 0 .5rem; font-size: 1rem; }
dl { margin: 0; display: grid; grid-template-columns: 9rem 1fr; gap: .2rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; white-space: pre-wrap; }
dd span { display: block; }
.exact { font: .85em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (max-width: 32rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@page { margin: 14mm; }
@media print {
  :root {
    color-scheme: light;
    --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --good: #000; --bad: #000;
  }
  body { max-width: none; padding: 0; font-size: 9pt; line-height: 1.3; }
  section { padding: .35rem 0; }
  .result { font-size: 16pt; }
  .meaning { margin-bottom: .6rem; }
  h2 { margin-bottom: .2rem; font-size: 9pt; }
  dl { grid-template-columns: 8rem 1fr; gap: 0 1rem; }
  dd { margin: 0; }
  dd span { display: inline; }
  dd span:not(:last-child)::after { content: " \\00b7  "; }
}
"""
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
PAGE_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    # A page that was saved has but the policy that stands in it, and that can't say by whom it may be framed.
    "content-security-policy": f"{_POLICY}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def page_of(receipt: Receipt) -> str:
    sections = "".join(map(_section, sections_of(receipt)))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="{escape(_POLICY)}">
<title>{escape(TITLE)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(TITLE)}</h1>
<p class="result {escape(receipt["result"])}">{escape(result_of(receipt))}</p>
<p class="meaning">{escape(receipt["meaning"])}</p>
{sections}</main>
</body>
</html>
"""


def _section(section: ReceiptSection) -> str:
    rows = "".join(map(_row, section.rows))
    return f"<section>\n<h2>{_text(section.title)}</h2>\n<dl>\n{rows}</dl>\n</section>\n"


def _row(row: ReceiptRow) -> str:
    css = ' class="exact"' if row.is_exact else ""
    lines = "".join(f"<span>{_text(line)}</span>" for line in row.text.split("\n"))
    return f"<dt>{_text(row.label)}</dt><dd{css}>{lines}</dd>\n"


def _text(text: str) -> str:
    # On its own: a foreign word that runs from right to left turns none of its neighbours round.
    return f"<bdi>{escape(text)}</bdi>"
