"""A receipt on paper: a PDF with its own letters, Latin, Greek and Cyrillic, that prints alike everywhere."""

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.fonts import TTFFont

from faxledger.web.receipt_text import TITLE, Receipt, ReceiptRow, ReceiptSection, result_of, sections_of

_LETTERS: Final = "Roboto"
_MARGIN_MM: Final = 16
_LABEL_MM: Final = 32
_LINE_MM: Final = 4.3
_SMALL: Final = 8.5
_GREY: Final = (90, 90, 90)
_BLACK: Final = (0, 0, 0)


def write_pdf(receipt: Receipt, path: Path, *, paper: str) -> None:
    sheet = _Sheet(paper)
    sheet.set_title(f"{TITLE} {receipt['id']}")
    sheet.set_creation_date(datetime.fromisoformat(receipt["issued_at"]["utc"]))
    sheet.add_page()
    sheet.line_of(TITLE, 10, colour=_GREY, is_bold=True)
    sheet.line_of(result_of(receipt), 18, is_bold=True)
    sheet.line_of(receipt["meaning"], 10)
    for section in sections_of(receipt):
        sheet.section(section)
    if sheet.replaced:
        missing = "a character" if sheet.replaced == 1 else f"{sheet.replaced} characters"
        sheet.line_of(f"\ufffd stands for {missing} that the receipt's JSON and HTML forms have.", _SMALL)
    sheet.output(str(path))


class _Sheet(FPDF):
    """`replaced` counts the characters for which there is no letter."""

    def __init__(self, paper: str) -> None:
        super().__init__(format=paper)
        self.replaced = 0
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, margin=_MARGIN_MM)
        folder = files("font_roboto") / "files"
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(_LETTERS, style, str(folder / f"Roboto-{name}.ttf"))
        letters = self.fonts[_LETTERS.lower()]
        self._known = frozenset(letters.cmap if isinstance(letters, TTFFont) else ())

    def footer(self) -> None:
        self.set_y(-_MARGIN_MM + 4)
        self._letters(7.5, colour=_GREY)
        self.cell(0, 4, f"{self.page_no()} of {{nb}}", align="R")

    def line_of(
        self, text: str, points: float, *, colour: tuple[int, int, int] = _BLACK, is_bold: bool = False
    ) -> None:
        self._letters(points, colour=colour, is_bold=is_bold)
        self.multi_cell(0, points * 0.46, self._drawn(text), new_x="LMARGIN", new_y="NEXT")

    def section(self, section: ReceiptSection) -> None:
        self.ln(1.6)
        self.set_draw_color(200, 200, 200)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(1.2)
        self.line_of(section.title, 9, is_bold=True)
        for row in section.rows:
            self._row(row)

    def _row(self, row: ReceiptRow) -> None:
        self._letters(_SMALL, colour=_GREY)
        self.cell(_LABEL_MM, _LINE_MM, self._drawn(row.label))
        self._letters(_SMALL)
        # Side by side, so that most receipts fit one page.
        text = " \u00b7 ".join(row.text.split("\n"))
        self.multi_cell(0, _LINE_MM, self._drawn(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def _letters(
        self, points: float, *, colour: tuple[int, int, int] = _BLACK, is_bold: bool = False
    ) -> None:
        self.set_font(_LETTERS, "B" if is_bold else "", points)
        self.set_text_color(*colour)

    def _drawn(self, text: str) -> str:
        missing = {letter for letter in text if ord(letter) not in self._known}
        self.replaced += sum(text.count(letter) for letter in missing)
        return text.translate({ord(letter): "\ufffd" for letter in missing})
