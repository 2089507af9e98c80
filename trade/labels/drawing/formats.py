"""Labels in the command language of label printers, ZPL II.

Every byte of a text except ASCII letters and digits is written in hexadecimal (`^FH`), so no name can end its field or
give a command. The codes are bitmaps: printers draw the same modules as browsers, and the content of a code is never
part of a command.

The built-in font of printers has Latin letters alone. A text with others is printed in the font of the printer that the
setting ZPL_FONT names, such as E:TT0003M_.FNT. Without the setting, such a label is refused.
"""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from django.conf import settings

from trade.labels.drawing.contents import split_graphemes
from trade.labels.drawing.layout import DOTS_PER_MM, Drawing, Text
from trade.labels.errors import LettersMissing

MAX_LETTERS_NAMED = 10
CODE_PAGES = ("cp1250", "cp1252", "cp1254", "cp1257")  # the Latin ones of Windows: the letters of the built-in font
BUILT_IN = frozenset("".join(bytes(range(32, 256)).decode(page, "ignore") for page in CODE_PAGES))
PLAIN = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SAME_ROW = ":"  # in a bitmap, it repeats the row above
BYTE = 8


def write_zpl(drawing: Drawing, copies: int = 1) -> str:
    """Return the commands for a label: the encoding UTF-8, its size, its code, its texts and the number of copies.

    Arabic and Thai letters are joined and ordered by the command ^PA, which the built-in font does not need.
    """
    head = f"^XA^CI28^PW{drawing.width}^LL{drawing.height}^LH0,0"
    texts = "\n".join(map(write_zpl_text, drawing.texts))
    head += "^PA0,1,1,1" if find_missing(drawing) else ""
    return f"{head}\n{write_code(drawing)}\n{texts}\n^PQ{copies}^XZ\n"


def check_letters(drawing: Drawing, product_id: int) -> None:
    """Raise LettersMissing if printers lack a letter of the label, and the operator has named no font that has it."""
    missing = find_missing(drawing)
    if missing and not settings.ZPL_FONT:
        raise LettersMissing(product=product_id, letters=" ".join(missing[:MAX_LETTERS_NAMED]))


def find_missing(drawing: Drawing) -> list[str]:
    """Return the letters of the label that the built-in font lacks, each once."""
    letters = "".join(text.text for text in drawing.texts)
    return list(dict.fromkeys(one for one in split_graphemes(letters) if not BUILT_IN.issuperset(one)))


def write_zpl_text(text: Text) -> str:
    font, end = ("^A0N", "") if BUILT_IN.issuperset(text.text) else ("^A@N", f",{settings.ZPL_FONT}")
    return f"^FO{text.x},{text.y}{font},{text.size},{text.size}{end}^FH^FD{escape_field(text.text)}^FS"


def escape_field(text: str) -> str:
    """Return the text with each byte of its UTF-8, except letters and digits, as `_` and two hexadecimal digits."""
    return "".join(chr(byte) if byte in PLAIN else f"_{byte:02X}" for byte in text.encode())


def write_code(drawing: Drawing) -> str:
    row_bytes = -(-len(drawing.symbol.rows[0]) * drawing.module // BYTE)
    height = drawing.bar_height or drawing.module  # the height of a row of modules
    rows = [write_dots(row, drawing.module, row_bytes) + SAME_ROW * (height - 1) for row in drawing.symbol.rows]
    size = row_bytes * height * len(rows)
    return f"^FO{drawing.x},{drawing.y}^GFA,{size},{size},{row_bytes},{''.join(rows)}^FS"


def write_dots(modules: str, module: int, row_bytes: int) -> str:
    """Return a row of dots in hexadecimal."""
    dots = "".join(one * module for one in modules).ljust(row_bytes * BYTE, "0")
    return f"{int(dots, 2):0{row_bytes * 2}X}"


NAMESPACE = "http://www.w3.org/2000/svg"
SHEET_WIDTH, SHEET_MARGIN = 210 * DOTS_PER_MM, 10 * DOTS_PER_MM  # A4, upright
BASELINE = 0.8  # the height of the baseline, as a part of the text's height
DARK = re.compile("1+")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_svg(drawing: Drawing) -> str:
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
    return ground + code + "".join(map(write_svg_text, drawing.texts))


def write_svg_text(text: Text) -> str:
    y = text.y + round(text.size * BASELINE)
    content = escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text.text))
    return f'<text x="{text.x}" y="{y}" font-family="sans-serif" font-size="{text.size}">{content}</text>'
