"""Find the columns of products that the names in a header mean, and the questions about them."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.column_names import (
    COLUMN_OF,
    OF_PLACE,
    Mapping,
    find_letter,
    find_meaning,
    find_named_column,
    find_own_names,
    list_own_keys,
    list_own_names,
    normalize_column_name,
    normalize_name,
    quote,
    rank_name,
)
from products.filing.columns import (
    AMOUNT_COLUMNS,
    COLUMN_NAMES,
    COLUMNS_BY_NAME,
    FIELD,
    MONEY_COLUMNS,
    NAME_PART,
    OPTION,
    say_column,
)
from products.filing.systems.systems import KEPT, LEFT, PARENT, PLACE, PLACES, VALUE, System
from products.models import CustomField

IDENTIFYING_COLUMNS = ("id", "sku", "external_id", "barcode", "name")
IDS = ("id", "external_id")
# Empty cells of these columns never get the value of another column, except as the table of a system says.
LINKS = ("supplier", "category")
NEVER_FILLED = (*MONEY_COLUMNS, *AMOUNT_COLUMNS, *LINKS)
DATE_COLUMNS = ("expiration_date", "expires_on")
UNIT_PRICE = normalize_name("unit price")
DOCUMENTED = frozenset(map(normalize_name, COLUMN_NAMES))  # these names never mean one of the shop's own fields
REASON_COLUMN = "refused because"  # the name of the column with the reasons in a file of refused rows
REASON_KEY = normalize_name(REASON_COLUMN)
WORDS = re.compile(r"[\W_]+")

# What to decide about a column. `{name}` is its name, and `{column}` the column of products that it may be.
WHOSE_IDS = _("{name} may have the ids of this shop or those of another program: read it as one of these: {column}.")
YES_OR_NO = _(
    "{name} asks for yes or no, which is no value of {column}: read it as {column} only if it has other values."
)
PRICE_OF_A_MEASURE = _(
    "{name} may be the price of a litre or a kilogram, because the file has another price: read it as {column} only if"
    " it is that of the product."
)


@dataclass(frozen=True)
class HeaderCell:
    """A cell of the header. `column` is the product's column that it names, or None if it is unknown or ignored."""

    name: str
    key: str  # the normalised name
    place: int  # places begin at 0
    column: str | None
    is_mapped: bool = False  # the parameter `columns` says what it is
    # Whether `id` is read as `external_id` by default. The user is asked if one of these ids is an id of this shop.
    is_assumed: bool = False
    question: str = ""  # what somebody has to decide about an unknown column, if it is known
    is_judged: bool = False  # the cells of the column show what it is, and its name does not
    hint: tuple[str, ...] = ()  # the columns of products that it may be, by its cells, though it is not read as them
    score: int = 0  # how well its cells fit the column, compared with others of this name
    may_be: tuple[str, ...] = ()  # the columns of products that this unknown column may be
    part: str = ""  # what the column is in the files of the recognised system: see products/filing/systems/tables/
    is_preset: bool = False  # the table of the system says what it is
    position: int = 0  # the position of its name in the list that the system has for this column
    text: str = ""  # the part of its name that is the name of a place or of an axis
    is_parent: bool = False  # rows with the same cell are variants
    is_left: bool = False  # an unknown column that is left out
    wanted: str = ""  # the key of the new own field that the parameter `columns` wants it to become
    instead_of: str = ""  # the column of products whose empty cells get the values of this one

    @property
    def letter(self) -> str:
        return find_letter(self.place)

    @property
    def is_ignored(self) -> bool:
        return self.column is None and not self.is_structure and (self.is_mapped or self.is_left or not self.name)

    @property
    def is_structure(self) -> bool:
        """Return whether the column tells how rows belong together, or has the stock of a place."""
        return self.column is None and bool(self.part) and self.part not in (KEPT, LEFT)

    @property
    def is_settled(self) -> bool:
        """Return whether its name, the user or the system says what the column is, or it is left out."""
        return bool(self.column or self.is_mapped or self.is_preset or self.part or self.is_left)

    @property
    def is_unknown(self) -> bool:
        return self.column is None and not (self.is_ignored or self.is_structure)

    def names(self, column: str) -> bool:
        """Return whether the name alone says that this is the column."""
        return self.column == column and not self.is_mapped

    def doubt(self, question: str, *columns: str) -> "HeaderCell":
        """Return the cell as unknown, with this question. `columns` are those that it may be."""
        may_be = columns or (self.column or "",)
        filled = fill(question, name=quote(self.name), column=" / ".join(map(say_column, may_be)))
        return replace(self, column=None, is_assumed=False, question=filled, may_be=may_be)


