"""Small files of products that are expensive to read, by name. Each must be refused quickly."""

import io
import struct
import zipfile
from collections.abc import Callable

from products.filing.tests.spreadsheets import build_ods, build_ods_row, build_ods_text, build_xlsx

MARKS = "a" + "\u0301\u0316" * 60_000  # normalising sorts each run of marks, in time quadratic in its length
NAME_ROW = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
DIRECTORY_ENTRY = struct.Struct("<4s6H3L5H2L")
MEGABYTE = 1_000_000


def build_header_row(cells: int) -> str:
    """Return a row of cells that all have the first shared text."""
    return '<row r="1">' + '<c t="s"><v>0</v></c>' * cells + "</row>"


def build_backtracking() -> bytes:
    """Return a cell whose tag repeats `r="A1"` and `t="e"`, so that a pattern may try all combinations."""
    repeated = 'r="A1" ' * 10_000 + 't="e" ' * 10_000
    return build_xlsx(f'{NAME_ROW}<row r="2"><c r="A2" x=\'{repeated}\'><v>1</v></c></row>', ("name",))


def build_unclosed_errors() -> bytes:
    """Return cells with errors but no values, so that a pattern may look for each value up to the end of the sheet."""
    cells = '<c r="A2" t="e"><f>x</f></c>' * 20_000
    return build_xlsx(f'{NAME_ROW}<row r="2">{cells}</row>', ("name",))


def build_many_parts(count: int = 400_000) -> bytes:
    """Return an archive whose list has this many parts. All have the same content."""
    name = b"x"
    entry = DIRECTORY_ENTRY.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    start = b"PK\x03\x04" + bytes(26)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count % 2**16, count % 2**16, len(entry) * count, len(start), 0)
    return start + entry * count + end


def build_lying_size() -> bytes:
    """Return a workbook whose sheet unpacks to a thousand times the size that its archive states."""
    file = io.BytesIO(build_xlsx(NAME_ROW + "<row/>" * 30_000_000, ("name",)))
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return file.getvalue().replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))


HEADERS: dict[str, Callable[[], bytes]] = {
    "a header of marks, CSV": lambda: f"name,{MARKS}\nTea,1\n".encode(),
    "a header of marks, .xlsx": lambda: build_xlsx(NAME_ROW, (MARKS,)),
    "a header of marks, .ods": lambda: build_ods(build_ods_row(build_ods_text(MARKS))),
    "a title of marks, CSV": lambda: f"Prices\n{MARKS}\nname,price\n".encode(),
    "12,000 cells of 8,000 letters in a header, .xlsx": lambda: build_xlsx(build_header_row(12_000), ("x" * 8000,)),
    "100 unknown names, CSV": lambda: ",".join(f"{number:064}" for number in range(100)).encode(),
    "24 lines of 200 names of 250 letters, CSV": lambda: "\n".join(
        ",".join(f"€ größe {line} {column} {'é' * 230}" for column in range(200)) for line in range(24)
    ).encode(),
    "200,000 cells in each of ten rows, CSV": lambda: b"\n".join([b"name,x"] + [b"b,ab," * 200_000] * 10),
}
CELLS: dict[str, Callable[[], bytes]] = {
    "a cell of 19 MB, CSV": lambda: b"name\n" + b"x" * (19 * MEGABYTE),
    "a line of 19 MB, CSV": lambda: b"name\n" + b",a" * (19 * MEGABYTE // 2),
    "a row of 19 MB in quotes, CSV": lambda: b"name\n" + b'"\na",' * (19 * MEGABYTE // 5),
    "19 million blank lines, CSV": lambda: b"name\n" + b"\n" * (19 * MEGABYTE),
    "cells of 24 MB, .xlsx": lambda: build_xlsx(NAME_ROW + build_header_row(3), ("x" * (24 * MEGABYTE),)),
    "a cell of 30 MB in the sheet, .xlsx": lambda: build_xlsx(
        f'{NAME_ROW}<row r="2"><c r="A2" t="inlineStr"><is><t>{"x" * (30 * MEGABYTE)}</t></is></c></row>', ("name",)
    ),
    "a cell of 120 MB, .xlsx": lambda: build_xlsx(NAME_ROW, ("x" * (120 * MEGABYTE),)),
    "a cell of 120 MB, .ods": lambda: build_ods(build_ods_row(build_ods_text("x" * (120 * MEGABYTE)))),
    "a cell of a billion spaces, .ods": lambda: build_ods(
        build_ods_row(build_ods_text('x<text:s text:c="1000000000"/>'))
    ),
}
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a tag for backtracking, .xlsx": build_backtracking,
    "errors without values, .xlsx": build_unclosed_errors,
    "400,000 parts, .xlsx": build_many_parts,
    "more than the archive states, .xlsx": build_lying_size,
}
