"""Write documents as PDF, with the letters of the font in `fonts/`. Only `begin_document()` imports this module.

The font is DejaVu Sans 2.37 without the scripts that need shaping or run from right to left. fonttools makes its files:

    fonttools subset DejaVuSans.ttf --layout-features= --no-hinting --notdef-outline --unicodes=20-7E,A0-AC,AE-58F,\
10A0-10FF,1D00-1FFF,2000-200A,2010-2027,202F-205F,2070-27BF,2C60-2C7F,2DE0-2DFF,A640-A69F,A720-A7FF,FB00-FB17
"""

import io
from collections.abc import Collection, Sequence
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
from reportlab.platypus import CondPageBreak, Paragraph, SimpleDocTemplate, Table

from core.files.papers import NOTE, PAPERS, LettersMissing
from core.texts.cleaning import CONTROL, remove_invisible

SIZES = dict(zip(PAPERS, (A4, LETTER), strict=True))
WIDTH, MARGIN = 499, 48  # in points: the text on each paper, and the space above and below it
PADDING = 6  # the space that the library leaves beside the text of a page, and of a cell
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
STYLES = {"text": TEXT, "strong": STRONG, "title": TITLE, NOTE: ParagraphStyle(NOTE, TEXT, spaceBefore=10)}
ROOM = 160  # the space on a page below which a title begins the next one
NUMBERS = {style: ParagraphStyle("number", style, alignment=TA_RIGHT) for style in (TEXT, STRONG)}
GRID = [
    ("FONT", (0, 0), (-1, -1), REGULAR, TEXT.fontSize, TEXT.leading),
    ("FONT", (0, 0), (-1, 0), BOLD),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.3, "grey"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, "black"),
]

BARE = [
    ("FONT", (0, 0), (-1, -1), REGULAR),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "TOP", "BOTTOM")),
]


class NumberedCanvas(Canvas):
    """A canvas that writes the title, the number of the page and that of the last page below each page."""

    def __init__(self, title: str, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.title, self.finished = title, list[dict[str, Any]]()

    def showPage(self) -> None:
        self.finished.append(dict(vars(self)))
        self._startPage()

    def save(self) -> None:
        pages = self.finished
        for number, page in enumerate(pages, 1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 8)
            left = (self._pagesize[0] - WIDTH) / 2
            self.drawString(left, MARGIN / 2, self.title)
            self.drawRightString(left + WIDTH, MARGIN / 2, f"{number} / {len(pages)}")
            super().showPage()
        super().save()


class Document:
    """A document of a shop in the active language. It begins with the shop and the title."""

    def __init__(self, title: str, shop: Any) -> None:
        self.language, self.parts = get_language(), list[Any]()
        self.missing: dict[str, str] = {}  # the letters that the fonts lack, each with the first text that has it
        self.title, self.author = self.clean(title), self.clean(shop.shop_name)
        self.put(shop.shop_name, "strong")
        self.put(shop.shop_address)
        self.put(shop.tax_number and gettext("Tax number: %(number)s") % {"number": shop.tax_number})
        self.put(title, "title")

    def clean(self, text: str) -> str:
        """Return the text without invisible characters. Note the letters that the fonts lack in `missing`."""
        lines = [remove_invisible(CONTROL.sub(" ", line)) for line in text.splitlines()]
        for letter in "" if text.isascii() else "".join(lines):
            if ord(letter) not in LETTERS:
                self.missing.setdefault(letter, text[:MAX_TEXT])
        return "\n".join(lines)

    def put(self, text: str, style: str = "text") -> None:
        """Add a paragraph, unless the text is empty."""
        if text:
            self.parts += [CondPageBreak(ROOM)] if style == "title" else []
            self.parts.append(write(self.clean(text), STYLES[style]))

    def put_beside(self, name: str, text: str, facts: Sequence[tuple[str, str]]) -> None:
        """Add a name with a text, and beside them facts: labels with values. Those without a value are left out."""
        rows = [[write(self.clean(cell), TEXT) for cell in fact] for fact in facts if fact[1]]
        half = WIDTH / 2
        beside = Table(rows, [half * 2 / 5, half * 3 / 5], style=BARE) if rows else ""
        left = [write(self.clean(name), STRONG), write(self.clean(text), TEXT)]
        self.parts.append(Table([[left, beside]], [half, half], style=BARE))

    def put_table(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[str]],
        sums: Sequence[Sequence[str]] = (),
        texts: int = 1,
        strong: Collection[str] = (),
    ) -> None:
        """Add a table. Its first `texts` columns have texts, the others numbers. Empty columns are left out.

        Below the rows are the sums: labels in the first column, and amounts in the last ones. Those whose label is in
        `strong` are bold.
        """
        below = ((label, *[""] * (len(titles) - 1 - len(amounts)), *amounts) for label, *amounts in sums)
        lines = [titles, *rows, *below]
        kept = [place for place in range(len(titles)) if any(line[place] for line in lines[1:])]
        table: list[list[Any]] = [[self.clean(line[place]) for place in kept] for line in lines]
        needs = [max(map(measure, (*title.split(), *cells))) for title, *cells in zip(*table, strict=True)]
        widths = fit(needs, [*map(measure, table[0])])
        first_number = sum(place < texts for place in kept)
        for row in table:
            style = STRONG if row is table[0] else TEXT
            for place, width in enumerate(widths):
                if measure(row[place]) > width:
                    row[place] = write(row[place], style if place < first_number else NUMBERS[style])
        style = [
            *GRID,
            ("ALIGN", (first_number, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, len(rows)), (-1, len(rows)), 0.8, "black"),
            *(("FONT", (0, place), (-1, place), BOLD) for place, row in enumerate(table) if row[0] in strong),
            ("NOSPLIT", (0, len(rows)), (-1, len(rows) + bool(sums))),  # no page begins with the sums
        ]
        self.parts.append(Table(table, widths, repeatRows=1, style=style, spaceBefore=10))

    def finish(self, paper: str) -> bytes:
        """Return the PDF, whose bytes depend on its texts alone. Raise LettersMissing."""
        if self.missing:
            letters = list(self.missing)[:MAX_LETTERS]
            raise LettersMissing(letters=" ".join(letters), text=self.missing[letters[0]])
        file, size = io.BytesIO(), SIZES[paper]
        side = (size[0] - WIDTH) / 2 - PADDING
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
    widths: list[float] = [stringWidth(line, BOLD, TEXT.fontSize) for line in cell.split("\n")]
    return max(widths) + 2 * PADDING + 1


def fit(needs: list[float], titles: Sequence[float] = ()) -> list[float]:
    """Return the widths of columns. The first gets a third if it needs it, and what the others leave.

    Each other gets what it needs, at most an equal share of what the smaller ones leave. It also gets its title in one
    line if the first column keeps what it needs, or a third.
    """
    first = min(needs[0], WIDTH / 3)
    widths, left = [first] * len(needs), WIDTH - first
    others = sorted(range(1, len(needs)), key=needs.__getitem__)
    for number, place in enumerate(others):
        widths[place] = min(needs[place], left / (len(others) - number))
        left -= widths[place]
    widths[0] += left
    for place in sorted(others, key=titles.__getitem__) if titles else ():
        more = max(titles[place] - widths[place], 0)
        if widths[0] - more >= first:
            widths[place] += more
            widths[0] -= more
    return widths
