"""Find the header of a file, which may be below titles, and may have several lines."""

from collections import Counter
from collections.abc import Iterator
from functools import reduce
from itertools import accumulate, chain, zip_longest
from typing import Any, NamedTuple

from core.files.numbers import is_currency, is_number
from core.files.tables import Row
from core.sentences import fill
from core.texts.cleaning import MAX_DECOMPOSED
from core.translation import gettext_noop as _
from products.filing.column_names import (
    COLUMN_OF,
    MAX_NAME_LENGTH,
    Mapping,
    find_letter,
    find_own_names,
    normalize_column_name,
)
from products.filing.columns import NAMED_COLUMN
from products.filing.errors import InvalidFile
from products.filing.header_cells import IDENTIFYING_COLUMNS
from products.filing.states import Watch
from products.filing.systems.systems import find_system

MAX_ROWS_SEARCHED = 50
MAX_CELLS_SEARCHED = 15_000  # the most cells of these rows and of those that are compared with them
MAX_HEADER_LINE = 1000  # the last line that may be chosen as the header
NO_HEADER = -1  # stands for the line of the header in a file whose first row is a product
MAX_HEADER_LINES = 4
MAX_ROWS_COMPARED = 10  # the rows below a row that show whether it is a header, or like them
NUMBER = 2  # the kind of a cell with a number; that of a text is 1, and that of an empty cell 0
MIN_SHARE = 0.6  # the share of these rows that have a number in a column of numbers
MAX_COLUMNS_READ = 1000  # the most columns of a file of which unknown ones are left out
MAX_LENGTH_READ = MAX_DECOMPOSED * MAX_NAME_LENGTH + 1  # the most characters of a cell that are read; all are too many
MAX_COLUMNS_JOINED = 200  # the most columns of a header of several lines
MAX_NUMBERS = 1  # the most numbers in a header of several lines: in a form, the sum of a column may be beside its name
# The columns of which a header has one. Not all of them identify a product.
NAMING = (*IDENTIFYING_COLUMNS, "supplier_sku")
MIN_KNOWN = 2  # the fewest columns of products that a row below the first one must name to be the header
NO_SUCH_LINE = _("The parameter header names line {line}, which the file does not have, or which is blank.")


class FoundHeader(NamedTuple):
    """The names of the columns, the last line of the header, and the number of rows above it.

    `first_line` is the line in which it begins. With `is_whole`, its first line would not be a header without the
    others.
    """

    names: list[str]
    line: int
    above: int = 0
    first_line: int = 1
    is_whole: bool = False
    is_doubtful: bool = False  # whether another row may be the header, because names alone do not show it
    is_like_rows: bool = False  # whether it looks like the rows below it, so that it may be a product


def find_header(given: list[Row], mapping: Mapping, watch: Watch, chosen: int = 0) -> FoundHeader:
    """Return the header of a file. `given` are its first rows, without blank ones.

    It is the first row, unless another one names more columns of products, of which one identifies the product. Several
    rows can be the header together. If a line is `chosen`, the header begins in it. Raise InvalidFile if there is none.
    `watch` yields the rows as long as there is time.
    """
    rows = [(line, clean_names((cells or [])[:MAX_COLUMNS_READ])) for line, cells in given]
    if not chosen:
        sizes = accumulate([len(names) for _line, names in rows])
        rows = [row for row, size in zip(rows, sizes, strict=True) if size <= MAX_CELLS_SEARCHED]
    if chosen == NO_HEADER:
        return FoundHeader([find_letter(place) for place in range(max(len(names) for _line, names in rows))], 0, 0, 0)
    start = next((index for index, (line, _names) in enumerate(rows) if line == chosen), None) if chosen else 0
    if start is None:
        raise InvalidFile(fill(NO_SUCH_LINE, line=chosen))
    line, cells = given[start]
    best = FoundHeader(clean_names(cells or []), line, start, line)
    best_known = known = find_known(rows[start][1], mapping)
    most = 0 if known.isdisjoint(NAMING) and not mapping else len(known)
    if find_system(rows[start][1]) or find_own_names(rows[start][1]):
        return best
    last, widths = start + 1 if chosen else MAX_ROWS_SEARCHED, [len(names) for _line, names in rows]
    for index in watch(range(start, min(last, len(rows)))):
        if max(widths[index : index + MAX_HEADER_LINES]) <= most:
            continue  # the rows have no more names than the best header has known columns
        for found in list_headers(rows[index : index + MAX_HEADER_LINES], index, mapping):
            known = find_known(found.names, mapping)
            is_better = len(known) > most or (found.is_whole and found.first_line == best.first_line)
            has_amounts = index > start and known >= {"price", "quantity"}  # a column without a name may have the names
            is_named = has_amounts or not known.isdisjoint(NAMING)
            if is_better and (len(known) >= MIN_KNOWN or found.is_whole) and is_named:
                best, best_known, most = found, known, len(known)
            if found.line != best.first_line and find_system(found.names):
                return found
    return best if chosen else judge_form(rows, best, best_known)


