"""Kits as a file with a row for each part: write it, and read what people send."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from typing import Any

from django.utils.translation import gettext, override
from rest_framework.serializers import ValidationError

from core.amounts import scale
from core.files.workbooks import WorkbookTable
from core.languages import LANGUAGES
from core.sentences import fill
from core.text import fold_case
from core.translation import gettext_noop as _
from products.filing.cells import CellReader
from products.filing.column_names import COLUMN_OF, MAX_COLUMNS, normalize_column_name, quote
from products.filing.columns import ProductColumn, get_column
from products.filing.errors import InvalidFile, RowErrors, TooManyRows
from products.filing.header import MAX_SHEETS_TRIED
from products.filing.header_rows import MAX_ROWS_SEARCHED
from products.filing.rules import RULES
from products.filing.source import Source, explaining_errors, has_content, skip_blank
from trade.kits.models import Kit
from trade.kits.reading import attach_parts
from trade.kits.states import FileKit, FilePart, KitFile

MAX_ROWS = 2000  # the most rows of a file: kits are written one by one, and their products are locked meanwhile
KITS_AT_A_TIME = 500
LABELS = {
    "kit": _("Kit"),
    "sku": "SKU",
    "barcode": "Barcode",
    "price": "Price",
    "part": _("Part"),
    "part_name": _("Name of the part"),
    "quantity": "Quantity",
    "unit": "Unit",
}
MONEY = ("price",)
NAMING = ("kit", "sku", "barcode")  # the columns that name the kit
NEEDED = ("part", "quantity")
# The columns that are read. `part_name` is for people.
READ = {
    "kit": ProductColumn("kit", "text", ""),
    "sku": get_column("sku"),
    "barcode": get_column("sku"),  # as it is written, as in a POST of a kit
    "price": replace(get_column("price"), empty_value=None),
    "part": ProductColumn("part", "text", ""),
    "quantity": get_column("quantity"),
    "unit": get_column("unit"),
}
LETTERS = re.compile(r"[^\W\d_]+")
RULES_OF_KITS = {"kit": RULES["name"], "part": RULES["name"], "quantity": RULES["pack_size"]}
NO_HEADER = _(
    "It needs a row with the names of its columns: part, quantity, and one of kit, sku and barcode. Save the list of"
    " kits as a file to see one."
)
UNKNOWN_COLUMN = _("Kits have no column {name}: rename or remove it. The columns are {columns}.")
REPEATED_COLUMN = _("It has the column {name} twice: remove one.")
TOO_WIDE = _("This row has more cells than the header: remove them, or put a cell that has the delimiter in quotes.")
NO_KIT = _("This row names no kit: enter its name, SKU or barcode in each row.")
NO_PART = _("This cell is empty: enter the SKU, the barcode or the name of a product.")
NO_QUANTITY = _("This cell is empty: enter how much of the part one kit has.")
OTHER_PRICE = _("The kit has another price in line {line}: enter the same one in all of its rows.")


# --- Write ------------------------------------------------------------------------------------------------


def export_rows(kits: Any) -> Iterator[Sequence[Any]]:
    """Yield the header, and a row for each part, which is named by its SKU, else by its barcode or its name."""
    yield [*LABELS]
    found = [*kits.defer("description", "metadata")]
    for start in range(0, len(found), KITS_AT_A_TIME):
        for kit in attach_parts(found[start : start + KITS_AT_A_TIME]):
            yield from (write_row(kit, part) for part in kit.shown)


def write_row(kit: Kit, part: Any) -> tuple[Any, ...]:
    text = part.sku or part.barcode or part.product_name
    named = (kit.name, kit.sku, kit.barcode, kit.price)
    return *named, text, part.product_name, scale(part.each, part.decimals), part.unit


# --- Read -------------------------------------------------------------------------------------------------


def read_kits(file: Any, *, owner_id: int, decimal_sign: str, currency: str, encoding: str = "") -> KitFile:
    """Return the kits of the file. Raise InvalidFile, TooManyRows, ImportRunning or TooManyWorkbooks."""
    with closing(Source(file, owner_id, encoding)) as source:
        line, columns = find_header(source)
        reader = CellReader([], decimal_sign=decimal_sign, currency=currency)
        reader.rules |= RULES_OF_KITS
        errors = RowErrors()
        places = {name: place for place, name in enumerate(columns) if name in READ}
        if isinstance(source.table, WorkbookTable):
            source.table.counted = {places["quantity"]}
        rows = read_rows(source, line, len(columns), errors)
        observe(reader, places, [cells for _line, cells in rows])
        texts = [{name: str(cells[place]) for name, place in places.items()} for _line, cells in rows]
        values = [(line, read_values(reader, places, line, cells, errors)) for line, cells in rows]
        source.check_time()
    if not (values or errors.total):
        raise InvalidFile(gettext("It has no rows below the header: add at least one."))
    return KitFile(gather(values, texts, errors), places, errors)


def find_header(source: Source) -> tuple[int, list[str]]:
    """Return the line of the header, and the columns by place, empty for none. Raise InvalidFile."""
    table = source.table
    sheets = min(table.sheet_count, MAX_SHEETS_TRIED) if isinstance(table, WorkbookTable) else 1
    for sheet in range(sheets):
        if sheet and isinstance(table, WorkbookTable):
            with explaining_errors():
                table.read_sheet(sheet)
        for line, cells in source.read_first(MAX_ROWS_SEARCHED)[0]:
            texts = [str(cell) for cell in (cells or [])[:MAX_COLUMNS]]
            columns = [find_column(text) for text in texts]
            if {*NEEDED}.issubset(columns) and not {*NAMING}.isdisjoint(columns):
                check_columns(texts, columns)
                return line, columns
    raise InvalidFile(gettext(NO_HEADER))


def find_column(text: str) -> str:
    """Return the column with this name: its own, that of pages in any language, or one that a product's column has."""
    key = normalize_column_name(text)
    column = list_names().get(key) or COLUMN_OF.get(key, "")
    return column if column in LABELS else ""


