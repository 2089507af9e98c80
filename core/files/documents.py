"""Documents as PDF, such as orders and receipts. They have the letters of the font in `fonts/`.

Its files are DejaVu Sans 2.37 without the scripts that need shaping or run from right to left. fonttools makes them:

    fonttools subset DejaVuSans.ttf --layout-features= --no-hinting --notdef-outline --unicodes=20-7E,A0-AC,AE-58F,\
10A0-10FF,1D00-1FFF,2000-200A,2010-2027,202F-205F,2070-27BF,2C60-2C7F,2DE0-2DFF,A640-A69F,A720-A7FF,FB00-FB17
"""

import io
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils.translation import get_language, gettext
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from core.errors import DomainError
from core.texts.cleaning import CONTROL, remove_invisible

PAPERS = {"a4": A4, "letter": LETTER}
WIDTH, MARGIN = 499, 48  # in points: the text on each paper, and the space above and below it
FRAME, PADDING = 6, 3  # the space that the library adds beside the text, and that beside the text of a cell
MAX_LETTERS, MAX_TEXT = 10, 100  # the most that a refusal quotes
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
FONTS = [TTFont(name, str(Path(__file__).with_name("fonts") / f"{name}.ttf")) for name in (REGULAR, BOLD)]
for font in FONTS:
    registerFont(font)
LETTERS = set.intersection(*(set(font.face.charToGlyph) for font in FONTS))
WRITING = Lock()  # the library can't write two documents with the same font at the same time

TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=9, leading=12)
STRONG = ParagraphStyle("strong", TEXT, fontName=BOLD)
TITLE = ParagraphStyle("title", STRONG, fontSize=15, leading=19, spaceBefore=14, spaceAfter=6)
NOTE = ParagraphStyle("note", TEXT, spaceBefore=10)
NUMBERS = {style: ParagraphStyle("number", style, alignment=TA_RIGHT) for style in (TEXT, STRONG)}
GRID = [
    ("FONT", (0, 0), (-1, -1), REGULAR, TEXT.fontSize, TEXT.leading),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
    ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, "black"),
    ("NOSPLIT", (0, -2), (-1, -1)),  # the last sum is not alone on a page
]


class LettersMissing(DomainError):
    code = "letters_missing"
    detail = "A PDF file can't show these letters: {letters}. They are in: {text}"
    when = "a text of a document with `format=pdf` has letters that its font lacks, such as Arabic or Chinese ones"
    also = "`letters`, at most ten, and `text`, the first one that has such a letter"

    def __init__(self, letters: list[str], text: str) -> None:
        super().__init__(letters=" ".join(letters), text=text)
        self.numbers["letters"] = letters


