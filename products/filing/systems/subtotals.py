"""Find the rows of groups in a file. Such a row has the sums of the rows below it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from core.files.numbers import AmbiguousNumber, NotANumber, normalize_number
from core.files.tables import Row
from products.filing.column_names import normalize_column_name
from products.filing.header_cells import HeaderCell
from products.filing.source import has_content
from products.filing.systems.systems import System

MIN_ROWS = 2  # a row with a price is a subtotal only if it has the sum of at least these rows


class Sums(NamedTuple):
    """The numbers in a row. With `has_price`, it has the price of a unit."""

    line: int
    value: Decimal
    quantity: Decimal
    has_price: bool


def read_sum(cell: Any) -> Decimal:
    """Return the number of a cell, or 0 if it has none."""
    try:
        return Decimal(normalize_number(str(cell)))
    except AmbiguousNumber:
        return Decimal(normalize_number(str(cell), "."))
    except NotANumber:
        return Decimal(0)


def find_subtotals(rows: Iterable[Sums]) -> set[int]:
    """Return the lines of rows with the sum of the rows below them. `rows` begin with the last row.

    A sum can consist of other sums. The time is linear in the number of rows.
    """
    found = set[int]()
    totals = [(Decimal(0), Decimal(0))]  # the running sums of value and quantity, beginning with the last row
    places = {Decimal(0): 0}  # the index of each running sum of values in `totals`
    for row in rows:
        value, quantity = totals[-1]
        place = places.get(value - row.value, len(totals))
        count = len(totals) - 1 - place
        is_sum = row.value > 0 and count >= (MIN_ROWS if row.has_price else 1)
        if is_sum and row.quantity in (0, quantity - totals[place][1]):
            found.add(row.line)
            for total in totals[place + 1 :]:
                places.pop(total[0], None)
            del totals[place + 1 :]
            places[totals[-1][0]] = place
        else:
            value, quantity = value + row.value, quantity + row.quantity
        totals.append((value, quantity))
        places.setdefault(value, len(totals) - 1)
    return found


def list_subtotals(rows: Iterator[Row], header: list[HeaderCell], system: System) -> set[int]:
    """Return the lines of rows with the sums of a group. The files of some systems have them above the group."""
    names = [*map(normalize_column_name, system.subtotals)]
    value = next((cell.place for name in names for cell in header if cell.key == name), None)
    if value is None:
        return set()
    places = {cell.column: cell.place for cell in header}
    price, quantity = places.get("cost_price", value), places.get("quantity", value)
    sums = [
        Sums(line, read_sum(cells[value]), read_sum(cells[quantity]), has_content([cells[price]]))
        for line, cells in rows
        if cells and len(cells) > max(value, price, quantity)
    ]
    return find_subtotals(reversed(sums))