@cache
def list_names() -> dict[str, str]:
    """Return the columns by their normalised names."""
    names = {normalize_column_name(name): name for name in LABELS}
    for language in LANGUAGES:
        with override(language):
            names |= {normalize_column_name(gettext(label)): name for name, label in LABELS.items()}
    return names


def check_columns(texts: list[str], columns: list[str]) -> None:
    """Raise InvalidFile if a column with a name is unknown, or if two are the same."""
    for place, (text, column) in enumerate(zip(texts, columns, strict=True)):
        if column in columns[:place] and column:
            raise InvalidFile(fill(REPEATED_COLUMN, name=quote(text)))
        if text.strip() and not column:
            raise InvalidFile(fill(UNKNOWN_COLUMN, name=quote(text), columns=", ".join(LABELS)))


def read_rows(source: Source, header: int, width: int, errors: RowErrors) -> list[tuple[int, list[Any]]]:
    """Return the rows below the header, each with as many cells. Raise TooManyRows."""
    rows: list[tuple[int, list[Any]]] = []
    for line, cells in skip_blank(source.read_rows(header, errors.add_line_error)):
        if len(rows) == MAX_ROWS:
            raise TooManyRows(limit=MAX_ROWS)
        if cells is not None and has_content(cells[width:]):
            errors.add_line_error(line, gettext(TOO_WIDE))
        elif cells is not None:
            rows.append((line, [*cells[:width], *[""] * (width - len(cells))]))
    return rows


def observe(reader: CellReader, places: dict[str, int], rows: list[list[Any]]) -> None:
    """Let the numbers of the file decide how those are read that can be read in two ways."""
    for name, place in places.items():
        if reader.may_decide(READ[name]):
            for cells in rows:
                reader.observe(READ[name], cells[place])
    reader.settle()


def read_values(
    reader: CellReader, places: dict[str, int], line: int, cells: list[Any], errors: RowErrors
) -> dict[str, Any]:
    """Return the values of a row by column, without those of malformed cells, whose errors are recorded."""
    values = {}
    for name, place in places.items():
        try:
            values[name] = reader.read(READ[name], cells[place])
        except ValidationError as error:
            errors.add_error(line, name, str(error.detail[0]), str(cells[place]))  # type: ignore[index]
    quantity = cells[places["quantity"]]
    if not values.get("unit") and isinstance(quantity, str):  # such as "2 kg"
        values["unit"] = "".join(LETTERS.findall(quantity))
    return values


def gather(rows: list[tuple[int, dict[str, Any]]], texts: list[dict[str, str]], errors: RowErrors) -> list[FileKit]:
    """Return the kits of these rows, which have values and texts. Rows are of one kit if they name it in one way."""
    kits: dict[tuple[str, ...], FileKit] = {}
    for (line, values), cells in zip(rows, texts, strict=True):
        key = tuple(fold_case(values.get(name) or "") for name in NAMING)
        if not any(key):
            errors.add_error(line, "kit", gettext(NO_KIT))
            continue
        kit = kits.setdefault(key, FileKit(line, cells, name_fields(values)))
        add_price(kit, line, values, cells, errors)
        if is_part(line, values, errors):
            kit.parts.append(FilePart(line, values["part"], values["quantity"], values.get("unit", ""), cells))
    return [*kits.values()]


def name_fields(values: dict[str, Any]) -> dict[str, Any]:
    """Return the name and the codes of the kit of a row by the names of its fields. Empty cells say nothing."""
    named = {"name": values.get("kit"), "sku": values.get("sku"), "barcode": values.get("barcode")}
    return {name: value for name, value in named.items() if value}


def add_price(kit: FileKit, line: int, values: dict[str, Any], cells: dict[str, str], errors: RowErrors) -> None:
    """Set the price of the kit, which may be in some of its rows only. Record an error if it differs."""
    price, present = values.get("price"), kit.fields.get("price")
    if price is not None and present is not None and price != present:
        errors.add_error(line, "price", fill(OTHER_PRICE, line=kit.line), cells["price"])
    elif "price" in values:
        kit.fields["price"] = present if price is None else price


def is_part(line: int, values: dict[str, Any], errors: RowErrors) -> bool:
    """Return whether the row has a part and its quantity. Record an error for an empty cell."""
    said = {"part": NO_PART, "quantity": NO_QUANTITY}
    empty = [name for name in NEEDED if name in values and not values[name]]
    for name in empty:
        errors.add_error(line, name, gettext(said[name]))
    return not empty and all(name in values for name in NEEDED)