class NumberedCanvas(Canvas):
    """Writes the title, the number of the page and that of the last page below each page."""

    def __init__(self, title: str, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.title, self.finished = title, list[dict[str, Any]]()

    def showPage(self) -> None:  # noqa: N802, the library calls it
        self.finished.append(dict(vars(self)))
        self._startPage()

    def save(self) -> None:
        pages = self.finished
        for number, page in enumerate(pages, 1):
            vars(self).update(page)
            self.setFont(REGULAR, 8)
            left = (self._pagesize[0] - WIDTH) / 2
            self.drawString(left, MARGIN / 2, self.title)
            self.drawRightString(left + WIDTH, MARGIN / 2, f"{number} / {len(pages)}")
            super().showPage()
        super().save()


class Document:
    """A document of a shop in the language of the moment. It begins with the shop and the title."""

    def __init__(self, title: str, shop: Any) -> None:
        self.language, self.parts = get_language(), list[Any]()
        self.missing: dict[str, str] = {}  # the letters that the fonts lack, each with the first text that has it
        self.title, self.author = self.clean(title), self.clean(shop.shop_name)
        self.put(shop.shop_name, STRONG)
        self.put(shop.shop_address)
        self.put(shop.tax_number and gettext("Tax number: %(number)s") % {"number": shop.tax_number})
        self.put(title, TITLE)

    def clean(self, text: str) -> str:
        """Return the text without invisible signs. Note the letters that the fonts lack."""
        lines = [remove_invisible(CONTROL.sub(" ", line)) for line in text.splitlines()]
        for letter in "" if text.isascii() else "".join(lines):
            if ord(letter) not in LETTERS:
                self.missing.setdefault(letter, text[:MAX_TEXT])
        return "\n".join(lines)

    def put(self, text: str, style: ParagraphStyle = TEXT) -> None:
        """Add a paragraph, unless the text is empty."""
        if text:
            self.parts.append(write(self.clean(text), style))

    def put_table(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[str]],
        sums: Sequence[tuple[str, str, bool]] = (),
        texts: int = 1,
    ) -> None:
        """Add a table. Its first `texts` columns have texts, the others numbers. Empty columns are left out.

        Each of the `sums` has a label, an amount and whether it is in bold. The amounts are in the last column.
        """
        kept = [place for place, _ in enumerate(titles) if not place or any(row[place] for row in rows)]
        table = [[self.clean(row[place]) for place in kept] for row in [titles, *rows]]
        amounts = [[self.clean(label), *[""] * (len(kept) - 2), self.clean(amount)] for label, amount, _ in sums]
        needs = [
            max(measure(cell) for cell in (*column[0].split(), *column[1:])) for column in zip(*table, strict=True)
        ]
        needs[-1] = max([needs[-1], *(measure(row[-1]) for row in amounts)])
        widths, first_number = fit(needs), sum(place < texts for place in kept)
        for number, row in enumerate(table):
            style = TEXT if number else STRONG
            for place, width in enumerate(widths):
                if measure(row[place]) > width:
                    row[place] = write(row[place], style if place < first_number else NUMBERS[style])
        bold = [0, *(len(table) + number for number, (*_, is_bold) in enumerate(sums) if is_bold)]
        style = [
            *GRID,
            ("ALIGN", (first_number, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 1), (-1, len(table) - 1), 0.3, "grey"),
            *(("FONTNAME", (0, number), (-1, number), BOLD) for number in bold),
        ]
        for number in range(len(table), len(table) + len(amounts)):
            style += [("SPAN", (0, number), (-2, number)), ("ALIGN", (0, number), (-1, number), "RIGHT")]
        self.parts.append(Table(table + amounts, widths, repeatRows=1, style=style, spaceBefore=10, spaceAfter=4))

    def finish(self, paper: str) -> bytes:
        """Return the PDF, whose bytes depend on its texts alone. Raise LettersMissing."""
        if self.missing:
            letters = list(self.missing)[:MAX_LETTERS]
            raise LettersMissing(letters, self.missing[letters[0]])
        file, size = io.BytesIO(), PAPERS[paper]
        side = (size[0] - WIDTH) / 2 - FRAME
        pages = SimpleDocTemplate(
            file, pagesize=size, leftMargin=side, rightMargin=side, topMargin=MARGIN, bottomMargin=MARGIN,
            title=self.title, author=self.author, lang=self.language, invariant=True, initialFontName=REGULAR,
        )  # fmt: skip
        with WRITING:
            pages.build(self.parts, canvasmaker=partial(NumberedCanvas, self.title))
        return file.getvalue()


def write(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def measure(cell: str) -> float:
    """Return the width that a cell with this text needs, also in bold."""
    return max(stringWidth(line, BOLD, TEXT.fontSize) for line in cell.split("\n")) + 2 * PADDING + 1


def fit(needs: list[float]) -> list[float]:
    """Return the widths of columns. The first gets a third if it needs it, and what the others leave.

    Each other gets what it needs, at most an equal share of what the smaller ones leave.
    """
    first = min(needs[0], WIDTH / 3)
    widths, left = [first] * len(needs), WIDTH - first
    others = sorted(range(1, len(needs)), key=needs.__getitem__)
    for number, place in enumerate(others):
        widths[place] = min(needs[place], left / (len(others) - number))
        left -= widths[place]
    widths[0] += left
    return widths
