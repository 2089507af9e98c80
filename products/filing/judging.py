"""Judge the columns of a file by their cells, because no list has all names that people give to a column.

The cells of a column score for each meaning, and its name is a hint. If several columns have the same usual name, the
cells decide which one is read. If a column in ESSENTIAL is missing, it is sought among the unknown columns. If the
cells of only one fit, this one is used; if those of several fit, the user has to decide. A column is never read as
stock or money unless its name has a word for it. The user also decides if no name in the header is known, and which
column has the names of products that have a code.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from core.translation import gettext_noop as _
from products.filing.column_names import (
    COLUMN_OF,
    MAX_COLUMNS,
    MONEY,
    TAXED,
    VARIANTS,
    find_meaning,
    find_similar,
    is_plain,
    list_words,
)
from products.filing.columns import MONEY_COLUMNS
from products.filing.header_cells import IDENTIFYING_COLUMNS, IDS, NEVER_FILLED, HeaderCell, find_cell
from products.filing.samples import MIN_CODES, Cells, Sample, read_number, take
from products.filing.states import Watch

RATING = 10  # the most points of one sign
MAX_ID_LENGTH = 10  # the digits of a number that may be an id
NUMBERS = ("price", "quantity")
ESSENTIAL = ("name", "barcode", "price", "quantity", "expiration_date", "sku", "tax")
# If several columns have the name of one of these and their cells do not decide, the user does.
ASKED = ("name", "quantity", *MONEY_COLUMNS)
# The questions about a column: if others may be the same column of products, and if several have its name.
MAY_BE = _("{name} may be {column}, by its cells. Choose this only if it is right.")
SEVERAL = _("Several columns may be {column}, and {name} is one of them. Choose the one that is right.")


def judge_columns(
    header: list[HeaderCell], sample: Sample, watch: Watch, *, is_moving: bool = False, is_asked: bool = True,
    is_list: bool = False, has_names: bool = True,
) -> list[HeaderCell]:  # fmt: skip
    """Return the header, with the columns that their cells show.

    If there are several choices, the columns have a question. A column whose name resembles a usual one is not judged,
    and `may_be` this column if it is missing. At most MAX_COLUMNS unknown columns are judged, because comparing a name
    with all usual ones takes long. `watch` yields these as long as there is time. With `has_names`, a file in which no
    name is known has questions only. Without `is_asked`, columns without which the file can come in have a hint in
    place of a question. With `is_list`, the file is a price list.
    """
    has_known = any(cell.column for cell in header)
    unknown = [cell.place for cell in header if may_be_judged(cell)] if has_known or are_names(header) else []
    doubtful = list_doubtful(header)
    header = settle_doubtful(header, doubtful, sample, is_kept=is_list or (is_asked and not is_moving))
    places = [place for place in sorted({*unknown[:MAX_COLUMNS], *doubtful}) if may_be_judged(header[place])]
    # With `moving`, the products are new and need names, so a chosen column of codes does not suffice.
    unmapped = {cell.column for cell in header if cell.column == "name" or not (is_moving and cell.is_mapped)}
    is_unnamed = unmapped.isdisjoint(IDENTIFYING_COLUMNS)
    judged = name_by_description(header, sample) if is_unnamed else [*header]
    known = {cell.column for cell in judged if cell.column} | {name for cell in judged for name in cell.may_be}
    missing = {*ESSENTIAL} - known | {str(cell.column) for cell in judged if is_empty(cell, sample)}
    products = list_products(judged, sample.rows) if places else []  # a row for each location repeats the codes
    codes = {place: take(products, place) for place in places}
    fitting: dict[int, list[str]] = {}
    for place in watch(places):
        cell, cells = header[place], sample[place]
        columns = [*list_fitting(cell, missing, cells, codes[place])]
        similar = find_similar(cell.name, ()) if find_meaning(cell.name) is None else None
        if similar in columns and similar not in NUMBERS:
            columns = [similar]
        elif similar and cells.can_be(similar) and not cells.are_flags:
            may_be = () if similar in known else (similar,)
            is_hint = similar == "quantity" and not is_asked
            judged[place] = replace(cell, hint=may_be) if is_hint else replace(cell, may_be=may_be)
            continue
        fitting[place] = columns
    named = {*known, *chain.from_iterable([*fitting.values(), *(cell.may_be for cell in judged)])}
    # If nothing identifies the products, or new ones have no names, the columns with the most different words may.
    is_nameless = named.isdisjoint(IDENTIFYING_COLUMNS) or (is_moving and named.isdisjoint({"name", "description"}))
    words = [place for place in fitting if is_nameless and sample[place].are_words and not sample[place].are_kinds]
    most = max((sample[place].different for place in words), default=0)
    fitting |= {place: ["name", *fitting[place]] for place in words if 2 * sample[place].different > most}
    leave_to_plain(header, fitting)
    read_plain(judged, fitting, known, sample)
    counts = Counter(chain.from_iterable([*fitting.values(), *(cell.may_be for cell in judged)]))
    has_price = bool("price" in known or counts["price"])
    for place, columns in fitting.items():
        cell, cells = header[place], sample[place]
        is_only = len(columns) == 1 == counts[columns[0]] and is_certain(columns[0], cells, codes[place])
        is_only = is_only and bool(known or not has_names)
        if "name" in columns:  # beside a column that identifies the products, it may be their description
            is_only = is_only and (is_unnamed or is_moving or says_name(cell)) and cells.may_be_name
        judged[place] = settle(cell, cells, known, columns, is_only, has_price)
        found = judged[place]
        is_open = {"name", *NUMBERS}.isdisjoint(found.may_be) or any(
            is_doubtful(cell, name, cells) for name in found.may_be
        )
        if not is_asked and is_open:  # the file can come in without an answer
            found = replace(found, hint=found.hint or found.may_be, question="", may_be=())
        judged[place] = replace(found, score=rate(found, cells)) if found.hint or found.may_be else found
    if "external_id" not in known:
        name_ids(judged, codes)
    # The products are new, and nothing else names them.
    needs_name = is_moving and not any("name" in (cell.column, *cell.may_be, *cell.hint) for cell in judged)
    return name_by_description(judged, sample, is_needed=True) if needs_name else judged


def leave_to_plain(header: list[HeaderCell], fitting: dict[int, list[str]]) -> None:
    """Leave each meaning in `fitting` to the columns whose names say it plainly, if there are some."""
    plain = {(place, name) for place in fitting for name in NUMBERS if is_plain(header[place].name, name)}
    plain |= {(place, "name") for place in fitting if says_name(header[place])}
    best = {name for place, name in plain if name in fitting[place]}
    for place, columns in fitting.items():
        columns[:] = [name for name in columns if name not in best or (place, name) in plain]


def says_name(cell: HeaderCell) -> bool:
    """Return whether a word says that this is a name, as in `Set name`."""
    return "name" in map(COLUMN_OF.get, list_words(cell.name))


def rate(cell: HeaderCell, cells: Cells) -> int:
    """Return how well the name and the cells of a column fit what it may be, compared with others in its question."""
    meanings, share = cell.hint or cell.may_be, RATING * cells.different // max(len(cells.texts), 1)
    return share + 2 * RATING * (find_meaning(cell.name) in meanings) + RATING * cells.may_be_price


def read_plain(header: list[HeaderCell], fitting: dict[int, list[str]], known: set[str], sample: Sample) -> None:
    """Let columns of the header with plain names be costs or thresholds, which cells alone do not show."""
    for name in {"cost_price", "min_threshold"} - known:  # only a plain name shows these
        same = [place for place in fitting if is_plain(header[place].name, name) and sample[place].are_numbers]
        if len(same) == 1:
            header[same[0]] = replace(header[same[0]], column=name, is_judged=True)
            del fitting[same[0]]


def name_ids(header: list[HeaderCell], codes: dict[int, Cells]) -> None:
    """Let the only unknown column of ids of products in the header be the external id, if all of them are different."""
    ids = [cell for cell in header if cell.place in codes and is_product_id(cell, codes[cell.place])]
    for cell in ids[:1] if len(ids) == 1 else ():
        header[cell.place] = replace(cell, column="external_id", is_judged=True, hint=())


def is_product_id(cell: HeaderCell, cells: Cells) -> bool:
    """Return whether an unknown column has different ids, and the name of these, such as `Product ID`.

    In a file without a header, it is the first one, with whole numbers.
    """
    words = {cell.key.removesuffix("id"), cell.key.removeprefix("id")} - {cell.key}
    is_first = cell.name == cell.letter == "A" and len(cells.whole_numbers) == len(cells.texts)
    is_named = is_first or not {"name", "sku"}.isdisjoint(map(COLUMN_OF.get, words))
    return is_named and cells.are_different and not (cell.is_settled or cell.may_be)


def is_empty(cell: HeaderCell, sample: Sample) -> bool:
    """Return whether the column has no cells, so that another one may have its meaning."""
    return cell.column in ESSENTIAL and not cell.is_mapped and not sample[cell.place].texts


def list_doubtful(header: list[HeaderCell]) -> list[int]:
    """Return the places of named columns whose cells decide: those with one meaning, ids, and rates of VAT."""
    counts = Counter(cell.column for cell in header if cell.column)
    chosen = {cell.column for cell in header if cell.is_mapped}
    return [
        cell.place for cell in header
        if cell.column and cell.column not in chosen and not cell.is_preset
        and (counts[cell.column] > 1 or cell.key == "id" or cell.key != cell.column == "tax")
    ]  # fmt: skip


def settle_doubtful(header: list[HeaderCell], places: list[int], sample: Sample, *, is_kept: bool) -> list[HeaderCell]:
    """Return the header, in which the columns of list_doubtful() are what their cells show.

    Ids that repeat identify nothing, and more numbers than a shop has rates are no rates of VAT. Of several columns
    with one meaning, the one with the highest score is read. If there is none, the user decides about names, stock and
    money, unless these columns are equal. With `is_kept`, they keep their meaning, for which a file is refused. Of a
    price list, the surest name is read.
    """
    cells = [*header]
    for place in places:
        cell = header[place]
        is_id = cell.column in IDS or cell.key == "id"
        repeats = is_id and not take(list_products(header, sample.rows), place).are_different
        if repeats or (cell.column == "tax" and not sample[place].has_few_rates):
            cells[place] = replace(cell, column=None, is_assumed=False)
    for column in {cells[place].column: None for place in places if cells[place].column}:
        same = [place for place in places if cells[place].column == column]
        if len(same) < 2:
            continue
        scores = {place: sample[place].score(str(column)) for place in same}
        best = [place for place in same if scores[place] == max(scores.values())]
        is_equal = len({sample[place].values for place in best}) == 1
        is_doubtful = column in ASKED and len(best) > 1 and not is_equal
        for place in same:
            cell = cells[place]
            if is_kept and (is_doubtful or column in NEVER_FILLED):
                cells[place] = replace(cell, may_be=(str(column),))
            elif is_doubtful:
                cells[place] = cell.doubt(SEVERAL) if place in best else replace(cell, column=None)
            elif column == "name" and place not in best:
                cells[place] = replace(cell, column=None)  # it may be another column
            else:
                cells[place] = replace(cell, score=scores[place])
    return cells


def settle(
    cell: HeaderCell, cells: Cells, known: set[str], columns: list[str], is_only: bool, has_price: bool
) -> HeaderCell:
    """Return the header's cell with the column that it is, with a question, or with a hint.

    With `is_only`, it can be only one column, and no other cell can be this column. Prices without cents look like
    quantities, so these get a question or a hint. So does what may be the cost price by its name.
    """
    meaning = find_meaning(cell.name)
    may_be_price = not has_price and meaning is None and cells.are_amounts
    may_be_cost = meaning in ("cost_price", MONEY) and "cost_price" not in known and cells.can_be("cost_price")
    if is_only and not (may_be_price or is_doubtful(cell, columns[0], cells)):
        return replace(cell, column=columns[0], is_judged=True)
    if columns:
        return cell.doubt(MAY_BE, *["price"] * may_be_price, *columns, *["cost_price"] * may_be_cost)
    if (may_be_price or may_be_cost) and not cell.key.endswith("id"):
        return replace(cell, hint=("price" if may_be_price else "cost_price",))
    return cell


def is_doubtful(cell: HeaderCell, column: str, cells: Cells) -> bool:
    """Return whether stock, prices or dates may be others, because the name does not say plainly what they are."""
    meaning = find_meaning(cell.name)
    is_tax = meaning == TAXED and cells.may_be_tax
    return (column in NUMBERS and (is_tax or not is_plain(cell.name, column))) or column == "expiration_date" != meaning


def list_fitting(cell: HeaderCell, missing: set[str], cells: Cells, codes: Cells) -> Iterator[str]:
    """Yield the missing columns that this one may be, according to its name and its cells.

    `codes` has the column's cells in the first row of each product.
    """
    meaning = find_meaning(cell.name)
    meaning = "price" if meaning in (MONEY, TAXED) else meaning
    of_ids = ["barcode"] * (len({*cells.gtins}) >= MIN_CODES)
    for column in filter(missing.__contains__, of_ids if cell.key.endswith("id") else ESSENTIAL):
        is_other = meaning not in (None, column) and (column in NUMBERS or meaning in ("cost_price", *NUMBERS))
        if is_other or column == "tax" != meaning or (column == "sku" and cell.key in VARIANTS):
            continue
        is_number = (
            column == meaning
            and column in NUMBERS
            and (cells.can_be(column) or (cells.are_numbers and column == "quantity" and is_plain(cell.name, column)))
        )
        if is_number or (codes if column == "sku" else cells).may_be(column):
            yield column


def is_certain(column: str, cells: Cells, codes: Cells) -> bool:
    """Return whether cells that fit the column can't do so by chance. Of ten numbers of 8 digits, one is a GTIN."""
    if column == "barcode":
        return len({*cells.gtins}) > 1 or any(len(digits) > MAX_ID_LENGTH for digits in cells.gtins)
    return column != "sku" or codes.are_different