def find_cell(cells: Iterable[HeaderCell], column: str) -> HeaderCell | None:
    """Return the first cell that is read as this column of products."""
    return next((cell for cell in cells if cell.column == column), None)


def read_names(
    names: list[str],
    mapping: Mapping,
    keys: Container[str] = (),
    system: System | None = None,
    further: dict[str, str] | None = None,
) -> list[HeaderCell]:
    """Return the cells of the header with their columns of products.

    The mapping by place overrides the mapping by name. Cells without a name are ignored unless they are mapped. A cell
    whose name can mean several things has a question, or the other cells decide. `keys` are those of the shop's own
    fields. In the file of a system, its table says what the columns are. `further` has more names, which override.
    """
    known = COLUMN_OF | find_own_names(names) | (further or {})
    cells = [read_name(place, name, mapping, keys, known, system) for place, name in enumerate(names)]
    if system:
        return choose_columns(cells)
    return settle_ids(settle_unit_prices(settle_dates(settle_groups(cells))))


def name_fields(names: list[str], fields: dict[str, CustomField]) -> dict[str, str]:
    """Return the columns of own fields by normalised label or key. A label outweighs the key of another field."""
    others = {"", *DOCUMENTED, *find_own_names(names)}
    keys = {normalize_column_name(key): f"{FIELD}:{key}" for key in fields}
    known = keys | {normalize_column_name(field.label): f"{FIELD}:{key}" for key, field in fields.items()}
    return {name: column for name, column in known.items() if name not in others}


def read_name(
    place: int, name: str, mapping: Mapping, keys: Container[str], known: dict[str, str], system: System | None = None
) -> HeaderCell:
    """Return a cell by itself. `known` are the columns by normalised name.

    A name that is a question (`In stock?`) names no column of products. In the file of a system, a column that it keeps
    or leaves out may be an own field.
    """
    key = normalize_column_name(name)
    is_field = known.get(key, "").startswith(FIELD)
    target = mapping.get(place, mapping.get(key))
    if found := OF_PLACE.fullmatch(target or name if not system or target else ""):
        return HeaderCell(name, key, place, None, is_mapped=bool(target), part=PLACE, text=found[1].strip())
    if target == NAME_PART:
        return HeaderCell(name, key, place, None, is_mapped=True, part=NAME_PART)
    if target is not None:
        column = target if target in COLUMNS_BY_NAME else find_named_column(target, keys)
        wanted = target.partition(":")[2] if column is None and target.lower().startswith(FIELD) else ""
        return HeaderCell(name, key, place, column, is_mapped=not (target and column is None), wanted=wanted)
    if system and (described := system.describe(name))[0] and not (is_field and described[0] in (KEPT, LEFT)):
        role, position, text = described
        if role.startswith(OPTION):  # a column with the values of one axis
            role, text = VALUE, role.partition(":")[2]
        column = role if role in COLUMN_NAMES else None
        is_parent = key in map(normalize_column_name, system.columns.get(PARENT, ()))
        return HeaderCell(
            name, key, place, column, part="" if column else role, is_preset=True, position=position, text=text,
            is_parent=is_parent,
        )  # fmt: skip
    if key == REASON_KEY:
        return HeaderCell(name, key, place, None, is_left=True)
    cell = HeaderCell(name, key, place, known.get(key) or find_named_column(name, keys))
    return cell.doubt(YES_OR_NO) if cell.column and name.endswith("?") and not is_field else cell


def choose_columns(cells: list[HeaderCell]) -> list[HeaderCell]:
    """Return the cells so that each column of products is read from one of them. The others may be kept or left out.

    The one that is read is that of the mapping, otherwise the first in the list of the system or of the usual names.
    """
    chosen: dict[str, HeaderCell] = {}
    for cell in sorted(cells, key=rank_cell):
        if cell.column:
            chosen.setdefault(cell.column, cell)
    return [
        replace(
            cell,
            column=None,
            part=LEFT if cell.text or cell.column == "quantity" else KEPT,
            instead_of="" if cell.column in NEVER_FILLED and not cell.is_preset else cell.column,
        )
        if cell.column and chosen[cell.column] is not cell
        else cell
        for cell in cells
    ]


