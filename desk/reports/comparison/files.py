"""Read the list of another system from a file: the products and their quantities, by the names of an import."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext
from rest_framework.serializers import ValidationError

from core.fields import MAX_QUANTITY, MAX_QUOTED_LENGTH, GoodsField
from desk.reports.comparison.comparing import TheirLine
from products.filing.cells import CellReader
from products.filing.choices import IGNORE, ZERO, Choices
from products.filing.columns import ProductColumn
from products.filing.errors import FileNotCompared, InvalidFile
from products.filing.files import open_rows
from products.filing.rows import QUANTITY, Rows
from products.filing.rules import GOODS, GOODS_MESSAGES, CellRule
from stock.booking.drafts import ProductReference

# The columns that name a product, and the fields of their references. Names of products do not: two may have one name.
NAMING = {"id": "product", "external_id": "external_id", "sku": "sku", "barcode": "barcode"}
CHOICES = Choices(no_price=ZERO, unknown=IGNORE)
# Shops that sell what is not there have quantities below 0.
SIGNED = CellRule(
    GoodsField(min_value=-MAX_QUANTITY, decimal_places=GOODS.field.decimal_places, error_messages=GOODS_MESSAGES),  # type: ignore[attr-defined]
    GOODS.plain,
)


@dataclass
class ListFile:
    """A file with a list: its `lines`, and those that can't be read, in the form of the response."""

    lines: list[TheirLine] = field(default_factory=list)
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, reason: str, column: str = "", cell: str = "") -> None:
        said = {"code": "invalid", "detail": reason}
        self.wrong.append({"line": line, "field": column, "value": cell[:MAX_QUOTED_LENGTH], **said})


def read_list(file: Any, *, owner_id: int, mapping: str, decimal_sign: str) -> ListFile:
    """Return the lines of the file, of which an empty quantity is None.

    Raise FileNotCompared, TooManyRows, ImportRunning or TooManyWorkbooks.
    """
    try:
        rows = open_rows(file, owner_id=owner_id, mapping=mapping, decimal_sign=decimal_sign, choices=CHOICES)
        with closing(rows):
            return read_rows(rows)
    except InvalidFile as error:
        raise FileNotCompared(error.numbers["reason"], error.preview) from None


def read_rows(rows: Rows) -> ListFile:
    rows.reader.rules["quantity"] = SIGNED
    places = {column.name: (place, column) for place, column in rows.layout.at.items()}
    named = [(*places[name], of) for name, of in NAMING.items() if name in places]
    amounts = [(place, QUANTITY) for place in rows.layout.stocks]
    amounts = amounts or [places[name] for name in places if name == "quantity"]
    if not named or not amounts:
        raise InvalidFile(gettext("It needs a column with the quantity, and one of sku, barcode, external_id and id."))
    found = ListFile()
    for line, cells in rows.read_products(found.refuse, is_strict=False):
        references = [
            ProductReference(of, int(value) if of == "product" else value)
            for place, column, of in named
            for value in read_cells(rows.reader, found, line, [(place, column)], cells)
        ]
        quantities = list(read_cells(rows.reader, found, line, amounts, cells))
        is_wrong = bool(found.wrong) and found.wrong[-1]["line"] == line
        if not is_wrong:
            amount = sum(map(Decimal, quantities)) if quantities else None
            found.lines.append(TheirLine(line, references, amount))
    found.lines.sort(key=attrgetter("number"))
    return found


def read_cells(
    reader: CellReader, found: ListFile, line: int, places: list[tuple[int, ProductColumn]], cells: list[Any]
) -> Iterator[Any]:
    """Yield the values of the cells that are not empty. Refuse the line for a malformed one."""
    for place, column in places:
        cell = cells[place]
        if isinstance(cell, str) and reader.rules[column.name].plain.fullmatch(cell):
            if cell:
                yield cell
            continue
        try:
            value = reader.read(column, cell)
        except ValidationError as error:
            found.refuse(line, str(error.detail[0]), column.name, str(cell))  # type: ignore[index]
        else:
            if value not in (None, ""):
                yield value