def are_names(header: list[HeaderCell]) -> bool:
    """Return whether the unknown cells of a header may be names of columns: they differ, and none is a number."""
    keys = [cell.key for cell in header if cell.name]
    return 1 < len(keys) == len({*keys}) and not any(read_number(cell.name) for cell in header)


def name_by_description(header: list[HeaderCell], sample: Sample, *, is_needed: bool = False) -> list[HeaderCell]:
    """Return the header. Its description becomes the name, because nothing else identifies the products."""
    cell, judged = find_cell(header, "description"), [*header]
    if cell and not cell.is_mapped and (sample[cell.place].are_words if is_needed else sample[cell.place].may_be_name):
        judged[cell.place] = replace(cell, column="name", is_judged=True)
    return judged


def list_products(header: list[HeaderCell], rows: list[list[Any]]) -> list[list[Any]]:
    """Return the first row of each name, or all rows if the header has no name."""
    if (cell := find_cell(header, "name")) is None:
        return rows
    place = cell.place
    return [*{str(row[place]).strip().lower(): row for row in reversed(rows) if place < len(row)}.values()][::-1]


def may_be_judged(cell: HeaderCell) -> bool:
    """Return whether neither the name of the column nor the user says what it is."""
    return bool(cell.key or find_meaning(cell.name)) and not (cell.is_settled or cell.question or cell.wanted)
