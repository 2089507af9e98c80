"""Choose which unknown columns of a file become own fields of the shop."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from core.files.numbers import is_number
from core.files.tables import Row
from core.texts.cleaning import clean_line, clean_text, fold_case
from core.texts.folding import transliterate
from products.filing.column_names import MAX_NAME_LENGTH, YES_OR_NO, normalize_column_name
from products.filing.header_cells import HeaderCell
from products.filing.rules import FORMULA_ERRORS
from products.filing.systems.parts import LINK
from products.filing.systems.systems import LEFT, PICTURE
from products.models import MAX_FIELDS, MAX_KEY_LENGTH, MAX_LABEL_LENGTH, MAX_TEXT_LENGTH, CustomField, FieldType

NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
# The keys of technical columns, which only other programs need.
TECHNICAL = re.compile(
    r"(meta|sys|seo|x_studio)_.+|(.+_)?(ids?|u?uid|guid|slug|hash|create_date|write_date|last_update|(cre|upd)ated_at)"
)
MIN_ROWS = 10  # with fewer rows, a repeated value does not show that the column never changes


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
        and cell.name not in FORMULA_ERRORS
    }
    for _line, cells in rows:
        for place, seen in values.items():
            if cells and place < len(cells) and (text := str(cells[place]).strip()):
                seen.add(text)
    live = sum(not field.archived_at for field in known)
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
        if field.type not in (kind, FieldType.TEXT) or field in found.values():
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