def judge_form(rows: list[tuple[int, list[str]]], best: FoundHeader, known: set[str]) -> FoundHeader:
    """Return the header. If its names are unknown, it is the first with texts above columns of numbers."""
    if len(known) >= MIN_KNOWN:
        return best
    kinds = [[bool(cell) + is_number(cell) for cell in cells] for _line, cells in rows]
    forms = ((index, find_form(kinds[index:])) for index in range(min(len(rows), MAX_ROWS_SEARCHED)))
    index, number = next(((index, number) for index, number in forms if number), (0, 0))
    if number and (rows[index][0], rows[index + number - 1][0]) != (best.first_line, best.line):
        names = join_all([names for _line, names in rows[index : index + number]])
        best = FoundHeader(names, rows[index + number - 1][0], index, rows[index][0])
    is_like_rows = not (known or best.above) and is_like(kinds[0], kinds[1 : 1 + MAX_ROWS_COMPARED])
    return best._replace(is_doubtful=len(rows) > 1, is_like_rows=is_like_rows)


def find_form(kinds: list[list[int]]) -> int:
    """Return the number of lines of a header that begins in the first of these rows, or 0 if none does.

    It has several texts, which are in most columns, and numbers below them. `kinds` has the kinds of cells: empty, a
    text or a number.
    """
    filled, most, best = set[int](), 0, 0
    for number, cells in enumerate(kinds[:MAX_HEADER_LINES], 1):
        if NUMBER in cells or sum(map(bool, kinds[0])) < MIN_KNOWN or (number > 1 and len(cells) > MAX_COLUMNS_JOINED):
            break
        filled |= {place for place, kind in enumerate(cells) if kind}
        below = kinds[number : number + MAX_ROWS_COMPARED]
        is_wide = 2 * len(filled) > max(map(len, below), default=0)
        found = len(filled & find_numbers(below))
        if is_wide and len(below) >= number and found > most:
            most, best = found, number
    return best


def find_numbers(kinds: list[list[int]]) -> set[int]:
    """Return the places of the columns whose first cell is a number, and most others, too."""
    columns = [[*filter(None, cells)] for cells in zip_longest(*kinds, fillvalue=0)]
    return {
        place for place, cells in enumerate(columns)
        if cells and cells[0] == NUMBER and cells.count(NUMBER) >= MIN_SHARE * len(cells)
    }  # fmt: skip


def is_like(cells: list[int], below: list[list[int]]) -> bool:
    """Return whether the row has numbers where the rows below have numbers, or if none of them has a number."""
    numbers, own = find_numbers(below), find_numbers([cells])
    return bool(below) and (bool(own & numbers) if own or numbers else bool(cells))


def has_names(names: list[str], mapping: Mapping, place: int) -> bool:
    """Return whether these may be the names of a header. A single known column is enough in the first sheet.

    A header with known columns of prices or quantities is accepted, even if the column of names is unknown.
    """
    known = find_known(names, mapping)
    is_named = len(known) >= (MIN_KNOWN if place else 1) and not known.isdisjoint(NAMING)
    is_named = is_named or (len(known) >= MIN_KNOWN and not known.isdisjoint({"price", "quantity"}))
    return is_named or find_system(names) is not None


def list_headers(rows: list[tuple[int, list[str]]], above: int, mapping: Mapping) -> Iterator[FoundHeader]:
    """Yield the headers that begin in the first of these rows: of one line, and then of more."""
    first_line, names = rows[0]
    yield FoundHeader(names, first_line, above, first_line)
    most = max(len(names) for _line, names in rows)
    for number in range(2, len(rows) + 1 if most <= MAX_COLUMNS_JOINED else 2):
        upper, *lowers = [names for _line, names in rows[:number]]
        if sum(map(is_number, filter(None, chain(upper, *lowers)))) > MAX_NUMBERS:
            return
        below = join_all(lowers)
        joined = join_lines(upper, below)
        is_whole = completes(upper, below)
        if is_whole or find_system(joined) or may_be_one_header(upper, below, joined, mapping):
            yield FoundHeader(joined, rows[number - 1][0], above, first_line, is_whole)


