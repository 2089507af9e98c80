"""Labels in the command language of label printers, ZPL II.

Every byte of a text except ASCII letters and digits is written in hexadecimal (`^FH`), so no name can end its field or
give a command. The codes are bitmaps: printers draw the same modules as browsers, and the content of a code is never
part of a command.

The built-in font of printers has Latin letters alone. A text with others is printed in the font of the printer that the
setting ZPL_FONT names, such as E:TT0003M_.FNT. Without the setting, such a label is refused.
"""

from django.conf import settings

from trade.labels.drawing.graphemes import split_graphemes
from trade.labels.drawing.layout import Drawing, Text
from trade.labels.errors import LettersMissing

MAX_LETTERS_NAMED = 10
CODE_PAGES = ("cp1250", "cp1252", "cp1254", "cp1257")  # the Latin ones of Windows: the letters of the built-in font
BUILT_IN = frozenset("".join(bytes(range(32, 256)).decode(page, "ignore") for page in CODE_PAGES))
PLAIN = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SAME_ROW = ":"  # in a bitmap, it repeats the row above
BYTE = 8


def write_label(drawing: Drawing, copies: int = 1) -> str:
    """Return the commands for a label: the encoding UTF-8, its size, its code, its texts and the number of copies.

    Arabic and Thai letters are joined and ordered by the command ^PA, which the built-in font does not need.
    """
    head = f"^XA^CI28^PW{drawing.width}^LL{drawing.height}^LH0,0"
    texts = "\n".join(map(write_text, drawing.texts))
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


def write_text(text: Text) -> str:
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
