"""Where the parts of products are in the file of another system, and how the texts of its cells are rewritten."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape

from rest_framework import serializers

from core.fields import TextField
from products.header import HeaderCell, rank_cell
from products.moving.systems import (
    AXIS,
    KIND,
    LIST_OF_AXES,
    LIST_OF_VALUES,
    PAIRS,
    PARENT,
    PARENT_CODE,
    PICTURE,
    PLACE,
    PLACES,
    VALUE,
    VARIANT,
    VARIATIONS,
    System,
)
from products.profile_models import MAX_AXES, MAX_AXIS_LENGTH, MAX_TAG_LENGTH, MAX_TAGS

GOODS = ("name", "sku", "barcode", "price", "cost_price", "quantity")  # rows without any of these are of pictures
MAX_REMEMBERED = 256  # the most names of axes that are remembered in their clean form
LINK = re.compile(r"https?://[^\s,;|\"']+")
LIST = re.compile(r"[,;|]")
PATH = re.compile("->|>")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->")
BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", re.IGNORECASE)

Options = dict[str, str]


class Layout:
    """The places of the columns by what they are. `None` or an empty list means that the file has none."""

    def __init__(self, header: list[HeaderCell], system: System | None) -> None:
        self.system = system
        self.width = len(header)
        self.columns = {cell.column: cell.place for cell in header if cell.column}
        by_part: dict[str, list[HeaderCell]] = {}
        for cell in header:
            by_part.setdefault(cell.part, []).append(cell)
        self.parent, self.parent_code, self.kind, self.variant, self.axes_list, self.values_list, self.pairs = (
            by_part[role][0].place if role in by_part else None
            for role in (PARENT, PARENT_CODE, KIND, VARIANT, LIST_OF_AXES, LIST_OF_VALUES, PAIRS)
        )
        self.variations = by_part[VARIATIONS][0].place if VARIATIONS in by_part else None
        if self.parent is None and system and PARENT in system.columns:  # one column is the parent and the name
            self.parent = next((cell.place for cell in header if cell.is_parent), None)
        self.axes = {cell.position: cell.place for cell in by_part.get(AXIS, ())}
        self.values = [
            (self.axes.get(cell.position), cell.place, cell.text)
            for cell in sorted(by_part.get(VALUE, ()), key=lambda one: one.position)
        ]
        # The columns with the value of an empty cell, the surest one first.
        self.others = [
            (self.columns[cell.instead_of], cell.place) for cell in sorted(header, key=rank_cell) if cell.instead_of
        ]
        self.stocks = by_part[PLACES][0].place if PLACES in by_part else None
        self.pictures = [cell.place for cell in by_part.get(PICTURE, ())]
        self.places = {cell.place: cell.text for cell in by_part.get(PLACE, ())}
        self.goods = [
            *(self.columns[name] for name in GOODS if name in self.columns), *(place for _, place, _ in self.values),
            *self.places, *filter(None, (self.variant, self.pairs)),
        ]  # fmt: skip

    @property
    def has_variants(self) -> bool:
        """Return whether rows of the file may be variants."""
        return not (self.parent is None and self.parent_code is None and self.variations is None)

    def get(self, cells: list[str], column: str) -> str:
        place = self.columns.get(column)
        return "" if place is None else str(cells[place]).strip()

    def has_goods(self, cells: list[str]) -> bool:
        return any(str(cells[place]).strip() for place in self.goods if place != self.parent)

    def is_of_parent(self, cells: list[str]) -> bool:
        """Return whether the column KIND has a word for the row of a parent: `simple, virtual` has two words."""
        if self.kind is None or not self.system:
            return False
        return any(word.strip().lower() in self.system.parents for word in str(cells[self.kind]).split(","))

    def read_options(self, cells: list[str], axes: list[str], axes_list: str = "") -> Options:
        """Return the options of a row. The names of axes in the first row of the parent are for cells without one."""
        found = [
            (str(cells[axis]) if axis is not None and str(cells[axis]).strip() else axes[index], str(cells[value]))
            for index, (axis, value, _text) in enumerate(self.values)
        ]
        if self.axes_list is not None and self.values_list is not None and self.system:
            lists = str(cells[self.axes_list]).strip() or axes_list, str(cells[self.values_list])
            named = zip(*(text.split(self.system.option_list) for text in lists), strict=False)
            found += [(axis.partition(":")[0], value.partition(":")[0]) for axis, value in named]
        if self.pairs is not None:
            found += read_pairs(str(cells[self.pairs]))
        return clean_options(found)

    def read_axes(self, cells: list[str]) -> list[str]:
        """Return the name of the axis of each value, as far as the row or the header has it."""
        return [text or ("" if axis is None else str(cells[axis]).strip()) for axis, _value, text in self.values]

    def read_stocks(self, cells: list[str]) -> dict[str, str]:
        """Return the quantities of a cell with several places: `main=5,shop=2`."""
        return dict(read_pairs(str(cells[self.stocks]))) if self.stocks is not None else {}

    def is_no_option(self, value: str) -> bool:
        """Return whether the value says that there is only one variant."""
        return bool(self.system) and value.lower() in self.system.no_options  # type: ignore[union-attr]


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Return the axes with their values in a text such as `Size: M, Colour: red` or `size=M;colour=red`."""
    pairs = [re.split(r"[:=]", part, maxsplit=1) for part in LIST.split(text)]
    return [(pair[0].strip(), pair[1]) for pair in pairs if len(pair) == 2]


