"""Find groups that a file does not name: variants are rows with one name, and a row may have the sums of others."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from core.files.tables import Row
from core.texts.cleaning import fold_case
from products.filing.column_names import VARIANTS, normalize_column_name
from products.filing.columns import MONEY_COLUMNS, OPTION
from products.filing.header_cells import IDENTIFYING_COLUMNS, HeaderCell, find_cell
from products.filing.samples import find_number
from products.filing.source import has_content
from products.filing.systems.systems import PLACE, VALUE, System


def mark_variants(header: list[HeaderCell], rows: Iterator[Row]) -> list[HeaderCell]:
    """Return the header with columns of options, and with the name as the parent, if several rows have the same name.

    These rows differ in their options. A file in which each row has a name of its own has no variants.
    """
    name, code, axes = find_cell(header, "name"), find_cell(header, "sku"), [*filter(may_be_axis, header)]
    if name is None or not axes or find_cell(header, "group"):
        return header
    if have_variants(rows, name.place, [cell.place for cell in axes], code.place if code else None):
        for cell in axes:
            axis = (cell.column or "").partition(":")[2] or cell.name
            header[cell.place] = replace(cell, column=None, part=VALUE, text=axis, may_be=(), question="")
        header[name.place] = replace(name, is_parent=True)
    return header


def may_be_axis(cell: HeaderCell) -> bool:
    """Return whether the column has options by its name. The parameter `columns` may say that it has none."""
    if cell.column:
        return cell.column.startswith(f"{OPTION}:")
    return cell.key in VARIANTS and not (cell.is_mapped or cell.part)


def have_variants(rows: Iterator[Row], name: int, axes: list[int], code: int | None) -> bool:
    """Return whether two rows have the same name but different options.

    Return False if two rows with the same name and the same options have different codes.
    """
    first, codes = dict[int, int](), dict[tuple[int, int], str]()
    is_found = False
    for _line, cells in rows:
        if cells and len(cells) > max(name, *axes, code or 0) and (text := str(cells[name]).strip()):
            title, options = hash(fold_case(text)), hash(tuple(fold_case(str(cells[place]).strip()) for place in axes))
            is_found = is_found or first.setdefault(title, options) != options
            sku = "" if code is None else fold_case(str(cells[code]).strip())
            if codes.setdefault((title, options), sku) != sku:
                return False
    return is_found


MIN_ROWS = 2  # a row with a price is a subtotal only if it has the sum of at least these rows
ITEM = 0  # the line that stands for those of rows that are no groups


class Sums(NamedTuple):
    """The numbers in a row. With `has_price`, it has the price of a unit."""

    line: int
    value: Decimal
    quantity: Decimal
    has_price: bool


def read_sum(cell: Any) -> Decimal:
    """Return the number of a cell, or 0 if it has none."""
    text = str(cell)
    return Decimal(text if text.isascii() and text.isdigit() else find_number(text) or 0)


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


def list_subtotals(rows: Iterator[Row], header: list[HeaderCell], system: System | None) -> set[int]:
    """Return the lines of rows with the sums of a group. The files of some systems have them above the group."""
    if not (system and system.subtotals):
        return list_groups(rows, header)
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


def list_groups(rows: Iterator[Row], header: list[HeaderCell]) -> set[int]:
    """Return the lines of rows with nothing but a name and a quantity, if these are the sums of other rows."""
    meanings = {cell.place: {cell.column, *cell.hint, *cell.may_be} for cell in header}
    quantities = [cell.place for cell in header if cell.part == PLACE or "quantity" in meanings[cell.place]]
    others = [place for place, found in meanings.items() if found & {*MONEY_COLUMNS, *IDENTIFYING_COLUMNS} - {"name"}]
    if not quantities or not any("price" in found for found in meanings.values()):
        return set()
    items: list[tuple[int, Decimal]] = []
    for line, row in rows:
        cells = row or []
        quantity = sum((read_sum(cells[place]) for place in quantities if place < len(cells)), Decimal(0))
        is_item = quantity <= 0 or has_content([cells[place] for place in others if place < len(cells)])
        items.append((ITEM if is_item else line, quantity))
    return find_groups(items) or find_groups(items[::-1])


def find_groups(items: list[tuple[int, Decimal]]) -> set[int]:
    """Return the lines of groups, if most of them have the sum of the quantities up to the next group.

    A single one is the first row, with the sum of all others.
    """
    groups: list[tuple[int, Decimal, list[Decimal]]] = []
    for line, quantity in items:
        if line != ITEM:
            groups.append((line, quantity, []))
        elif groups:
            groups[-1][2].append(quantity)
    exact = [parts for _line, quantity, parts in groups if parts and sum(parts) == quantity]
    is_total = len(groups) == 1 and items[0][0] != ITEM
    number = sum(len(parts) >= MIN_ROWS for parts in exact)
    is_sure = number >= (1 if is_total else MIN_ROWS) and 2 * len(exact) >= len(groups)
    return {line for line, _quantity, _parts in groups} if is_sure else set()
