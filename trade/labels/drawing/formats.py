"""Labels in the command language of label printers, ZPL II.

Every byte of a text except ASCII letters and digits is written in hexadecimal (`^FH`), so no name can end its field or
give a command. The codes are bitmaps: printers draw the same modules as browsers, and the content of a code is never
part of a command.

The built-in font of printers has Latin letters alone. A text with others is printed in the font of the printer that the
setting ZPL_FONT names, such as E:TT0003M_.FNT. Without the setting, such a label is refused.

The positions of the texts and the code on a label are in dots of a label printer, even for SVG.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from django.conf import settings

from trade.labels.drawing.contents import LabelContent, Symbol, is_wide, measure, split_graphemes, take_fitting
from trade.labels.errors import LabelTooFull, LabelTooSmall, LabelTooSmallForQR, LettersMissing
from users.models import LABEL_SIZES

DOTS_PER_MM = 8  # the resolution of a printer with 203 dots per inch
SIZES = {name: tuple(map(int, name.split("x"))) for name in LABEL_SIZES}  # width and height in mm
MARGIN = 2 * DOTS_PER_MM
GAP = DOTS_PER_MM
QR_SHARE = 0.45  # the most of a label's width that the code takes
MAX_QR_MODULE, MIN_QR_MODULE = 8, 3  # the dots of a module: 1 mm and 0.375 mm
MAX_LINES_MODULE, MIN_LINES_MODULE = 4, 2  # the dots of a module: 0.5 mm and 0.25 mm
MIN_BAR_HEIGHT, GOOD_BAR_HEIGHT = 5 * DOTS_PER_MM, 10 * DOTS_PER_MM  # a second line of a name leaves the good height
NAME_SIZE, DETAIL_SIZE, CODE_SIZE = 28, 22, 20
MAX_NAME_LINES = 3
LINE_HEIGHT = 1.15
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Text:
    x: int
    y: int  # the position of its upper edge
    size: int
    text: str


@dataclass(frozen=True)
class Drawing:
    """A label: its texts, and its code with the size of a module. A linear code also has the height of its bars."""

    width: int
    height: int
    texts: tuple[Text, ...]
    symbol: Symbol
    x: int
    y: int
    module: int
    bar_height: int


def lay_out(label: LabelContent, size: str) -> Drawing:
    """Return the drawing of a label. Raise LabelTooSmall if a scanner could not read its code, or LabelTooFull."""
    width, height = (DOTS_PER_MM * mm for mm in SIZES[size])
    place = place_lines if label.symbol.is_linear else place_qr
    return place(label, width, height)


def place_qr(label: LabelContent, width: int, height: int) -> Drawing:
    """Return the drawing with the code on the left, and the texts beside it. The name has the lines that are left."""
    symbol = label.symbol
    room = min(height, round(width * QR_SHARE))
    module = choose_module(label, room, MIN_QR_MODULE, MAX_QR_MODULE)
    side, quiet = symbol.width * module, symbol.quiet * module
    left = side + GAP
    others = [(text, DETAIL_SIZE) for text in (*label.extras, *label.details)] + [(label.code_text, CODE_SIZE)]
    name_lines = (height - 2 * MARGIN - measure_height(others)) // measure_height([(label.name, NAME_SIZE)])
    if name_lines < 1:
        raise LabelTooFull(product=label.product_id)
    name = split_text(label.name, NAME_SIZE, width - left - MARGIN, min(name_lines, MAX_NAME_LINES))
    lines = [(line, NAME_SIZE) for line in name] + others
    texts = stack(lines, left, MARGIN, width - left - MARGIN)
    return Drawing(width, height, texts, symbol, quiet, (height - side) // 2 + quiet, module, 0)


def place_lines(label: LabelContent, width: int, height: int) -> Drawing:
    """Return the drawing with the texts above the code, which has the whole width. The name has the lines to spare."""
    symbol = label.symbol
    module = choose_module(label, width, MIN_LINES_MODULE, MAX_LINES_MODULE)
    others = [(text, DETAIL_SIZE) for text in (*label.extras, "   ".join(label.details))]
    bottom = height - MARGIN - round(CODE_SIZE * LINE_HEIGHT)
    room = bottom - MARGIN - measure_height(others) - GOOD_BAR_HEIGHT
    name_lines = max(min(room // measure_height([(label.name, NAME_SIZE)]), MAX_NAME_LINES), 1)
    name = split_text(label.name, NAME_SIZE, width - 2 * MARGIN, name_lines)
    lines = [(line, NAME_SIZE) for line in name] + others
    texts = stack(lines, MARGIN, MARGIN, width - 2 * MARGIN)
    top = MARGIN + measure_height(lines)
    if bottom - top < MIN_BAR_HEIGHT:
        raise LabelTooFull(product=label.product_id)
    x = (width - symbol.width * module) // 2 + symbol.quiet * module
    code = stack([(label.code_text, CODE_SIZE)], MARGIN, bottom + 2, width - 2 * MARGIN)
    return Drawing(width, height, (*texts, *code), symbol, x, top, module, bottom - top)


def choose_module(label: LabelContent, room: int, smallest: int, largest: int) -> int:
    """Return the number of dots of a module with which the code fills the room. Raise LabelTooSmall."""
    module = min(room // label.symbol.width, largest)
    if module < smallest:
        error = LabelTooSmall if label.symbol.is_linear else LabelTooSmallForQR
        raise error(product=label.product_id)
    return module


def measure_height(lines: list[tuple[str, int]]) -> int:
    return sum(round(size * LINE_HEIGHT) for _, size in lines)


def stack(lines: list[tuple[str, int]], x: int, y: int, width: int) -> tuple[Text, ...]:
    """Return the lines one below the other, each cut to the width."""
    texts = []
    for line, size in lines:
        texts.append(Text(x, y, size, cut_text(line, size, width)))
        y += round(size * LINE_HEIGHT)
    return tuple(texts)


def split_text(text: str, size: int, width: int, max_lines: int) -> list[str]:
    """Return the text in lines of this width, broken at spaces, or anywhere in a word that is longer than a line.

    The last line has the rest.
    """
    lines = [""]
    for word in text.split():
        line = f"{lines[-1]} {word}".lstrip()
        is_full = measure(line, size) > width
        if is_full and lines[-1] and len(lines) < max_lines and (not is_wide(word[0]) or measure(word, size) <= width):
            lines.append(word)
        else:
            lines[-1] = line
        while len(lines) < max_lines and measure(lines[-1], size) > width:
            first = take_fitting(lines[-1], size, width) or split_graphemes(lines[-1])[0]
            lines[-1:] = [first.rstrip(), lines[-1][len(first) :].lstrip()]
    return lines


def cut_text(text: str, size: int, width: int) -> str:
    """Return the part of the text that fits, with an ellipsis if it is cut."""
    if measure(text, size) <= width:
        return text
    return f"{take_fitting(text, size, width - measure(ELLIPSIS, size)).rstrip()}{ELLIPSIS}"


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
