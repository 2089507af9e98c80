"""Find the header of a file, which may be below titles, and may have two lines."""

from typing import Any, NamedTuple

from core.files.numbers import is_number
from core.files.tables import Row
from products.column_names import COLUMN_OF, Mapping, normalize_column_name
from products.columns import NAMED_COLUMN
from products.header import IDENTIFYING_COLUMNS
from products.moving.systems import find_system

MAX_ROWS_SEARCHED = 20
MAX_COLUMNS_READ = 1000  # the most columns of a file of which unknown ones are left out
MAX_NUMBERS = 1  # the most numbers in a header of two lines: in a form, the sum of a column may be beside its name
MIN_KNOWN = 2  # the fewest columns of products that a row below the first one must name to be the header


class FoundHeader(NamedTuple):
    """The names of the columns, the last line of the header, and the number of rows above it."""

    names: list[str]
    line: int
    above: int = 0


def find_header(given: list[Row], mapping: Mapping) -> FoundHeader:
    """Return the header of a file. `given` are its first rows, without blank ones.

    It is the first row, unless another one names more columns of products, of which one identifies the product. Two
    rows can be the header together.
    """
    best = FoundHeader(clean_names(given[0][1] or []), given[0][0])
    most = len(find_known(best.names[:MAX_COLUMNS_READ], mapping))
    if find_system(best.names[:MAX_COLUMNS_READ]):
        return best
    rows = [(line, (cells or [])[:MAX_COLUMNS_READ]) for line, cells in given]
    for index, (line, cells) in enumerate(rows[:MAX_ROWS_SEARCHED]):
        names = clean_names(cells)
        candidates = [FoundHeader(names, line, index)]
        if index + 1 < len(rows) and may_be_two_lines(names, second := clean_names(rows[index + 1][1]), mapping):
            candidates.append(FoundHeader(join_lines(names, second), rows[index + 1][0], index))
        for found in candidates:
            known = find_known(found.names, mapping)
            if len(known) > most and len(known) >= MIN_KNOWN and not known.isdisjoint(IDENTIFYING_COLUMNS):
                best, most = found, len(known)
            if index and find_system(found.names):
                return found
    return best


def clean_names(cells: list[Any]) -> list[str]:
    """Return the cells as names of columns, without the empty ones at the end."""
    names = [" ".join(str(cell).split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def find_known(names: list[str], mapping: Mapping) -> set[str]:
    """Return the columns of products that these names mean, by themselves or because the mapping says so."""
    keys = [normalize_column_name(name) for name in names]
    found = {COLUMN_OF.get(key) or (key in mapping and f"mapped {key}") or "" for key in keys}
    return (found | {name for name in names if NAMED_COLUMN.fullmatch(name)}) - {""}


def may_be_two_lines(upper: list[str], lower: list[str], mapping: Mapping) -> bool:
    """Return whether two rows may be one header: they have texts, and together name more columns than the lower one."""
    numbers = sum(map(is_number, filter(None, upper + lower)))
    if numbers > MAX_NUMBERS or find_known(lower, mapping) >= find_known(join_lines(upper, lower), mapping):
        return False
    return find_known(upper, mapping).isdisjoint(IDENTIFYING_COLUMNS) or len(find_known(lower, mapping)) >= MIN_KNOWN


def join_lines(first: list[str], second: list[str]) -> list[str]:
    """Return the names of a header with two lines. If a name is known by one of its two parts only, it is this part."""
    width = max(len(first), len(second))
    pairs = zip(first + [""] * (width - len(first)), second + [""] * (width - len(second)), strict=True)
    return [join_parts(*pair) for pair in pairs]


def join_parts(upper: str, lower: str) -> str:
    joined = f"{upper} {lower}".strip()
    for name in (joined, lower, upper):
        if normalize_column_name(name) in COLUMN_OF:
            return name
    return joined
