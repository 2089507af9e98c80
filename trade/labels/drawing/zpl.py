"""Labels in the command language of label printers, ZPL II.

Every byte of a text except ASCII letters and digits is written in hexadecimal (`^FH`), so no name can end its field or
give a command. The codes are bitmaps: printers draw the same modules as browsers, and the content of a code is never
part of a command.
"""

from trade.labels.drawing.layout import Drawing, Text

PLAIN = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SAME_ROW = ":"  # in a bitmap, it repeats the row above
BYTE = 8


def write_label(drawing: Drawing, copies: int = 1) -> str:
    """Return the commands for a label: the encoding UTF-8, its size, its code, its texts and the number of copies."""
    head = f"^XA^CI28^PW{drawing.width}^LL{drawing.height}^LH0,0"
    texts = "\n".join(map(write_text, drawing.texts))
    return f"{head}\n{write_code(drawing)}\n{texts}\n^PQ{copies}^XZ\n"


def write_text(text: Text) -> str:
    return f"^FO{text.x},{text.y}^A0N,{text.size},{text.size}^FH^FD{escape_field(text.text)}^FS"


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
