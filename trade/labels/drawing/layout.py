"""The positions of the texts and the code on a label. All lengths are in dots of a label printer, even for SVG."""

from dataclasses import dataclass

from trade.labels.drawing.contents import LabelContent, Symbol, is_wide, measure, split_graphemes, take_fitting
from trade.labels.errors import LabelTooFull, LabelTooSmall, LabelTooSmallForQR
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
