"""What the services of an import know about a file of products, and the choices of the import.

products/filing/layout.py has the subclass of `Columns`, and products/filing/rows.py the implementation of `ReadRows`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, NoReturn, Protocol, TypeVar

from products.filing.columns import ProductColumn
from products.filing.errors import Body, RowError, RowErrors
from products.models import CustomField

REFUSE, ZERO, IGNORE, KEEP, SKIP, AMOUNTS, SET, ADD, LEAVE, OVERWRITE, CREATE, RESTORE, FIRST = (
    "refuse", "zero", "ignore", "keep", "skip", "amounts", "set", "add", "leave", "overwrite", "create",
    "restore", "first",
)  # fmt: skip
UNCOUNTED, SHOP = "uncounted", "shop"
SIGNS = {"point": ".", "comma": ","}


@dataclass(frozen=True)
class Choices:
    """The value of each choice. It is empty if the parameter was not given."""

    no_price: str = ""
    below_zero: str = ""
    unknown: str = ""
    wrong_rows: str = ""
    fractions: str = ""
    quantities: str = ""
    conflicts: str = ""
    archived: str = ""
    repeated: str = ""
    no_quantity: str = ""
    decimal_sign: str = ""
    is_moving: bool = False  # whether the parameter `moving` was given
    is_list: bool = False  # whether the file is the price list of a supplier: see products/filing/price_lists.py
    is_by_person: bool = False  # whether a person has sent the file by a page, so that no product is low by default

    def settle(self, *, is_own: bool) -> "Choices":
        """Return the choices with a value for each parameter that was not given.

        With `is_moving`, this is the value in MOVING, unless this service has written the file (`is_own`).
        """
        is_moving = self.is_moving and not is_own
        defaults = {name: values[0] for name, values in VALUES.items()} | (MOVING if is_moving else {})
        values: dict[str, Any] = {name: getattr(self, name) or defaults[name] for name in VALUES}
        return replace(self, **values, is_moving=is_moving)


class TableRow(NamedTuple):
    """A row of a file: the values and the texts of its cells by column. Malformed cells have no value."""

    line: int
    values: dict[str, Any]
    texts: dict[str, str]
    cells: dict[str, Any]


class TableFile(NamedTuple):
    """A file with a small table: its rows or what they describe, its columns, and its malformed cells and lines."""

    rows: list[Any]
    columns: Collection[str]
    errors: RowErrors


MAX_CHANGES_LISTED = 100
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


def answer_import(name: str, rows: list[Body], *, dry_run: bool) -> Body:
    """Return the response to an import. `rows` are what the file has, each with its `change`, listed as `name`."""
    changes = [row["change"] for row in rows]
    counts = {change: changes.count(change) for change in (CREATED, UPDATED, UNCHANGED)}
    listed = [row for row in rows if row["change"] != UNCHANGED]
    return {"dry_run": dry_run, **counts, name: listed[:MAX_CHANGES_LISTED]}


# What an import creates besides products.
ALSO_CREATED = ("suppliers", "locations", "categories", "groups", "fields", "rates")
MAX_CHOICE_LENGTH = 10  # the most characters of a value
# The values of each parameter, of which the first one is the default, and the defaults with `moving`.
VALUES = {
    "no_price": (REFUSE, ZERO),
    "below_zero": (REFUSE, ZERO),
    "unknown": (REFUSE, IGNORE, KEEP),
    "wrong_rows": (REFUSE, SKIP),
    "fractions": (REFUSE, AMOUNTS),
    "quantities": (SET, ADD, LEAVE),
    "conflicts": (LEAVE, OVERWRITE),
    "archived": (CREATE, REFUSE),
    "repeated": (REFUSE, ADD, FIRST),
    "no_quantity": (ZERO, UNCOUNTED),
    "decimal_sign": (SHOP, *SIGNS),
}
MOVING = {
    "no_price": ZERO, "below_zero": ZERO, "unknown": KEEP, "wrong_rows": SKIP, "fractions": AMOUNTS, "repeated": ADD,
}  # fmt: skip


Item = TypeVar("Item")
Watch = Callable[[Iterable[Any]], Iterator[Any]]  # yields the items as long as there is time


@dataclass(frozen=True)
class Columns:
    """What the columns of a file are, and what the user has chosen for them."""

    at: dict[int, ProductColumn]  # the columns of products by their places in a row; columns of profiles are last
    stocks: dict[int, str]  # the names of the locations that have a column, by its place in the row
    own: dict[str, CustomField]  # the shop's own fields and new ones by key; empty if the file can't have any
    choices: Choices
    is_own: bool  # whether this service has written the file
    is_of_system: bool
    price_per: str  # `unit` or `pack` if the name of the prices in a price list says what they are those of
    has_only_skus: bool  # whether the supplier's numbers in a price list are named as SKUs, and may be the shop's
    has_assumed_ids: bool  # whether `id` is read as `external_id`, because another program may have written the file

    @cached_property
    def columns(self) -> list[ProductColumn]:
        return [*self.at.values()]

    @cached_property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def beside(self) -> list[str]:
        """Return the names of the columns of profiles."""
        return [column.name for column in self.columns if column.is_beside]

    @property
    def has_ages(self) -> bool:
        """Return whether the file says up to which change it has the values of each product."""
        return "change_sequence" in self.names

    @cached_property
    def places(self) -> list[str]:
        return [*self.stocks.values()]

    @cached_property
    def copied(self) -> list[str]:
        """Return the names of the columns of the temporary table, in the order of a row's values."""
        in_sql = [column.name for column in self.columns if not column.is_beside]
        profile, stocks = ["profile"] * bool(self.beside), ["stocks"] * bool(self.stocks)
        return ["line", "wrong", "barcode_cell", "more_codes", "unsaid", *in_sql, *profile, *stocks]


