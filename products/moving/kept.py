"""Choose which unknown columns of a file become own fields of the shop."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from core.files.tables import Row
from core.text import clean_line, clean_text, fold_case
from products.column_names import MAX_NAME_LENGTH
from products.header import HeaderCell
from products.moving.layout import LINK
from products.moving.systems import LEFT, PICTURE
from products.profile_models import (
    MAX_FIELDS,
    MAX_KEY_LENGTH,
    MAX_LABEL_LENGTH,
    MAX_TEXT_LENGTH,
    CustomField,
    FieldType,
)

NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


@dataclass
class Values:
    """What the cells of an unknown column have in common."""

    count: int = 0
    longest: int = 0
    are_links: bool = True

    def add(self, text: str) -> None:
        self.count += 1
        self.longest = max(self.longest, len(text))
        self.are_links = self.are_links and LINK.fullmatch(text) is not None


def choose_fields(header: list[HeaderCell], rows: Iterator[Row], known: list[CustomField]) -> dict[int, CustomField]:
    """Return the own field that each unknown column becomes, by the place of the column. New fields are not saved.

    `known` are all fields of the shop. A column becomes the field that has its key or its label, or a new one. As long
    as the shop may have more fields, an archived one is brought back, such as that of an import that was undone. No
    field is returned for a column without values, with longer texts than a field may have, or whose field has another
    type.
    """
    values = {
        cell.place: Values()
        for cell in header
        if (cell.is_left or cell.part == PICTURE) and cell.part != LEFT and make_key(cell.name)
    }
    for _line, cells in rows:
        for place, seen in values.items():
            if cells and place < len(cells) and (text := str(cells[place]).strip()):
                seen.add(text)
    live = sum(not field.archived_at for field in known)
    found: dict[int, CustomField] = {}
    for place, seen in values.items():
        cell = header[place]
        kind = FieldType.LINK if cell.part == PICTURE or seen.are_links else FieldType.TEXT
        if not seen.count or (seen.longest > MAX_TEXT_LENGTH and cell.part != PICTURE):
            continue
        key, label = make_key(cell.name), cell.name[:MAX_LABEL_LENGTH].strip()
        field = next((one for one in known if one.key == key or fold_case(one.label) == fold_case(label)), None)
        field = field or CustomField(key=key, label=label, type=kind, position=live)
        is_added = field.archived_at or not field.pk
        if field.type not in (kind, FieldType.TEXT) or field in found.values() or (is_added and live >= MAX_FIELDS):
            continue
        live += bool(is_added)
        known = known if field.pk else [*known, field]
        found[place] = field
    return found


def make_key(name: str) -> str:
    """Return the name as the key of a field.

    It is empty if no field can have this name, or if the name has no letter or digit of the English alphabet.
    """
    try:
        plain = clean_text(clean_line(name, MAX_NAME_LENGTH), MAX_NAME_LENGTH, "NFKD").encode("ascii", "ignore")
    except ValidationError:
        return ""
    return NOT_IN_KEYS.sub("_", plain.decode().lower()).strip("_")[:MAX_KEY_LENGTH].strip("_")
