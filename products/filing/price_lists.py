"""What the columns of a supplier's price list mean. It has the supplier's numbers, and its prices are what a shop pays.

products/filing/list_names.toml has their names.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.sentences import fill
from products.filing.column_names import COLUMN_OF, find_meaning, normalize_name, says_sold
from products.filing.errors import InvalidFile
from products.filing.header_cells import HeaderCell, find_cell
from products.filing.questions import ask_for_needed
from products.filing.samples import Sample

LISTED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("list_names.toml").read_text(encoding="utf-8"))
# The starts of unknown names by column, and the parts of names that tell whether a price is that of a unit or a pack.
STARTS, PARTS = LISTED.pop("starts"), LISTED.pop("parts")
# The names of prices that are those of the supplier's own sales if the list has no other ones.
SELLING = {*map(normalize_name, LISTED.pop("selling"))}
NAMES = {column: tuple(dict.fromkeys(map(normalize_name, names))) for column, names in LISTED.items()}
LIST_NAMES: dict[str, str] = {name: column for column, names in NAMES.items() for name in names}
# What a name of a column of products means in a price list.
MEANS = {"sku": "supplier_sku", "price": "cost_price"}
LIST_NAMES = {name: MEANS.get(column, column) for name, column in COLUMN_OF.items() if name != "sku"} | LIST_NAMES
RANKS = {name: rank for names in NAMES.values() for rank, name in enumerate(names)}
NUMBERS = ("supplier_sku", "barcode", "sku")  # the columns by which rows are matched to products
NUMBERED = ("sku", "supplier_sku")
READ = (*NUMBERS, "name", "cost_price", "price", "pack_size", "min_packs", "min_units", "lead_days", "price_unit")
OWN_SKU, PRICE = normalize_name("sku"), normalize_name("price")


def choose_list_columns(header: list[HeaderCell], sample: Sample) -> list[HeaderCell]:
    """Return the header, in which each column that a price list uses is read from one column, and no other is read.

    A column named `sku` has the supplier's numbers if no other one has. One named `price` is the recommended price if
    another one is surely that of costs. If no column has costs, the price at which the supplier sells is the cost
    price, and if none has names, the descriptions are the names. What is missing then is a question.
    """
    cells = [*map(read_guess, number_by_name(header, sample))]
    has_numbers = any(cell.column == "supplier_sku" for cell in cells if cell.key != OWN_SKU)
    for cell in cells:
        if cell.key == OWN_SKU and not cell.is_mapped:
            cells[cell.place] = replace(cell, column="sku" if has_numbers else "supplier_sku")
    choose_costs(cells, sample)
    if not find_cell(cells, "name"):
        cells = [replace(cell, column="name") if cell.column == "description" else cell for cell in cells]
    columns = {name for cell in cells for name in (cell.column, *cell.hint)}
    missing = (*(NUMBERS[:2] if columns.isdisjoint(NUMBERS) else ()), *({"cost_price"} - columns))
    cells = ask_for_needed(cells, sample, missing)
    best: dict[str, HeaderCell] = {}
    for cell in sorted(cells, key=rank):
        if cell.column in READ:
            best.setdefault(cell.column, cell)
    return [leave(cell) if cell.part or (cell.column and best.get(cell.column) is not cell) else cell for cell in cells]


def choose_costs(cells: list[HeaderCell], sample: Sample) -> None:
    """Choose the column of costs among these cells, which are changed.

    It is the one whose name says so, or has a word of buying, or is `price`. One with a word of selling is the cost
    only if no other column has prices: if one may have them, both are a question.
    """
    if any(cell.column == "cost_price" and cell.is_mapped for cell in cells):
        return
    free = [cell for cell in cells if not (cell.is_mapped or cell.part)]
    sold = [cell for cell in free if cell.column in ("price", "cost_price") and says_sold(cell.name)]
    costs = [cell for cell in free if cell.column == "cost_price" and cell not in sold and cell.key != PRICE]
    amounts = [cell for cell in free if not cell.column and sample[cell.place].can_be("cost_price")]
    bought = [cell for cell in amounts if find_meaning(cell.name) == "cost_price"]
    others = [cell for cell in amounts if find_meaning(cell.name) != "" and sample[cell.place].may_be_price]
    costs = costs or bought or [cell for cell in free if cell.key == PRICE]
    for cell in sold:
        cells[cell.place] = replace(cell, column="price")
    if (len(bought) > 1 and costs is bought) or (sold and others and not costs):
        for cell in [*bought, *others, *sold]:
            cells[cell.place] = replace(cells[cell.place], hint=("cost_price",))
        return
    for cell in costs or [cell for cell in sold if cell.column == "cost_price" or cell.key in SELLING][:1]:
        cells[cell.place] = replace(cell, column="cost_price", hint=())
    for cell in free:
        if cell.key == PRICE and cell not in costs:
            cells[cell.place] = replace(cell, column="price")


def number_by_name(cells: list[HeaderCell], sample: Sample) -> list[HeaderCell]:
    """Return the cells. Names that are different codes are the supplier's numbers, if no column surely has these."""
    names = next((cell for cell in cells if cell.names("name")), None)
    has_numbers = any(cell.column == "supplier_sku" and not cell.is_judged for cell in cells)
    if has_numbers or names is None or not sample[names.place].are_own_codes:
        return cells
    cells = [replace(cell, column=None) if cell.column in NUMBERED and cell.is_judged else cell for cell in cells]
    cells[names.place] = replace(names, column="supplier_sku")
    return cells


