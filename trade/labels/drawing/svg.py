"""Labels as SVG: one label, a sheet of many, or the symbols for a sheet in a page."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from trade.labels.drawing.layout import DOTS_PER_MM, Drawing, Text

NAMESPACE = "http://www.w3.org/2000/svg"
SHEET_WIDTH, SHEET_MARGIN = 210 * DOTS_PER_MM, 10 * DOTS_PER_MM  # A4, upright
BASELINE = 0.8  # the height of the baseline, as a part of the text's height
DARK = re.compile("1+")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_label(drawing: Drawing) -> str:
    return write_root(drawing.width, drawing.height, write_drawing(drawing))


def write_sheet(drawings: list[tuple[Drawing, int]]) -> str:
    """Return a sheet as wide as A4, with the number of copies of each drawing. All drawings must have the same size."""
    width, height = drawings[0][0].width, drawings[0][0].height
    columns = max((SHEET_WIDTH - 2 * SHEET_MARGIN) // width, 1)
    order = [number for number, (_, copies) in enumerate(drawings) for _ in range(copies)]
    uses = [
        f'<use href="#label-{number}" x="{SHEET_MARGIN + at % columns * width}"'
        f' y="{SHEET_MARGIN + at // columns * height}" width="{width}" height="{height}"/>'
        for at, number in enumerate(order)
    ]
    rows = -(-len(order) // columns)
    return write_root(SHEET_WIDTH, 2 * SHEET_MARGIN + rows * height, write_symbols(drawings) + "".join(uses))


def write_symbols(drawings: Iterable[tuple[Drawing, int]]) -> str:
    """Return the definitions `label-0`, `label-1` and so on, which `<use>` shows."""
    return "".join(
        f'<symbol id="label-{number}" viewBox="0 0 {drawing.width} {drawing.height}">{write_drawing(drawing)}</symbol>'
        for number, (drawing, _) in enumerate(drawings)
    )


def write_root(width: int, height: int, content: str) -> str:
    size = f'width="{width // DOTS_PER_MM}mm" height="{height // DOTS_PER_MM}mm" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="{NAMESPACE}" {size}>{content}</svg>\n'


def write_drawing(drawing: Drawing) -> str:
    """Return the elements of a label: a white ground, the code and the texts."""
    ground = f'<rect width="{drawing.width}" height="{drawing.height}" fill="#fff"/>'
    scale = f"{drawing.module} {drawing.bar_height or drawing.module}"
    place = f'transform="translate({drawing.x} {drawing.y}) scale({scale})"'
    runs = ((y, run) for y, row in enumerate(drawing.symbol.rows) for run in DARK.finditer(row))
    outline = "".join(f"M{run.start()} {y}H{run.end()}V{y + 1}H{run.start()}z" for y, run in runs)
    code = f'<path {place} shape-rendering="crispEdges" d="{outline}"/>'
    return ground + code + "".join(map(write_text, drawing.texts))


def write_text(text: Text) -> str:
    y = text.y + round(text.size * BASELINE)
    content = escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text.text))
    return f'<text x="{text.x}" y="{y}" font-family="sans-serif" font-size="{text.size}">{content}</text>'
