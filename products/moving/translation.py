"""Read the rows of another system's file as rows of products.

A row gets the cells of its group and options behind its own cells, and what only the first row of its parent says.
Rows of parents and of pictures are counted, and are no products.
"""

from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from core.sentences import fill
from core.text import fold_case
from core.translation import gettext_noop as _
from products.columns import FIELD, OPTION
from products.errors import InvalidFile
from products.moving.layout import (
    NO_PRICES,
    Layout,
    Options,
    list_links,
    read_pairs,
    write_category,
    write_description,
    write_tags,
)

SHARED = ("name", "description", "category", "supplier", "tags", "unit")  # a variant has those of its parent
OF_PARENTS = (*SHARED, "price", "cost_price")  # a variant has those of the row of its parent
VARIANT_AXIS = "Variant"
MAX_AXES_IN_FILE = 50  # the limit of different names of options in a file
MAX_NAME_LENGTH = 255
TOO_MANY_AXES = _("Its options have more than {limit} different names. Ignore their columns, or split the file.")

Rows = Iterator[tuple[int, list[Any] | None]]


@dataclass
class Family:
    """The rows of one parent."""

    name: str = ""
    group: str = ""
    axes: list[str] = field(default_factory=list)
    shared: dict[int, str] = field(default_factory=dict)  # cells of the parent's row by place
    products: int = 0  # the rows that are products


