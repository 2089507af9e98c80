"""Read all rows below the header before the products, for what no column says.

Rows with one name are variants, some rows have the sums of others, and unknown columns may become own fields.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from core.files.numbers import find_number, is_number
from core.files.tables import Row
from core.texts.cleaning import clean_line, clean_text, fold_case
from core.texts.folding import transliterate
from products.filing.column_names import MAX_NAME_LENGTH, VARIANTS, YES_OR_NO, normalize_column_name
from products.filing.columns import FIELD, MONEY_COLUMNS, NAME_PART, OPTION
from products.filing.header_cells import IDENTIFYING_COLUMNS, HeaderCell, find_cell
from products.filing.rules import is_error
from products.filing.samples import Sample
from products.filing.source import has_content
from products.filing.systems.parts import LINK
from products.filing.systems.systems import LEFT, PICTURE, PLACE, VALUE, System
from products.models import MAX_FIELDS, MAX_KEY_LENGTH, MAX_LABEL_LENGTH, MAX_TEXT_LENGTH, CustomField, FieldType

MIN_SUMMED = 2  # a row with a price is a subtotal only if it has the sum of at least these rows
ITEM = 0  # the line that stands for those of rows that are no groups
NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
# The keys of technical columns, which only other programs need.
TECHNICAL = re.compile(
    r"(meta|sys|seo|x_studio)_.+|(.+_)?(ids?|u?uid|guid|slug|hash|create_date|write_date|last_update|(cre|upd)ated_at)"
)
TOLD = 0.8  # the share of repeated names whose rows such a column tells apart
MAX_TELLING = 2  # the most columns about which there is a question whether they tell rows apart
MIN_ROWS = 10  # with fewer rows, a repeated value does not show that the column never changes


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


def ask_apart(header: list[HeaderCell], sample: Sample) -> None:
    """Give columns of the header a hint if they tell apart most rows with the same name, which no other column does.

    If one of them may be the SKU, it is.
    """
    named = {cell.column for cell in header} | {cell.part for cell in header}
    name = find_cell(header, "name")
    if name is None or name.is_parent or named & {*IDENTIFYING_COLUMNS, "location", "lot", PLACE, NAME_PART} - {"name"}:
        return
    same: dict[str, list[list[Any]]] = {}
    for cells in sample.rows:
        if len(cells) == len(header) and (text := str(cells[name.place]).strip()):
            same.setdefault(fold_case(text), []).append(cells)
    repeated = [found for found in same.values() if len(found) > 1]
    free = [cell for cell in header if not (cell.is_settled or cell.may_be) and cell.name and repeated]
    free = [cell for cell in free if sample[cell.place].may_tell_apart]
    telling = [
        cell for cell in free
        if sum(len({str(row[cell.place]) for row in found}) == len(found) for found in repeated) >= TOLD * len(repeated)
    ]  # fmt: skip
    for code in [cell for cell in telling if "sku" in cell.hint or sample[cell.place].may_be_sku][:1]:
        header[code.place] = replace(code, column="sku", is_judged=True, hint=())
        return
    for cell in [cell for cell in telling if not cell.hint][:MAX_TELLING]:
        header[cell.place] = replace(cell, hint=(f"{OPTION}:{cell.name}", "location", NAME_PART))


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
        is_sum = row.value > 0 and count >= (MIN_SUMMED if row.has_price else 1)
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
    number = sum(len(parts) >= MIN_SUMMED for parts in exact)
    is_sure = number >= (1 if is_total else MIN_SUMMED) and 2 * len(exact) >= len(groups)
    return {line for line, _quantity, _parts in groups} if is_sure else set()


@dataclass
class Values:
    """What the cells of an unknown column have in common."""

    count: int = 0
    longest: int = 0
    are_links: bool = True
    first: str = ""
    is_constant: bool = True

    def add(self, text: str) -> None:
        self.first = self.first or text
        self.count += 1
        self.longest = max(self.longest, len(text))
        self.are_links = self.are_links and LINK.fullmatch(text) is not None
        self.is_constant = self.is_constant and text == self.first

    @property
    def says_nothing(self) -> bool:
        """Return whether all products have the same number or the same yes or no."""
        return self.never_changes and (is_number(self.first) or normalize_column_name(self.first) in YES_OR_NO)

    @property
    def never_changes(self) -> bool:
        return self.is_constant and self.count >= MIN_ROWS


def choose_fields(header: list[HeaderCell], rows: Iterator[Row], known: list[CustomField]) -> dict[int, CustomField]:
    """Return the own field that each unknown column becomes, by the place of the column. New fields are not saved.

    `known` are all fields of the shop. A column becomes the field that has its label or its key, or a new one. As long
    as the shop may have more fields, an archived one is brought back, such as that of an import that was undone. The
    columns that the user has chosen come first, and those that never change last. Technical ones become no new field
    unless they are chosen. No field is returned for a column without values, with longer texts than a field may have,
    or whose field has another type.
    """
    values = {
        cell.place: Values()
        for cell in header
        if (cell.is_left or cell.part == PICTURE)
        and cell.part != LEFT
        and make_key(cell.wanted or cell.name)
        and not is_error(cell.name)
    }
    for _line, cells in rows:
        for place, seen in values.items():
            if cells and place < len(cells) and (text := str(cells[place]).strip()):
                seen.add(text)
    read, live = {cell.column for cell in header}, sum(not field.archived_at for field in known)
    found: dict[int, CustomField] = {}
    for place in sorted(values, key=lambda one: (not header[one].wanted, values[one].never_changes)):
        seen, cell = values[place], header[place]
        kind = FieldType.LINK if cell.part == PICTURE or seen.are_links else FieldType.TEXT
        if not seen.count or (seen.longest > MAX_TEXT_LENGTH and cell.part != PICTURE):
            continue
        field = find_field(cell, known, found) or make_field(cell, kind, live, known)
        is_added = field.archived_at or not field.pk
        is_useless = not cell.wanted and (TECHNICAL.fullmatch(field.key) or seen.says_nothing)
        if is_added and (live >= MAX_FIELDS or is_useless):
            continue
        if field.type not in (kind, FieldType.TEXT) or field in found.values() or f"{FIELD}:{field.key}" in read:
            continue
        live += bool(is_added)
        known = known if field.pk else [*known, field]
        found[place] = field
    return found


def find_field(cell: HeaderCell, known: list[CustomField], found: dict[int, CustomField]) -> CustomField | None:
    """Return the field with the label or the key of the column. Only one column of the file may use a key."""
    key, label = make_key(cell.wanted or cell.name), fold_case(make_label(cell))
    same = next((field for field in known if fold_case(field.label) == label), None)
    return same or next((field for field in known if field.key == key and field not in found.values()), None)


def make_field(cell: HeaderCell, kind: FieldType, position: int, known: list[CustomField]) -> CustomField:
    """Return a new field for the column. Its key gets a number if another field has the key already."""
    key, taken = make_key(cell.wanted or cell.name), {field.key for field in known}
    numbered = (f"{key[: MAX_KEY_LENGTH - 4]}_{number}" for number in range(2, len(taken) + 3))
    key = next(one for one in (key, *numbered) if one not in taken)
    return CustomField(key=key, label=make_label(cell), type=kind, position=position)


def make_label(cell: HeaderCell) -> str:
    return cell.name[:MAX_LABEL_LENGTH].strip()


def make_key(name: str) -> str:
    """Return the name as the key of a field. It is empty if no field can have this name, or if it has no letters."""
    try:
        plain = transliterate(clean_text(clean_line(name, MAX_NAME_LENGTH), MAX_NAME_LENGTH, "NFKC"))
    except ValidationError:
        return ""
    return NOT_IN_KEYS.sub("_", plain).strip("_")[:MAX_KEY_LENGTH].strip("_")