def clean_options(found: Iterable[tuple[str, str]]) -> Options:
    """Return the first options that have a value, with the names of axes as a group can have them."""
    options = {clean_axis(axis, number): value.strip() for number, (axis, value) in enumerate(found, 1)}
    return dict([(axis, value) for axis, value in options.items() if value][:MAX_AXES])


@lru_cache(MAX_REMEMBERED)
def clean_axis(name: str, number: int) -> str:
    """Return the name as that of an axis. An id in it is left out. Without a name, the axis has a number."""
    try:
        text: str = TextField(max_length=10 * MAX_AXIS_LENGTH).run_validation(UUID.sub("", name).strip(" #"))
    except serializers.ValidationError:
        text = ""
    return text[:MAX_AXIS_LENGTH].strip() or f"Option {number}"


def write_category(text: str, system: System | None) -> str:
    """Return the category of a cell: the last part of a path, and the first of several."""
    if system and system.category_list:
        parts = re.split(f"[{re.escape(system.category_list)}]", text)
        text = next((part for part in parts if part.strip()), "")
    parts = PATH.split(text) if not system or system.category_path == ">" else text.split(system.category_path)
    return next((part.strip() for part in reversed(parts) if part.strip()), "")


def write_code(text: str) -> str:
    """Return the code without the sign by which some systems mark a number as text."""
    return text.removeprefix("'") if text[1:].isalnum() else text


def write_tags(text: str) -> tuple[str, int]:
    """Return the tags that a product can have with commas between them, and the number of the others."""
    tags = [tag.strip() for tag in LIST.split(text) if tag.strip()]
    kept = [tag for tag in tags if len(tag) <= MAX_TAG_LENGTH][:MAX_TAGS]
    return ", ".join(kept), len(tags) - len(kept)


def write_description(text: str) -> str:
    """Return the text of HTML without its tags. Other text is unchanged."""
    if not TAG.search(text):
        return text
    plain = unescape(TAG.sub("", BREAK.sub("\n", text))).replace("\xa0", " ")
    return "\n".join(line.strip() for line in plain.split("\n") if line.strip())


def list_pictures(text: str) -> list[str]:
    """Return the links in a cell of pictures, or the names of files if it has no links."""
    return LINK.findall(text) or [part.strip() for part in LIST.split(text) if part.strip()]
