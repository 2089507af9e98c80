"""The exports of other systems: what each column of their files is.

Each file in the folder `tables` describes one kind of export, so that a new system needs a file and no code:

    name     of the system, as users know it and as docs/moving.md has it as a heading
    marks    lists of names: a file is of this kind if its header has all names of one list
    columns  the names of columns by what they are: a column of products, or one of the words in ROLES
    like     the name of another file, without `.toml`; its columns are used where this file gives none

The other keys are the fields of `System`. Names are compared as in products/filing/column_names.py: without case,
accents, spaces, punctuation and currency. `{}` in a name stands for any text, such as the name of a place, and `{1-3}`
for each of these numbers. A column that a system does not list is read by its usual name.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from products.filing.column_names import COLUMN_OF, normalize_column_name

# What a column can be besides a column of products.
PARENT = "*parent"  # the parent: rows with the same cell are variants of one product
PARENT_CODE = "*parent_code"  # the SKU or the id of the row of the parent
KIND = "*kind"  # a word that tells rows of parents from those of products
AXIS = "*axis"  # the name of an option; the first of these columns belongs to the first VALUE
VALUE = "*value"  # the value of an option
LIST_OF_AXES = "*axes"  # the names of several options, in which what follows a colon is left out (`Size:select:0`)
LIST_OF_VALUES = "*values"  # the values of the same options, written in the same way
PAIRS = "*pairs"  # options with their values (`Size: M, Colour: red`)
VARIATIONS = "*variations"  # the options of the variants, in the row of their parent (`sku=A-M,size=M|sku=A-L,size=L`)
VARIANT = "*variant"  # the name of a variant that has no options
PICTURE = "*picture"  # links of pictures
PLACE = "*place"  # the quantity in the place whose name is in the name of the column
RATE = "*rate"  # whether a product has the rate of VAT that is in the name of the column (`Tax - "VAT" (20%)`)
PLACES = "*places"  # several places with their quantities (`main=5,shop=2`)
KEPT = "*kept"  # a column that may become an own field
LEFT = "*left"  # a column that nobody needs in this service
ROLES = (
    PARENT, PARENT_CODE, KIND, AXIS, VALUE, LIST_OF_AXES, LIST_OF_VALUES, PAIRS, VARIATIONS, VARIANT, PICTURE, PLACE,
    PLACES, RATE, KEPT, LEFT,
)  # fmt: skip
ANY = "{}"  # any text in the name of a column
ROLE_OF = {role.removeprefix("*"): role for role in ROLES}
NUMBERS = re.compile(r"\{1-(\d+)\}")
MIN_SHARE, MIN_NAMES = 0.75, 4  # the share of names, and the number of unusual ones, by which a system is recognised
TABLES = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class System:
    """A kind of export.

    A file is of this kind if its header has all names of one of the `marks`: each language in which the system exports
    has its own. `columns` has the names of columns by what they are: a column of products or one of the words above. If
    the header has several of the same column of products, the one that is listed first is read. A column that is not
    listed is `others`, if that is given. A name can be that of the PARENT and of a column of products. A row whose KIND
    has one of the words `parents` is that of a parent, which is a product only if no row belongs to it.
    """

    name: str
    marks: Sequence[Sequence[str]]
    columns: dict[str, Sequence[str]]
    parents: Sequence[str] = ()
    sets: Sequence[str] = ()  # the words of KIND for a set of other products, which is not imported
    others: str = ""
    category_list: str = ""  # the characters that separate several categories in a cell
    category_path: str = ">"  # what separates the parts of a path
    option_list: str = ","  # what separates the parts of LIST_OF_AXES and LIST_OF_VALUES
    subtotals: Sequence[str] = ()  # the columns with values: a row may have the sum of the values below it
    is_continued: bool = False  # whether a row with an empty PARENT belongs to the row before it
    in_stock: Sequence[str] = ()  # the columns that say that something can be sold, in normalised form
    no_options: Sequence[str] = ("default title", "regular", "default")
    # The words in cells of prices and quantities that mean that there is no number, in lower case.
    no_number: Sequence[str] = (
        "variable", "unlimited", "not stocked", "instock", "outofstock", "in_stock", "out_of_stock"
    )  # fmt: skip

    @cached_property
    def marked(self) -> list[set[str]]:
        """Return the normalised names of each of the marks."""
        return [set(map(normalize_column_name, names)) for names in self.marks]

    def is_likely(self, names: dict[str, str]) -> bool:
        """Return whether most of these names are those of this system, although no mark is complete.

        Usual names are ignored, because all systems have them. `names` are by their normalised form.
        """
        if not [mark for mark in self.marked if 2 * len(mark & names.keys()) >= len(mark)]:
            return False
        known = self.named.keys() | {name for mark in self.marked for name in mark}
        listed = {
            key for key, name in names.items()
            if key in known or any(pattern.fullmatch(name.strip()) for pattern, _kind, _position in self.patterns)
        }  # fmt: skip
        return len(listed) >= MIN_SHARE * len(names) and len(listed - COLUMN_OF.keys()) >= MIN_NAMES

    @cached_property
    def named(self) -> dict[str, tuple[str, int]]:
        """Return what each normalised name is, with its position among the names of the same kind.

        A name that is that of the PARENT and of a column of products is the latter, which is listed later.
        """
        return dict(self.list_names())

    @cached_property
    def patterns(self) -> list[tuple[re.Pattern[str], str, int]]:
        """Return the names with `{}` as patterns, each with what it is and its position."""
        return [
            (re.compile(re.escape(name).replace(r"\{\}", "(.+)"), re.IGNORECASE), kind, position)
            for kind, names in self.columns.items()
            for position, name in enumerate(names)
            if ANY in name
        ]

    def list_names(self) -> Iterator[tuple[str, tuple[str, int]]]:
        """Yield each normalised name without `{}`, with what it is and its position. A name may be there twice."""
        for kind, names in self.columns.items():
            for position, name in enumerate(names):
                if ANY not in name:
                    yield normalize_column_name(name), (kind, position)

    def describe(self, name: str) -> tuple[str, int, str]:
        """Return what the column is, its position among those of the same kind, and the text in the place of `{}`."""
        if found := self.named.get(normalize_column_name(name)):
            return *found, ""
        for pattern, kind, position in self.patterns:
            if text := pattern.fullmatch(name.strip()):
                return kind, position, text[1].strip()
        return (self.others, 0, name.strip()) if self.others and name.strip() else ("", 0, "")


NO_SYSTEM = System("", (), {}, no_options=(), no_number=())  # that of a file of no known system


def find_system(names: Iterable[str]) -> System | None:
    """Return the system of which the header has all names of a mark. The mark with the most names is the surest.

    If there is none, it is the system that has most of the names.
    """
    by_key = {key: name for name in names if (key := normalize_column_name(name))}
    keys = by_key.keys()
    if keys.isdisjoint(MARKED):
        return None
    found = [(len(mark), system) for system in SYSTEMS for mark in system.marked if mark <= keys]
    found = found or [(len(keys & one.named.keys()), one) for one in SYSTEMS if one.is_likely(by_key)]
    return max(found, key=lambda one: one[0])[1] if found else None


def read_systems() -> tuple[System, ...]:
    """Return the systems of all files in the folder of tables."""
    tables = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(TABLES.glob("*.toml"))}
    return tuple(make_system(table, tables[table["like"]] if "like" in table else {}) for table in tables.values())


def make_system(table: dict[str, Any], like: dict[str, Any]) -> System:
    """Return the system of a table. `like` is the table with the columns that it does not give itself."""
    columns = {**like.get("columns", {}), **table.get("columns", {})}
    values = {
        "columns": {ROLE_OF.get(key, key): [*expand_numbers(names)] for key, names in columns.items()},
        "others": ROLE_OF.get(table.get("others", ""), ""),
        "in_stock": [*map(normalize_column_name, table.get("in_stock", ()))],
    }
    return System(**{name: value for name, value in table.items() if name != "like"} | values)


def expand_numbers(names: Iterable[str]) -> Iterator[str]:
    """Yield each name, and a name with `{1-3}` once with each of these numbers."""
    for name in names:
        if found := NUMBERS.search(name):
            yield from (name.replace(found[0], str(number)) for number in range(1, int(found[1]) + 1))
        else:
            yield name


SYSTEMS = read_systems()
MARKED = frozenset(name for system in SYSTEMS for mark in system.marked for name in mark)