def rank_cell(cell: HeaderCell) -> tuple[bool, bool, int, int, int]:
    """Return a key that sorts the columns which may be the same column of products, the surest one first."""
    position = cell.position if cell.is_preset else rank_name(cell.key)
    return not cell.is_mapped, not cell.is_preset, -cell.score, position, cell.place


def leave_out(cells: list[HeaderCell], *, is_asked: bool) -> list[HeaderCell]:
    """Return the cells with the unknown ones as left out.

    With `is_asked`, columns about which somebody has to decide stay unknown.
    """
    return [
        replace(cell, is_left=True, question="" if cell.hint else cell.question)
        if cell.is_unknown and not (is_asked and not (cell.part or cell.hint) and (cell.question or cell.may_be))
        else cell
        for cell in cells
    ]


def leave_totals(cells: list[HeaderCell]) -> list[HeaderCell]:
    """Return the cells. The quantity is left out if places have columns, because it is their sum."""
    if not any(cell.part in (PLACE, PLACES) for cell in cells):
        return cells
    return [
        replace(cell, column=None, part=LEFT, is_left=True) if cell.column == "quantity" else cell for cell in cells
    ]


def settle_groups(cells: list[HeaderCell]) -> list[HeaderCell]:
    """Return the cells with a column `group` as that of categories, which it is in the files of other programs.

    It has groups of variants if the file is of this service, or has options or a column `category`.
    """
    has_variants = any(cell.key == "category" or (cell.column or "").startswith(OPTION) for cell in cells)
    if has_variants or is_own(cells):
        return cells
    return [replace(cell, column="category") if cell.names("group") else cell for cell in cells]


def settle_dates(cells: list[HeaderCell]) -> list[HeaderCell]:
    """Return the cells with the column of a date, whose name can mean that of products or that of lots.

    If the header has one date only, it is that of lots if the file has lots.
    """
    known = {cell.column for cell in cells}
    dates = [cell for cell in cells if any(map(cell.names, DATE_COLUMNS)) and cell.name != "expiration_date"]
    if len(dates) == 1 and len(known.intersection(DATE_COLUMNS)) == 1:
        [date] = dates
        cells[date.place] = replace(date, column="expires_on" if "lot" in known else "expiration_date")
    return cells


def settle_unit_prices(cells: list[HeaderCell]) -> list[HeaderCell]:
    """Return the cells with a question for a unit price beside another price."""
    others = [cell for cell in cells if cell.key != UNIT_PRICE]
    has_price = any("price" in (cell.column, find_meaning(WORDS.split(cell.name)[0])) for cell in others)
    return [
        cell.doubt(PRICE_OF_A_MEASURE) if has_price and cell.key == UNIT_PRICE and cell.names("price") else cell
        for cell in cells
    ]


def settle_ids(cells: list[HeaderCell]) -> list[HeaderCell]:
    """Return the cells with the column of ids, which are those of this shop only in a file of this service.

    In another file, they are read as external ids. If it also has a column of external ids, there is a question.
    """
    if is_own(cells):
        return cells
    has_external_ids = find_cell(cells, "external_id") is not None
    for cell in [cell for cell in cells if cell.names("id")]:
        assumed = replace(cell, column="external_id", is_assumed=True)
        cells[cell.place] = cell.doubt(WHOSE_IDS, *IDS) if has_external_ids else assumed
    return cells


def is_own(cells: list[HeaderCell]) -> bool:
    """Return whether this service has written the file, so that its ids are those of this shop."""
    return any(cell.key in list_own_keys() for cell in cells)


def are_written(cells: Iterable[HeaderCell]) -> bool:
    """Return whether all columns have names of the API, or those of the shop's files in one language."""
    keys = {cell.key for cell in cells if cell.part != PLACE and not (cell.column or "").startswith((FIELD, OPTION))}
    return any(keys <= {*names, REASON_KEY} for names in (DOCUMENTED, *list_own_names()))