def clean_names(cells: list[Any]) -> list[str]:
    """Return the cells as names of columns, without the empty ones at the end."""
    names = [" ".join(str(cell)[:MAX_LENGTH_READ].split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def find_known(names: list[str], mapping: Mapping) -> set[str]:
    """Return the columns of products that these names mean, by themselves or because the mapping says so."""
    keys = [normalize_column_name(name) for name in names]
    found = {COLUMN_OF.get(key) or (key in mapping and f"mapped {key}") or "" for key in keys}
    return (found | {name for name in names if NAMED_COLUMN.fullmatch(name)}) - {""}


def completes(upper: list[str], lower: list[str]) -> bool:
    """Return whether the lower row completes a header: it names columns that have no name in the upper row.

    It can't be the row of a product, so it has nothing below a column that identifies the product.
    """
    pairs = [*zip(upper + [""] * (len(lower) - len(upper)), lower, strict=False)]
    naming = [below for name, below in pairs if COLUMN_OF.get(normalize_column_name(name)) in IDENTIFYING_COLUMNS]
    nameless = [below for name, below in pairs if below and not name]
    return bool(naming and nameless) and not any(naming) and not any(map(is_number, filter(None, lower)))


def may_be_one_header(upper: list[str], lower: list[str], joined: list[str], mapping: Mapping) -> bool:
    """Return whether a row and those below it may be one header: with the row, they name more columns."""
    if find_known(lower, mapping) >= find_known(joined, mapping):
        return False
    return find_known(upper, mapping).isdisjoint(IDENTIFYING_COLUMNS) or len(find_known(lower, mapping)) >= MIN_KNOWN


def join_all(lines: list[list[str]]) -> list[str]:
    """Return the names of a header with these lines."""
    return reduce(lambda lower, upper: join_lines(upper, lower), reversed(lines))


def join_lines(upper: list[str], lower: list[str]) -> list[str]:
    """Return the names of a header with two lines.

    If only one of the two parts of a name is known, the name is this part. A name of the upper line may stand above
    several columns: see spread(). If it is the only name in that line, it is a title. If two columns would get the same
    part as their name, they keep both parts.
    """
    width = max(len(upper), len(lower))
    upper, lower = (names + [""] * (width - len(names)) for names in (upper, lower))
    wide, are_wide = spread(upper, lower)
    titles = {name for name, below in zip(wide, lower, strict=True) if below and name not in ("", below)}
    if len(titles) == 1 and any(are_wide):
        wide = ["" if below and name in titles else name for name, below in zip(wide, lower, strict=True)]
    pairs = [*zip(wide, lower, are_wide, strict=True)]
    short = [join_parts(*pair) for pair in pairs]
    columns = Counter(COLUMN_OF.get(normalize_column_name(name)) for name in short)
    return [
        name if columns[COLUMN_OF.get(normalize_column_name(name))] == 1 else write_name(above, below)
        for name, (above, below, _is_wide) in zip(short, pairs, strict=True)
    ]


def spread(upper: list[str], lower: list[str]) -> tuple[list[str], list[bool]]:
    """Return the upper line, and whether each of its names may be that of several columns.

    A name belongs to several columns if the cells beside it are empty, and the names below these cells are unknown or
    repeated in the lower line. If they are repeated, the empty cells get the upper name.
    """
    counts = Counter(lower)
    wide, are_wide = [*upper], [False] * len(upper)
    owner: int | None = None  # the place of the name above this column
    for place, (name, below) in enumerate(zip(upper, lower, strict=True)):
        is_clear = normalize_column_name(below) in COLUMN_OF and counts[below] == 1
        if name or not below or is_clear:
            owner = place if name and below else None
        elif owner is not None:
            are_wide[owner] = True
            if counts[below] > 1:
                wide[place], are_wide[place] = upper[owner], True
    return wide, are_wide


def join_parts(upper: str, lower: str, is_wide: bool) -> str:
    """Return the name with two parts, or the one that is known.

    The name of several columns is not enough alone, unless the lower part is a currency.
    """
    joined = write_name(upper, lower)
    for name in (joined, lower, *[upper] * (not is_wide or is_currency(lower.rpartition(" ")[2]))):
        if normalize_column_name(name) in COLUMN_OF:
            return name
    return joined


def write_name(upper: str, lower: str) -> str:
    """Return both parts, or one if they are equal, as in merged cells."""
    return lower if upper == lower else f"{upper} {lower}".strip()
