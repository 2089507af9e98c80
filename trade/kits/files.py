"""Kits as a file with a row for each part: write it, and read what people send."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext

from core.money.amounts import scale
from core.sentences import fill
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.filing.columns import ProductColumn, get_column
from products.filing.errors import RowErrors
from products.filing.files import SmallTable
from products.filing.rules import RULES
from products.filing.states import TableFile, TableRow
from trade.kits.import_services import FileKit, FilePart
from trade.kits.models import Kit
from trade.kits.reading import attach_parts

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
NO_PART = _("This cell is empty: enter the SKU, the barcode or the name of a product.")
NO_QUANTITY = _("This cell is empty: enter how much of the part one kit has.")
OTHER_PRICE = _("The kit has another price in line {line}: enter the same one in all of its rows.")

TABLE = SmallTable(LABELS, READ, RULES_OF_KITS, NEEDED, NAMING, "quantity", NO_HEADER, UNKNOWN_COLUMN, priced=Kit)


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


def read_kits(file: Any, **options: Any) -> TableFile:
    """Return the kits of the file. The options and the errors are those of read_file()."""
    read = TABLE.read_file(file, **options)
    for row in read.rows:
        quantity = row.cells["quantity"]
        if not row.values.get("unit") and isinstance(quantity, str):  # such as "2 kg"
            row.values["unit"] = "".join(LETTERS.findall(quantity))
    return read._replace(rows=gather(read.rows, read.errors))


def gather(rows: list[TableRow], errors: RowErrors) -> list[FileKit]:
    """Return the kits of these rows. Rows are of one kit if they name it in one way."""
    kits: dict[tuple[str, ...], FileKit] = {}
    for line, values, cells, _cells in rows:
        key = tuple(fold_case(values.get(name) or "") for name in NAMING)
        if not any(key):
            errors.add_error(line, "kit", gettext("This row names no kit: enter its name, SKU or barcode in each row."))
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