class Translation:
    """Reads the rows of a file twice: first to know the parents and the names of options, then as rows of products.

    `recognised` has the numbers of what was read, and `left` the values without a home by place.
    """

    def __init__(self, layout: Layout, left_places: list[int]) -> None:
        self.layout, self.left_places = layout, left_places
        self.families: dict[str, Family] = {}
        self.options_of: dict[str, Options] = {}  # by the SKU of a variant, if the row of the parent has them
        self.axes: dict[str, None] = {}
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.groups, self.parents = set[str](), 0
        self.recognised, self.left = Counter[str](), Counter[int]()
        self.last: tuple[str, list[Any]] = ("", [])  # the key of the last family, and the first row of it

    def forget(self) -> "Translation":
        """Return a translation of the same file that has counted nothing."""
        other = copy(self)
        other.reset()
        return other

    @property
    def extra(self) -> list[str]:
        """Return the columns behind those of the file."""
        return ["group", *(f"{OPTION}:{axis}" for axis in self.axes)] if self.axes else []

    def survey(self, rows: Rows) -> None:
        """Read the families. Raise InvalidFile if their options have too many names."""
        layout = self.layout
        if not layout.has_variants:
            return
        names: dict[str, str] = {}  # the family that has each name
        for _line, cells in rows:
            if (cells := self.fit(cells)) is None:
                continue
            key = self.find_key(cells)
            if layout.is_of_parent(cells):
                self.add_parent(cells)
            elif key and (layout.parent is None or layout.has_goods(cells)):
                family = self.families.setdefault(key, Family())
                family.products += 1
                self.read_axes(family, cells)
        for key, family in self.families.items():
            family.name = family.name or key
            first = names.setdefault(fold_case(family.name), key)
            family.group = family.name if first == key else f"{family.name} ({key})"
        if len(self.axes) > MAX_AXES_IN_FILE:
            raise InvalidFile(reason=fill(TOO_MANY_AXES, limit=MAX_AXES_IN_FILE))

    def fit(self, cells: list[Any] | None) -> list[Any] | None:
        """Return the row without blank cells beyond the header, or None if its length still differs from that."""
        if cells is None:
            return None
        width = self.layout.width
        if len(cells) > width and not any(str(cell).strip() for cell in cells[width:]):
            cells = cells[:width]
        return [*cells] if len(cells) == width else None

    def find_key(self, cells: list[Any]) -> str:
        """Return the key of the row's family. It is empty if the row has no parent."""
        layout = self.layout
        if layout.parent is not None:
            return fold_case(str(cells[layout.parent]).strip())
        return fold_case(str(cells[layout.parent_code]).strip()) if layout.parent_code is not None else ""

    def add_parent(self, cells: list[Any]) -> None:
        """Remember the row of a parent by what its variants may call it."""
        layout = self.layout
        shared = {
            place: text
            for name in OF_PARENTS
            if (place := layout.columns.get(name)) is not None and (text := str(cells[place]).strip())
        }
        family = Family(layout.get(cells, "name"), shared=shared)
        if layout.parent is not None:
            keys = [self.find_key(cells)]
        else:
            external_id = layout.get(cells, "external_id")
            keys = [layout.get(cells, "sku"), external_id, f"id:{external_id}" if external_id else ""]
        for key in filter(None, map(fold_case, keys)):
            known = self.families.get(key)
            if known and not known.shared:  # some of its variants came first
                known.name, known.shared = family.name, shared
                family = known
            self.families[key] = family
        if layout.variations is not None:
            self.add_variations(str(cells[layout.variations]))

    def add_variations(self, text: str) -> None:
        """Remember the options of variants that the row of a parent lists by SKU."""
        for part in text.split("|"):
            pairs = dict(read_pairs(part))
            if sku := fold_case(pairs.pop("sku", "").strip()):
                self.options_of[sku] = {axis: value.strip() for axis, value in pairs.items()}
                self.axes |= dict.fromkeys(pairs)

    def read_axes(self, family: Family, cells: list[Any]) -> None:
        """Read the names of options in a row, and those of the family in its first row."""
        layout = self.layout
        family.name = family.name or layout.get(cells, "name")
        if not family.axes:
            family.axes = ["" if axis is None else str(cells[axis]).strip() for axis, _value in layout.values]
        options = layout.read_options(cells, family.axes)
        if not all(map(layout.is_no_option, options.values())):
            self.axes |= dict.fromkeys(options)
        elif layout.variant is not None and family.products > 1:
            self.axes[VARIANT_AXIS] = None

    def translate(self, rows: Rows) -> Rows:
        """Yield the rows of products. Rows of another length than the header are unchanged."""
        for line, cells in rows:
            fitted = self.fit(cells)
            if fitted is None:
                yield line, cells
            elif (translated := self.translate_row(fitted)) is not None:
                yield line, translated

    def translate_row(self, cells: list[Any]) -> list[Any] | None:
        """Return the row of a product, or None for another row, which is counted."""
        layout = self.layout
        for place in self.left_places:
            self.left[place] += bool(str(cells[place]).strip())
        for place in layout.pictures:
            self.recognised["pictures"] += len(list_links(str(cells[place])))
        key = self.find_key(cells) if layout.has_variants else ""
        family = self.families.get(key)
        is_picture = family and layout.parent is not None and not layout.has_goods(cells)
        if is_picture or (layout.is_of_parent(cells) and (self.is_used(cells) or not has_stock(layout, cells))):
            self.parents += 1
            for place in layout.pictures:
                self.left[place] += len(list_links(str(cells[place]))) * (place not in self.left_places)
            return None
        group, options = "", Options()
        if family:
            group, options = self.join_family(key, family, cells)
        self.rewrite(cells)
        if not group or group not in self.groups:
            self.recognised["products"] += 1
            self.groups |= {group} - {""}
        if not self.axes:
            return cells
        self.recognised["variants"] += bool(group)
        return [*cells, group, *(options.get(axis, "") for axis in self.axes)]

    def is_used(self, cells: list[Any]) -> bool:
        """Return whether the parent of this row has variants."""
        keys = [self.find_key(cells)] if self.layout.parent is not None else [
            fold_case(self.layout.get(cells, "sku")), fold_case(f"id:{self.layout.get(cells, 'external_id')}"),
        ]  # fmt: skip
        return any(key in self.families and self.families[key].products for key in keys)

    def join_family(self, key: str, family: Family, cells: list[Any]) -> tuple[str, Options]:
        """Fill in what the parent says. Return the group and the options, which are empty for a product alone."""
        layout = self.layout
        if self.last[0] != key:
            self.last = key, [*cells]
        for name, place in layout.columns.items():
            if (name in SHARED or name.startswith(FIELD)) and not str(cells[place]).strip():
                cells[place] = family.shared.get(place) or self.last[1][place]
        for place, text in family.shared.items():
            cells[place] = cells[place] if str(cells[place]).strip() else text
        options = self.options_of.get(fold_case(layout.get(cells, "sku"))) or layout.read_options(cells, family.axes)
        variant = "" if layout.variant is None else str(cells[layout.variant]).strip()
        variant = "" if layout.is_no_option(variant) else variant
        if all(map(layout.is_no_option, options.values())):
            options = {VARIANT_AXIS: variant} if variant and family.products > 1 else {}
        self.name_variant(family, options, variant, cells)
        return (family.group if options else ""), options

    def name_variant(self, family: Family, options: Options, variant: str, cells: list[Any]) -> None:
        """Give the row the name of its group with its values, unless it has a name of its own."""
        place = self.layout.columns.get("name")
        if place is None:
            return
        name = str(cells[place]).strip()
        if fold_case(name or family.name) == fold_case(family.name):
            values = [*options.values()] or [variant] * bool(variant)
            cells[place] = " ".join([family.group, *values])[:MAX_NAME_LENGTH].rstrip()

    def rewrite(self, cells: list[Any]) -> None:
        """Rewrite cells as products have them."""
        layout = self.layout
        for name, place in layout.columns.items():
            cell = cells[place]
            if not isinstance(cell, str) or not cell:
                continue
            if name == "category":
                cells[place] = write_category(cell, layout.system)
            elif name == "tags":
                cells[place], others = write_tags(cell)
                self.left[place] += others
            elif name == "description":
                cells[place] = write_description(cell)
            elif place in layout.pictures:
                links = list_links(cell)
                cells[place] = links[0] if links else ""
                self.left[place] += len(links[1:])
            elif name.startswith(FIELD):
                cells[place] = " ".join(write_description(cell).split())
            elif name == "price" and cell.strip().lower() in NO_PRICES:
                cells[place] = ""
            elif name in ("sku", "external_id") and cell[1:].isalnum():
                cells[place] = cell.removeprefix("'")


def has_stock(layout: Layout, cells: list[Any]) -> bool:
    """Return whether the row has a price or a quantity, so that it may be a product although it is a parent."""
    return any(layout.get(cells, name) for name in ("price", "quantity")) or any(
        str(cells[place]).strip() for place in layout.places
    )