class ReadRows(Protocol):
    """The rows of a file. They are read once. The attributes are complete after that."""

    errors: RowErrors  # the errors of cells, and of lines that can't be read as rows
    row_count: int
    no_price: set[int]  # the lines without a price
    has_changed_barcodes: bool
    has_further_codes: bool
    has_unsaid: bool
    missing_rates: list[str]  # the rates of VAT that the shop lacks
    left_rates: list[str]  # the cells that are no rates of VAT

    @property
    def layout(self) -> Columns: ...
    @property
    def product_count(self) -> int: ...
    def read_values(self) -> Iterator[list[Any]]: ...
    def watch(self, items: Iterable[Item]) -> Iterator[Item]: ...
    def check_time(self) -> None: ...
    def quote_number(self, name: str, cell: str) -> str: ...
    def ask_for_ids(self, line: int, product_id: str, product: str) -> NoReturn: ...
    def describe(self, found: "Findings") -> Body: ...
    def list_notes(self, found: "Findings") -> list[str]: ...
    def write_skipped(self, found: "Findings") -> Iterator[str]: ...
    def close(self) -> None: ...


class Findings:
    """What an attempt to import the rows has found, in addition to what reading them has found."""

    def __init__(self, rows: ReadRows, sent_by: int = 0, file_name: str = "") -> None:
        self.rows, self.sent_by, self.file_name = rows, sent_by, file_name
        self.begin()

    def begin(self) -> None:
        """Forget what the previous attempt has found."""
        self.errors = self.rows.errors.copy()
        self.has_further_codes = self.rows.has_further_codes
        self.chosen = defaultdict(set, no_price={*self.rows.no_price})  # the lines that each choice concerns
        # The errors of rows that are left out, by line. If only the barcode of a row is wrong, the barcode is left out:
        # the reason and the cell, by line.
        self.left_rows, self.left_barcodes = dict[int, list[RowError]](), dict[int, tuple[str, str]]()
        # The lines of new products with the barcode of a product of the shop. They are probably that product, so they
        # are left out.
        self.taken = set[int]()
        self.dropped = 0  # the number of errors that were not kept
        self.other_values: list[int] = []  # the lines whose quantities are added to rows with other values
        self.kept_barcodes: list[str] = []  # the barcodes that are not changed, because products have this text
        self.doubtful_prices, self.doubtful_price_count = list[Body](), 0  # the list has only the first ones

    @property
    def layout(self) -> Columns:
        return self.rows.layout

    @property
    def may_have_codes(self) -> bool:
        """Return whether the file may have further codes."""
        return self.has_further_codes or "codes" in self.layout.names

    def take_out(self) -> list[int] | None:
        """Leave out what is wrong, and forget the errors. Return the lines that were added to `left_barcodes`.

        If some lines are wrong by themselves, only these are left out, because the others may be right without them. If
        no row of the file would be left, return None, and record the errors of all rows.
        """
        self.dropped += self.errors.total - len(self.errors.rows)
        errors = defaultdict(list)
        for error in self.errors.rows:
            errors[error.line].append(error)
        lines = (errors.keys() & self.errors.independent) or errors.keys()
        barcodes = {
            line
            for line in lines
            if not (line in self.left_barcodes or line in self.taken)
            and {one.column for one in errors[line]} == {"barcode"}
        }
        skipped = {line: errors[line] for line in lines if line not in barcodes}
        if len(self.left_rows) + len(skipped) >= self.rows.product_count:
            found = [error for each in (*self.left_rows.values(), *errors.values()) for error in each]
            self.errors.replace(found, self.dropped)
            return None
        self.left_rows |= skipped
        self.left_barcodes |= {line: (errors[line][-1].reason, errors[line][-1].cell) for line in barcodes}
        self.errors.replace([])
        return sorted(barcodes)
