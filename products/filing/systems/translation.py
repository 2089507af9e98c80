"""Read the rows of another system's file as rows of products.

Cells for the group and the options are added to each row. Empty cells get the values of the first row of the parent.
Rows that describe a parent, a set or only a picture are counted, but create no product.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from core.files.tables import Row
from core.sentences import fill
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.filing.column_names import YES, normalize_column_name
from products.filing.columns import FIELD, OPTION
from products.filing.errors import InvalidFile
from products.filing.header_cells import IDENTIFYING_COLUMNS
from products.filing.rules import says_nothing
from products.filing.states import Watch
from products.filing.systems.parts import (
    LINK,
    Options,
    Parts,
    list_pictures,
    read,
    read_pairs,
    write_category,
    write_code,
    write_description,
    write_tags,
)
from products.filing.systems.shop_names import find_coded_groups, find_present
from products.filing.systems.systems import NO_SYSTEM, PICTURE, System

SHARED = ("name", "description", "category", "supplier", "tags", "unit")  # a variant has those of its parent
OF_PARENTS = (*SHARED, "price", "cost_price")  # a variant has those of the row of its parent
NUMBERS = ("price", "quantity")
VARIANT_AXIS = "Variant"
WORDS = {True: "yes", False: "no", None: ""}
MAX_AXES_IN_FILE = 50  # the limit of different names of options in a file
MAX_NAME_LENGTH = 255
MAX_CODES = 6  # the most codes by which the products of a family are looked up
MAX_KEY_LENGTH = 100  # the most characters of a family's key that the name of its group has
TOO_MANY_AXES = _("Its options have more than {limit} different names. Ignore their columns, or split the file.")

Listed = tuple[str, Options, list[int]]  # the key of the family, the options, and the places of the values left out
NOT_LISTED: Listed = ("", {}, [])
Rows = Iterator[Row]


@dataclass(slots=True, eq=False)
class Family:
    """The rows of one parent."""

    text: str = ""  # what the rows have in the column PARENT
    name: str = ""
    group: str = ""
    names: Counter[str] = field(default_factory=Counter)  # the names of its rows, with their numbers
    has_row: bool = False  # whether the file has a row of the parent itself
    axes: list[str] = field(default_factory=list)
    axes_list: str = ""
    shared: dict[int, str] = field(default_factory=dict)  # cells of the parent's row by place
    products: int = 0  # the rows that are products
    codes: list[str] = field(default_factory=list)  # the SKUs and external ids of its first products, in lower case

    def fits(self, name: str) -> bool:
        """Return whether name_group() may have given this name to a group of the family."""
        own = self.name.strip()
        title = fold_case(own[: MAX_NAME_LENGTH - 2 * MAX_KEY_LENGTH])
        is_numbered = name.endswith(")") and " (" in name[len(title) :]
        return fold_case(name) == fold_case(own) or (is_numbered and fold_case(name).startswith(title))


def write_link(text: str, _system: System) -> tuple[str, int]:
    """Return the first of the links to pictures, and the number of the other pictures."""
    links = LINK.findall(text)[:1]
    return "".join(links), len(list_pictures(text)) - len(links)


def write_number(text: str, system: System) -> tuple[str, int]:
    """Return the cell, or an empty text if it says in words that there is no number."""
    return "" if text.strip().lower() in system.no_number else text, 0


# How cells are rewritten as products have them. Each function also returns the number of values that are left out.
WRITERS: dict[str, Callable[[str, System], tuple[str, int]]] = {
    "description": lambda text, _system: (write_description(text), 0),
    "name": lambda text, _system: (" ".join(text.split()), 0),
    **dict.fromkeys(("sku", "external_id"), lambda text, _system: (write_code(text), 0)),
    "tags": lambda text, _system: write_tags(text),
    "category": write_category,
    **dict.fromkeys(NUMBERS, write_number),
    FIELD: lambda text, _system: (" ".join(write_description(text).split()), 0),
    PICTURE: write_link,
}


class Translation:
    """Reads the rows of a file twice: first to know the parents and the names of options, then as rows of products.

    `found` has what was recognised, and `left` the number of values without a home by place.
    """

    def __init__(self, layout: Parts, left_places: list[int]) -> None:
        self.layout, self.left_places = layout, left_places
        self.families: dict[str, Family] = {}
        # By the SKU of a variant, if the row of the parent lists its variants.
        self.listed: dict[str, Listed] = {}
        self.has_names = "name" in layout.columns
        self.shared_places = [place for name, place in layout.columns.items() if name in SHARED]
        # The own fields of which only the first rows of families have values, because they are not of variants.
        self.shared_fields = {place for name, place in layout.columns.items() if name.startswith(FIELD)}
        kinds = {place: name.partition(":")[0] for name, place in layout.columns.items()}
        kinds |= dict.fromkeys(kinds.keys() & layout.pictures, PICTURE) | dict.fromkeys(layout.places, "quantity")
        self.writers = [(place, WRITERS[kind]) for place, kind in kinds.items() if kind in WRITERS]
        self.axes: dict[str, None] = {}
        self.places: dict[str, None] = {}  # those that cells with several places name
        self.parents, self.above = 0, ""
        self.is_misfit = False  # whether the row that was yielded last has another length than the header
        # The hashes of products and of variants, the pictures and the places.
        self.found: defaultdict[str, set[Any]] = defaultdict(set)
        self.left = Counter[int]()
        self.last: tuple[str, list[Any]] = ("", [])  # the key of the last family, and the first row of it

    @property
    def extra(self) -> list[str]:
        """Return the columns behind those of the file."""
        options = [f"{OPTION}:{axis}" for axis in self.axes]
        return [
            *["name"] * (not self.has_names), *["group"] * bool(options), *options,
            *["keeps_stock"] * (self.layout.keeps_by is not None), *["tax"] * bool(self.layout.rates),
        ]  # fmt: skip

    def survey(self, rows: Rows, owner_id: int, watch: Watch) -> None:
        """Read the families. Raise InvalidFile if their options have too many names.

        The shop of this account may know their names. `watch` yields the families as long as there is time.
        """
        layout = self.layout
        if not (layout.has_variants or layout.stocks is not None):
            return
        for _line, cells in self.join_rows(rows):
            if (cells := self.fit(cells)) is None or layout.is_of_set(cells):
                continue
            self.places |= dict.fromkeys(layout.read_stocks(cells)[0])
            if not layout.has_variants:
                continue
            key = self.find_key(cells)
            if layout.is_of_parent(cells):
                self.add_parent(cells)
            elif key and (layout.parent is None or layout.has_goods(cells)):
                self.add_member(self.families.setdefault(key, Family()), cells)
        known = {} if self.has_names else find_present(owner_id, [*self.families])
        for key, family in watch(self.families.items()):
            if layout.parent is not None and len(family.names) > 1 and not family.has_row:
                family.name = family.text  # each of its rows has a name of its own
            family.name = family.name or (known[key].product if key in known else key)
        self.name_groups(owner_id, watch)
        if len(self.axes) > MAX_AXES_IN_FILE:
            raise InvalidFile(fill(TOO_MANY_AXES, limit=MAX_AXES_IN_FILE))

    def name_groups(self, owner_id: int, watch: Watch) -> None:
        """Give each family a group with a name of its own: the present one of its products, as long as it fits.

        The others do not get the names of groups whose products all have other codes.
        """
        families = dict.fromkeys(self.families.values())
        titles = Counter(fold_case(family.name) for family in families)
        present = find_present(owner_id, [code for family in families for code in family.codes])
        names, numbers = dict[str, Family](), count(2)
        for family in watch(families):
            products = [present[code] for code in family.codes if code in present]
            others = [product.product for product in products if titles[fold_case(family.name)] > 1]
            name = next(filter(None, [*(product.group for product in products), *others]), "")
            if name and family.fits(name) and names.setdefault(fold_case(name), family) is family:
                family.group = name
        # A group with the name of the parent is used if it exists, so that new variants join their group.
        unnamed = {
            title for key, family in self.families.items()
            if key != (title := fold_case(family.name))
            and family.products > 1 and family.codes and present.keys().isdisjoint(family.codes)
        }  # fmt: skip
        for name in find_coded_groups(owner_id, [*unnamed]):
            names.setdefault(name, Family())
        for key, family in watch(self.families.items()):
            family.group = family.group or name_group(family, key, names, numbers)

    def add_member(self, family: Family, cells: list[Any]) -> None:
        """Read the row of a product of the family."""
        if family.products:
            self.shared_fields -= {place for place in self.shared_fields if read(cells, place)}
        family.products += 1
        if len(family.codes) < MAX_CODES:
            codes = (write_code(self.layout.get(cells, column)) for column in ("sku", "external_id"))
            family.codes += [fold_case(code) for code in codes if code]
        self.read_axes(family, cells)

    def join_rows(self, rows: Rows) -> Rows:
        """Yield the rows, each with the lists of the rows that continue it."""
        last: Row | None = None
        for line, cells in rows:
            if last and last[1] and cells and self.layout.join_lists(last[1], cells):
                continue
            if last:
                yield last
            last = line, cells
        if last:
            yield last

    def fit(self, cells: list[Any] | None) -> list[Any] | None:
        """Return the row without blank cells beyond the header, or None if its length still differs from that.

        A row that continues the one above it gets the parent of that row.
        """
        width = self.layout.width
        if cells is None or len(cells) < width or any(str(cell).strip() for cell in cells[width:]):
            return None
        cells = cells[:width]
        if (place := self.layout.parent) is not None and self.layout.system.is_continued:
            cells[place] = self.above = str(cells[place]).strip() or self.above
        return cells

    def find_key(self, cells: list[Any]) -> str:
        """Return the key of the row's family. It is empty if the row has no parent."""
        layout = self.layout
        place = layout.parent_code if layout.parent is None else layout.parent
        if place is None:
            return self.listed.get(fold_case(layout.get(cells, "sku")), NOT_LISTED)[0]
        return fold_case(read(cells, place))

    def add_parent(self, cells: list[Any]) -> None:
        """Remember the row of a parent by what its variants may call it."""
        layout = self.layout
        shared = {layout.columns[name]: text for name in OF_PARENTS if (text := layout.get(cells, name))}
        family = Family(name=layout.get(cells, "name"), axes=layout.read_axes(cells), shared=shared, has_row=True)
        keys = self.list_keys(cells)
        for key in filter(None, keys):
            known = self.families.get(key)
            if known and not known.shared:  # some of its variants came first
                known.name, known.shared, known.has_row = family.name or known.name, shared, True
                family = known
            self.families[key] = family
        if layout.variations is not None:
            self.add_variations(family, keys[0], cells, layout.variations)

    def list_keys(self, cells: list[Any]) -> list[str]:
        """Return what the variants of the row of a parent may call it. Keys are empty if it has no such name."""
        if self.layout.parent is not None:
            return [self.find_key(cells)]
        code, external_id = (fold_case(self.layout.get(cells, column)) for column in ("sku", "external_id"))
        return [code, external_id, external_id and f"id:{external_id}"]

    def add_variations(self, family: Family, key: str, cells: list[Any], place: int) -> None:
        """Remember the options of variants that the row of a parent lists by SKU in this column."""
        for part in str(cells[place]).split("|"):
            pairs, _unnamed = read_pairs(part)
            skus = [fold_case(value.strip()) for name, value in pairs if name == "sku"]
            if sku := next(filter(None, skus), ""):
                family.products += 1
                options, left = self.layout.clean_options((*pair, place) for pair in pairs if pair[0] != "sku")
                self.listed[sku] = key, options, left
                self.axes |= dict.fromkeys(options)

    def read_axes(self, family: Family, cells: list[Any]) -> None:
        """Read the names of options in a row, and those of the family in its first row."""
        layout = self.layout
        name = layout.get(cells, "name")
        family.name = family.name or name
        if name:
            family.names[name] += 1
        family.text = read(cells, layout.parent)
        family.axes_list = family.axes_list or read(cells, layout.axes_list)
        family.axes = family.axes or layout.read_axes(cells)
        options, _left = layout.read_options(cells, family.axes, family.axes_list)
        if not all(map(layout.is_no_option, options.values())):
            self.axes |= dict.fromkeys(options)
        elif layout.variant is not None and family.products > 1:
            self.axes[VARIANT_AXIS] = None

    def translate(self, rows: Rows) -> Rows:
        """Yield the rows of products. Rows of another length than the header are unchanged, and `is_misfit` says so."""
        self.above = ""
        for line, cells in self.join_rows(rows):
            fitted = self.fit(cells)
            self.is_misfit = fitted is None
            if fitted is None:
                yield line, cells
            elif (translated := self.translate_row(fitted)) is not None:
                yield line, translated

    def translate_row(self, cells: list[Any]) -> list[Any] | None:
        """Return the row of a product, or None for another row, which is counted."""
        layout = self.layout
        for place in self.left_places:
            self.left[place] += bool(read(cells, place))
        pictures = {place: list_pictures(str(cells[place])) for place in layout.pictures}
        self.found["pictures"].update(map(hash, chain(*pictures.values())))
        key = self.find_key(cells)
        family = self.families.get(key)
        is_picture = family and layout.parent is not None and not layout.has_goods(cells)
        is_parent = layout.is_of_parent(cells) and (self.is_used(cells) or not self.has_stock(cells))
        if is_picture or is_parent or layout.is_of_set(cells):
            self.parents += 1
            self.left.update({place: len(pictures[place]) for place in pictures if place not in self.left_places})
            return None
        self.fill_empty_cells(cells)
        name, group, options = self.join_family(key, family, cells) if family else ("", "", Options())
        for place, write in self.writers:
            if (cell := cells[place]) and isinstance(cell, str):
                cells[place], others = write(cell, layout.system)
                self.left[place] += others
        if not options:
            self.count_unused(cells)
        beside = [name] * (not self.has_names) + [group] * bool(self.axes)
        beside += [*(options.get(axis, "") for axis in self.axes), *self.read_tracked(cells)]
        if layout.rates:  # a row with several rates gets none: the text is no rate, and a note quotes it
            has_rate = {place: normalize_column_name(str(cells[place])) in YES for place, _rate in layout.rates}
            beside.append(" + ".join(rate for place, rate in layout.rates if has_rate[place]))
        stocks, left = layout.read_stocks(cells)
        self.left.update(left)
        return [*cells, *beside, *(stocks.get(place, "") for place in self.places)]

    def read_tracked(self, cells: list[Any]) -> list[str]:
        """Return the cell of `keeps_stock` if the file says it. Empty the quantities of stock that is not counted."""
        if not self.layout.keeps_by:
            return []
        if (is_tracked := self.layout.is_tracked(cells)) is False:
            for place in (self.layout.columns.get("quantity"), self.layout.stocks, *self.layout.places):
                if place is not None:
                    cells[place] = ""
        return [WORDS[is_tracked]]

    def fill_empty_cells(self, cells: list[Any]) -> None:
        """Fill empty cells with the values of the columns that may take their place, which are then not left out."""
        for name, place, other in self.layout.others:
            if not (text := read(cells, place)) or says_nothing(name, text):
                cells[place] = cells[other]
                self.left[other] -= other in self.left_places and bool(read(cells, other))

    def count_unused(self, cells: list[Any]) -> None:
        """Count the values of options in the row of a product that is no variant."""
        places = [*(place for _axis, place, _text in self.layout.values), self.layout.pairs]
        for place in places:
            if place is not None and (text := read(cells, place)):
                self.left[place] += not self.layout.is_no_option(text)

    def count(self, cells: list[Any]) -> None:
        """Count the product, the variant and the place of a row of products, each once."""
        layout = self.layout
        name = next(filter(None, (layout.get(cells, column) for column in IDENTIFYING_COLUMNS)), "")
        group, *options = cells[layout.width + (not self.has_names) :] if self.axes else [""]
        self.found["products"].add(hash((bool(group), group or name)))
        if group:
            self.found["variants"].add(hash((group, *options)))
        if layout.is_tracked(cells) is False:
            self.found["untracked"].add(hash((name, group, *options)))
        if location := layout.get(cells, "location"):
            self.found["places"].add(location)
            if not layout.get(cells, "quantity"):  # nothing lies at this place
                self.left[layout.columns["location"]] += 1

    def is_used(self, cells: list[Any]) -> bool:
        """Return whether the parent of this row has variants."""
        return any(self.families[key].products for key in self.list_keys(cells) if key in self.families)

    def has_stock(self, cells: list[Any]) -> bool:
        """Return whether the row has a price or a quantity, so that it may be a product although it is a parent."""
        places = (self.layout.columns.get("price"), self.layout.columns.get("quantity"), *self.layout.places)
        return any(read(cells, place) for place in places)

    def join_family(self, key: str, family: Family, cells: list[Any]) -> tuple[str, str, Options]:
        """Fill in what the parent says. Return the name, and for a variant the name of its group and its options."""
        layout = self.layout
        if self.last[0] != key:
            self.last = key, [*cells]
        for place, text in family.shared.items():
            cells[place] = cells[place] if read(cells, place) else text
        for place in (*self.shared_places, *self.shared_fields):
            cells[place] = cells[place] if read(cells, place) else self.last[1][place]
        _key, options, left = self.listed.get(fold_case(layout.get(cells, "sku")), NOT_LISTED)
        if not options:
            options, left = layout.read_options(cells, family.axes, family.axes_list)
        self.left.update(left)
        variant = read(cells, layout.variant)
        variant = "" if layout.is_no_option(variant) else variant
        if all(map(layout.is_no_option, options.values())):
            options = {VARIANT_AXIS: variant} if variant and family.products > 1 else {}
        if options and layout.system is NO_SYSTEM and family.products == 1:  # the only one of its name is in no group
            cells[layout.columns["name"]] = name = join_name(family.name, options.values())
            return name, "", {}
        name = self.name_variant(family, options, variant, cells)
        return name, family.group if options else "", options

    def name_variant(self, family: Family, options: Options, variant: str, cells: list[Any]) -> str:
        """Give the row the name of its group with its values, unless it has a name of its own. Return the name."""
        name = self.layout.get(cells, "name")
        is_shared = family.has_row or family.products > family.names.total() or family.group != family.name
        is_of_parent = name == family.name and is_shared
        if not name or is_of_parent or family.names[name] > 1:
            name = join_name(family.group, options.values() or filter(None, [variant]))
        if self.has_names:
            cells[self.layout.columns["name"]] = name
        return name


def join_name(name: str, values: Iterable[str]) -> str:
    """Return the name of a product with the values of its options."""
    return " ".join([name, *values])[:MAX_NAME_LENGTH].rstrip()


def name_group(family: Family, key: str, names: dict[str, Family], numbers: Iterator[int]) -> str:
    """Return a name that no other family of the file has, and remember it in `names`, in lower case.

    No two families try the same number, so that the steps for all of them are linear.
    """
    name, end = family.name[:MAX_NAME_LENGTH].strip(), f" ({key[:MAX_KEY_LENGTH].strip()})"
    while names.setdefault(fold_case(name), family) is not family:
        name = f"{family.name[: MAX_NAME_LENGTH - len(end)].strip()}{end}"
        end = f" ({key[:MAX_KEY_LENGTH].strip()} {next(numbers)})"
    return name
