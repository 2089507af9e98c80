"""Where the parts of products are in the file of another system, and how the texts of its cells are rewritten."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from html import unescape
from operator import attrgetter
from typing import Any

from rest_framework import serializers

from core.fields import TextField
from core.files.limits import MAX_CELL_LENGTH
from core.texts.cleaning import fold_case
from products.filing.column_names import NOT_TRACKED, TRACKED, TRACKERS, YES, normalize_column_name
from products.filing.columns import COLUMN_NAMES
from products.filing.header_cells import HeaderCell, rank_cell
from products.filing.systems.systems import (
    AXIS,
    KIND,
    LIST_OF_AXES,
    LIST_OF_VALUES,
    NO_SYSTEM,
    PAIRS,
    PARENT,
    PARENT_CODE,
    PICTURE,
    PLACE,
    PLACES,
    RATE,
    VALUE,
    VARIANT,
    VARIATIONS,
    System,
)
from products.models import MAX_AXES, MAX_AXIS_LENGTH, MAX_TAG_LENGTH, MAX_TAGS

GOODS = ("name", "sku", "barcode", "price", "cost_price", "quantity")  # rows without any of these are of pictures
MAX_REMEMBERED = 256  # the most names of axes that are remembered in their clean form
LINK = re.compile(r"https?://[^\s,;|\"'/.]+\.[^\s,;|\"']+")  # URLField refuses hosts without a dot
LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,})")  # higher than the number of any character
LIST = re.compile(r"[,;|]")
PATH = re.compile("->|>")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RATE_IN_NAME = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*%")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->")
BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", re.IGNORECASE)

Options = dict[str, str]


def read(cells: Sequence[Any], place: int | None) -> str:
    """Return the text of a cell, which is empty if the file does not have the column."""
    return "" if place is None else str(cells[place]).strip()


class Parts:
    """The places of the columns by what they are. `None` or an empty list means that the file has none."""

    def __init__(self, header: list[HeaderCell], system: System | None) -> None:
        self.system = system or NO_SYSTEM
        self.width = len(header)
        self.columns = {cell.column: cell.place for cell in header if cell.column}
        by_part: defaultdict[str, list[HeaderCell]] = defaultdict(list)
        for cell in header:
            by_part[cell.part].append(cell)
        parent, *places = (
            by_part[role][0].place if by_part[role] else None
            for role in (PARENT, PARENT_CODE, KIND, VARIANT, LIST_OF_AXES, LIST_OF_VALUES, PAIRS, VARIATIONS, PLACES)
        )
        self.parent_code, self.kind, self.variant, self.axes_list, self.values_list, self.pairs = places[:6]
        self.variations, self.stocks = places[6:]
        # One column may be the parent and the name.
        self.parent = next((cell.place for cell in header if cell.is_parent), None) if parent is None else parent
        axes = {cell.position: cell.place for cell in by_part[AXIS]}
        values = sorted(by_part[VALUE], key=attrgetter("position"))
        self.values = [(axes.get(cell.position), cell.place, cell.text) for cell in values]
        # The columns with the value of an empty cell, the surest one first.
        self.others = [
            (cell.instead_of, self.columns[cell.instead_of], cell.place)
            for cell in sorted(header, key=rank_cell)
            if cell.instead_of in self.columns
        ]
        self.tracked = next((cell for cell in header if cell.key in TRACKED and cell.column not in COLUMN_NAMES), None)
        sold = self.system.in_stock if "quantity" in self.columns else ()
        self.in_stock = next((cell for cell in header if cell.key in sold), None)
        self.pictures = [cell.place for cell in by_part[PICTURE]]
        self.spellings: dict[str, str] = {}  # the first spelling of the name of each axis, by the name in lower case
        self.places = [cell.place for cell in by_part[PLACE]]
        rates = by_part[RATE] if "tax" not in self.columns else []
        self.rates = [(cell.place, (RATE_IN_NAME.findall(cell.text) or [cell.text])[-1]) for cell in rates]
        # Files of some systems have further values of these columns in rows that have nothing else.
        self.lists = {self.pairs, self.columns.get("tags")} - {None} if system else set[int | None]()
        self.goods = [
            *(self.columns[name] for name in GOODS if name in self.columns), *(place for _, place, _ in self.values),
            *self.places, *filter(None, (self.variant, self.pairs)),
        ]  # fmt: skip

    @property
    def has_variants(self) -> bool:
        """Return whether rows of the file may be variants."""
        return (self.parent, self.parent_code, self.variations) != (None, None, None)

    def get(self, cells: list[Any], column: str) -> str:
        """Return the cell of the column, or an empty text if the file does not have it."""
        return read(cells, self.columns.get(column))

    def has_goods(self, cells: list[Any]) -> bool:
        """Return whether the row has a value that only rows of products have."""
        return any(read(cells, place) for place in self.goods if place != self.parent)

    @property
    def keeps_by(self) -> HeaderCell | None:
        """Return the column that tells whether the other system counts the stock of a product."""
        return None if "keeps_stock" in self.columns else self.tracked or self.in_stock

    def is_tracked(self, cells: list[Any]) -> bool | None:
        """Return whether the other system counts the stock of the product, or None if the row does not say it.

        Without a column for this, what can be sold but has no quantity is not counted.
        """
        if (column := self.keeps_by) is None:
            return None
        text = normalize_column_name(str(cells[column.place]))
        if not self.tracked:
            return False if text in YES and not self.get(cells, "quantity") else None
        if text in NOT_TRACKED or (not text and column.key in TRACKERS):
            return False
        return True if text else None

    def is_of_parent(self, cells: list[Any]) -> bool:
        return self.is_kind(cells, self.system.parents)

    def is_of_set(self, cells: list[Any]) -> bool:
        """Return whether the row is a set, which consists of other products."""
        return self.is_kind(cells, self.system.sets)

    def is_kind(self, cells: list[Any], words: Sequence[str]) -> bool:
        """Return whether the column KIND has one of these words: `simple, virtual` has two."""
        return bool(words) and any(word.strip().lower() in words for word in read(cells, self.kind).split(","))

    def join_lists(self, cells: list[Any], more: list[Any]) -> bool:
        """Append the lists in a row that has nothing else to those of the row above it. Return whether it has one.

        Some systems write each further value of a list into a row of its own.
        """
        filled = [place for place in range(len(more)) if read(more, place)]
        if not filled or not self.lists.issuperset(filled) or len(more) != len(cells):
            return False
        if any(len(str(cells[place])) > MAX_CELL_LENGTH for place in filled):  # appending to it would take long
            return False
        for place in filled:
            cells[place] = ", ".join(filter(None, (read(cells, place), read(more, place))))
        return True

    def read_options(self, cells: list[Any], axes: list[str], axes_list: str = "") -> tuple[Options, list[int]]:
        """Return the options of a row, and the places of the values that are left out.

        The names of axes in the first row of the parent are for cells without one.
        """
        found = [
            (read(cells, axis) or name, str(cells[value]), value)
            for (axis, value, _text), name in zip(self.values, axes, strict=False)
        ]
        if self.axes_list is not None and self.values_list is not None:
            lists = read(cells, self.axes_list) or axes_list, str(cells[self.values_list])
            named = zip(*(text.split(self.system.option_list) for text in lists), strict=False)
            found += [(axis.partition(":")[0], value.partition(":")[0], self.values_list) for axis, value in named]
        pairs, unnamed = read_pairs(read(cells, self.pairs))
        found += [(axis, value, self.pairs or 0) for axis, value in pairs]
        options, left = self.clean_options(found)
        return options, left + [self.pairs or 0] * unnamed

    def clean_options(self, found: Iterable[tuple[str, str, int]]) -> tuple[Options, list[int]]:
        """Return the first options that have a value, and the places of the other values.

        An option is given as the name of its axis, its value and its place. The names are returned as a group can have
        them, each in its first spelling.
        """
        options: Options = {}
        left = []
        for number, (name, value, place) in enumerate(found, 1):
            if len(options) == MAX_AXES or not (value := value.strip()):
                left += [place] * bool(value.strip())
                continue
            axis = clean_axis(name) or f"Option {number}"
            axis = self.spellings.setdefault(fold_case(axis), axis)
            if axis in options:
                left.append(place)
            else:
                options[axis] = value
        return options, left

    def read_axes(self, cells: list[Any]) -> list[str]:
        """Return the name of the axis of each value, as far as the row or the header has it."""
        return [text or read(cells, axis) for axis, _value, text in self.values]

    def read_stocks(self, cells: list[Any]) -> tuple[dict[str, str], list[int]]:
        """Return the quantities of a cell with several places, `main=5,shop=2`, and its place for each other part."""
        pairs, unnamed = read_pairs(read(cells, self.stocks))
        stocks = dict(pairs)
        return stocks, [self.stocks or 0] * (unnamed + len(pairs) - len(stocks))

    def is_no_option(self, value: str) -> bool:
        """Return whether the value says that there is only one variant."""
        return value.lower() in self.system.no_options


def read_pairs(text: str) -> tuple[list[tuple[str, str]], int]:
    """Return the names with their values in a text such as `Size: M, Colour: red` or `size=M;colour=red`.

    Return also the number of parts without a name.
    """
    parts = [re.split(r"[:=]", part, maxsplit=1) for part in LIST.split(text) if part.strip()]
    pairs = [(part[0].strip(), part[1]) for part in parts if len(part) == 2]
    return pairs, len(parts) - len(pairs)


@lru_cache(MAX_REMEMBERED)
def clean_axis(name: str) -> str:
    """Return the name as that of an axis, without an id in it. It is empty if no axis can have this name."""
    try:
        text: str = TextField(max_length=10 * MAX_AXIS_LENGTH).run_validation(UUID.sub("", name).strip(" #"))
    except serializers.ValidationError:
        text = ""
    return text[:MAX_AXIS_LENGTH].strip()


def write_category(text: str, system: System) -> tuple[str, int]:
    """Return the category of a cell, the last part of the first path in it, and the number of its other categories."""
    listed = re.split(f"[{re.escape(system.category_list)}]", text) if system.category_list else [text]
    split = PATH.split if system.category_path == ">" else partial(str.split, sep=system.category_path)
    paths = [[*filter(None, map(str.strip, split(path)))] for path in listed]
    category = next((path[-1] for path in paths if path), "")
    return category, len({name for path in paths for name in path} - {category})


def write_code(text: str) -> str:
    """Return the code without the sign by which some systems mark a number as text."""
    return text.removeprefix("'") if text[1:].isalnum() else text


def write_tags(text: str) -> tuple[str, int]:
    """Return the tags that a product can have with commas between them, and the number of the others."""
    tags = [*filter(None, map(str.strip, LIST.split(text)))]
    kept = [tag for tag in tags if len(tag) <= MAX_TAG_LENGTH][:MAX_TAGS]
    return ", ".join(kept), len(tags) - len(kept)


def write_description(text: str) -> str:
    """Return the text of HTML without its tags. Other text is unchanged."""
    if not TAG.search(text):
        return text
    plain = unescape(LONG_REFERENCE.sub("", TAG.sub("", BREAK.sub("\n", text)))).replace("\xa0", " ")
    return "\n".join(filter(None, map(str.strip, plain.split("\n"))))


def list_pictures(text: str) -> list[str]:
    """Return the links in a cell of pictures, or the names of files if it has no links."""
    return LINK.findall(text) or [*filter(None, map(str.strip, LIST.split(text)))]
