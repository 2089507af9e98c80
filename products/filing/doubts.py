"""Ask about prices and quantities whose names are known, but whose names or cells say that they may be others."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from core.files.tables import Row
from products.filing.column_names import find_meaning, says_paid
from products.filing.header_cells import HeaderCell
from products.filing.judging import MAX_ROWS_JUDGED, MIN_CODES, MIN_SHARE, Cells

MIN_ROWS = 20  # with fewer rows, few quantities prove nothing
MAX_ORDERED_SHARE = 0.1  # the share of rows with a quantity in a price list with a column for orders


def doubt_amounts(header: list[HeaderCell], rows: Iterator[Row]) -> list[HeaderCell]:
    """Return the header. `rows` are those below it.

    A price has an open question if it may be what the shop pays, or if there is another price. A quantity that few
    rows have is what somebody has ordered, so it is not read.
    """
    read = {cell.column: cell for cell in header if cell.column and not (cell.is_mapped or cell.is_preset)}
    price, quantity = read.get("price"), read.get("quantity")
    first = [row for _line, row in islice(rows, MAX_ROWS_JUDGED) if row] if price or quantity else []
    found = [*header]
    if quantity and quantity.name != "quantity" and is_ordered(take(quantity, first)):
        found[quantity.place] = replace(quantity, column=None, hint=("quantity",))
    if not price:
        return found
    for cell in [cell for cell in header if is_other_price(cell, take(cell, first), take(price, first))]:
        found[cell.place] = replace(cell, hint=("price",))
        found[price.place] = replace(price, hint=("price",))
    has_cost = any(cell.column == "cost_price" for cell in header)
    if not has_cost and (says_paid(price.name) or are_offers(read, first)):
        found[price.place] = replace(price, hint=("price", "cost_price"))
    return found


def take(cell: HeaderCell, rows: list[list[Any]]) -> Cells:
    return Cells(row[cell.place] for row in rows if cell.place < len(row))


def is_ordered(cells: Cells) -> bool:
    """Return whether few of many rows have a number, and none says that there is nothing."""
    is_rare = 0 < len(cells.texts) <= MAX_ORDERED_SHARE * len(cells.given)
    return is_rare and len(cells.given) >= MIN_ROWS and "0" not in cells.numbers


def is_other_price(cell: HeaderCell, cells: Cells, prices: Cells) -> bool:
    """Return whether an unknown column has a name of prices, and other amounts in most rows."""
    is_free = cell.column is None and not (cell.is_mapped or cell.is_preset or cell.part or cell.may_be or cell.is_left)
    is_price = is_free and find_meaning(cell.name) == "price" and cells.can_be("price")
    return is_price and len(cells.texts) >= MIN_SHARE * len(cells.given) and cells.numbers != prices.numbers


def are_offers(read: dict[str, HeaderCell], rows: list[list[Any]]) -> bool:
    """Return whether several products have rows of several suppliers with different prices."""
    places = [read[column].place for column in ("name", "supplier", "price") if column in read]
    prices: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows if len(places) == 3 else ():
        if max(places) < len(row):
            name, supplier, price = (str(row[place]).strip().lower() for place in places)
            prices[name][supplier] = price
    return sum(len({*of_name.values()}) > 1 for of_name in prices.values()) >= MIN_CODES