def read_guess(cell: HeaderCell) -> HeaderCell:
    """Return the cell with what it means in a price list, if it is a guess.

    An unknown name that begins with a usual one, such as `Cod.Art.Rossi`, means the same. A column that is judged by
    its cells has the numbers or the prices of the supplier, not those of the shop.
    """
    if cell.column:
        column = MEANS.get(cell.column) if cell.is_judged else None
    else:
        column = next((column for column, starts in STARTS.items() if cell.key.startswith(tuple(starts))), None)
    return replace(cell, column=column, question="", may_be=()) if column and not cell.is_mapped else cell


def rank(cell: HeaderCell) -> tuple[bool, bool, int, int]:
    """Return a key that sorts columns with one meaning, the surest one first."""
    return not cell.is_mapped, cell.key not in RANKS, RANKS.get(cell.key, 0), cell.place


def leave(cell: HeaderCell) -> HeaderCell:
    return replace(cell, column=None, is_left=True, is_judged=False, question="", may_be=(), part="")


def check_list(header: Sequence[HeaderCell]) -> None:
    """Raise InvalidFile if no column has the prices, or if none says which products they are of."""
    columns = {cell.column for cell in header}
    if columns.isdisjoint(NUMBERS):
        raise InvalidFile(
            fill(
                "It needs a column by which products are found: the supplier's numbers, barcodes or SKUs. To name it,"
                " send columns=Name in the file:supplier_sku."
            )
        )
    if "cost_price" not in columns:
        raise InvalidFile(
            fill("It needs a column with the prices. To name it, send columns=Name in the file:cost_price.")
        )


def has_only_skus(header: Iterable[HeaderCell]) -> bool:
    """Return whether the column with the supplier's numbers is named as that of SKUs."""
    return any(cell.key == OWN_SKU and cell.column == "supplier_sku" for cell in header)


def find_measure(header: Iterable[HeaderCell]) -> str:
    """Return `unit` or `pack` if the name of the column of prices says what its prices are those of, otherwise ""."""
    key = next((cell.key for cell in header if cell.column == "cost_price"), "")
    if key not in RANKS:
        return ""
    found = [measure for measure, words in PARTS.items() if any(word in key for word in words)]
    return found[0] if len(found) == 1 else ""
