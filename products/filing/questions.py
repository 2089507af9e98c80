"""The questions about a file that only a person can answer, each with the parameter that gives an answer.

Some are doubts about prices and quantities: their names are known, but the names or the cells say that they may be
others.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, permutations
from typing import Any

from core.fields import MAX_QUOTED_LENGTH
from core.files.numbers import normalize_number
from core.files.tables import Row
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.column_names import MONEY, find_meaning, name_stock, quote, says_paid, says_price, suggest_column
from products.filing.columns import OPTION, get_column, say_column
from products.filing.errors import Body
from products.filing.header_cells import HeaderCell
from products.filing.judging import rate
from products.filing.samples import MIN_CODES, MIN_SHARE, Cells, Sample
from products.filing.states import SIGNS

MAX_SAMPLES = 3  # the most cells of a column in a question
MAX_TOGETHER = 3  # with more columns, an answer names only one of them
MAX_OFFERED = 3  # the most columns of which a question has answers
NONE = "none"  # the answer that no column has the meaning, or no row is the header
IN_STOCK, IS_COLUMN = _("Is {name} what is in stock?"), _("Is {name} the column {column}?")
TELLS_APART = _("Several rows have the same name. Does {name} tell them apart, as {column}?")
IS_PRODUCT = _("The first row looks like the others. Is it a product?")


def ask_about_columns(cells: Iterable[HeaderCell], rows: list[Row], *, has_stock: bool = True) -> list[Body]:
    """Return a question for each column that somebody has to decide about, or for several that may be the same one.

    With `has_stock`, the quantities of the file are what is in stock.
    """
    groups: dict[Any, list[HeaderCell]] = {}
    for cell in cells:
        groups.setdefault(cell.hint or cell.may_be, []).append(cell)
    return [ask(group, rows, has_stock=has_stock) for group in groups.values()]


def ask(group: Sequence[HeaderCell], rows: list[Row], *, has_stock: bool) -> Body:
    """Return the question about these columns, of which one may be read."""
    meanings = group[0].hint or group[0].may_be
    group = sorted(group, key=lambda cell: -cell.score)  # the best ones first
    first, is_stock = group[0], has_stock and meanings == ("quantity",)
    column = " / ".join(map(say_column, meanings))
    if len(group) > 1:
        text = fill(
            "Which of these columns is {column}: {names}?",
            column=column,
            names=", ".join(quote(cell.name) for cell in group[:MAX_OFFERED]),
        )
        answers = list_answers(group, meanings, is_stock=is_stock)
    else:
        text = "" if first.hint else first.question or suggest_column(first.name, ())
        plain = TELLS_APART if meanings[0].startswith(OPTION) else IN_STOCK if is_stock else IS_COLUMN
        text = text or fill(plain, name=quote(first.name or first.letter), column=column)
        answers = {say_column(name): answer([(first, name)]) for name in meanings}
    samples = dict.fromkeys(
        str(row[cell.place]).strip()[:MAX_QUOTED_LENGTH]
        for cell in group for _line, row in rows if row and cell.place < len(row)
    )  # fmt: skip
    return {
        "of": "columns", "text": text, **({"column": first.name} if len(group) == 1 else {}),
        "samples": [*filter(None, samples)][:MAX_SAMPLES],
        "answers": {**answers, NONE: answer((cell, "") for cell in group)},
    }  # fmt: skip


def list_answers(group: Sequence[HeaderCell], meanings: tuple[str, ...], *, is_stock: bool) -> dict[str, str]:
    """Return the answers about several columns by their titles: which of them has which meaning.

    Of more than MAX_OFFERED columns, only the first ones can be chosen by an answer: see ask().
    """
    answers = {
        ", ".join(
            " ".join([f"{cell.name} ({cell.letter})", *[say_column(meant[cell.place])] * (len(meanings) > 1)])
            for cell in group if cell.place in meant
        ): answer((cell, meant.get(cell.place, "")) for cell in group)
        for meant in list_ways([cell.place for cell in group[:MAX_OFFERED]], meanings)
    }  # fmt: skip
    if is_stock and len({cell.key for cell in group}) == len(group):
        title = ", ".join(f"{say_column('quantity')} [{cell.name}]" for cell in group)
        answers[title] = answer((cell, name_stock(cell.name)) for cell in group)
    return answers


def list_ways(places: list[int], meanings: tuple[str, ...]) -> list[dict[int, str]]:
    """Return the ways in which columns can have the meanings: each of them one, and few columns several."""
    most = len(meanings) if len(places) <= MAX_TOGETHER else 1
    return [
        dict(zip(chosen, names, strict=True))
        for number in range(most, 0, -1)
        for names in combinations(meanings, number)
        for chosen in permutations(places, number)
    ]


def answer(meant: Iterable[tuple[HeaderCell, str]]) -> str:
    """Return the parameter that reads each of these columns as what it is meant to be."""
    parts = io.StringIO()
    csv.writer(parts, lineterminator="").writerow(f"={cell.letter}:{column}" for cell, column in meant)
    return f"columns={parts.getvalue()}"


def ask_about_header(line: int, names: list[str]) -> Body:
    """Return the question whether the row of names is a product."""
    answers = {"yes": f"header={NONE}", "no": f"header={line}"}
    samples = [name[:MAX_QUOTED_LENGTH] for name in names if name][:MAX_SAMPLES]
    return {"of": "header", "text": fill(IS_PRODUCT), "samples": samples, "answers": answers}


def ask_about_rates(rates: list[str], cells: Sequence[HeaderCell]) -> Body:
    """Return the question whether these rates of VAT, which are in these columns, are added to the shop."""
    answers = {"yes": "create_rates=true", "no": answer((cell, "") for cell in cells)}
    text = fill(
        "The file has rates of VAT that your shop does not have: {rates}. Add them?",
        rates=", ".join(f"{rate} %" for rate in rates),
    )
    return {"of": "rates", "text": text, "column": cells[0].name, "samples": rates, "answers": answers}


def ask_about_sign(column: str, cell: str) -> Body:
    """Return the question which number a cell of this column is, because the file does not show its decimal sign."""
    answers = {
        f"{Decimal(normalize_number(cell, sign)).normalize():f}": f"decimal_sign={name}" for name, sign in SIGNS.items()
    }
    text = fill(
        "Which number is {cell} in the column {column}? No other cell shows its decimal sign.",
        cell=quote(cell),
        column=say_column(column),
    )
    return {"of": "decimal_sign", "text": text, "samples": [cell], "answers": answers}


HAS_DIGIT = re.compile(r"\d")
MIN_ROWS = 20  # with fewer rows, few quantities prove nothing
MAX_SIZE = 5  # the size of a bottle or a pack, in litres or kilograms, is lower
MAX_ORDERED_SHARE = 0.1  # the share of rows with a quantity in a price list with a column for orders


def doubt_amounts(header: list[HeaderCell], sample: Sample) -> list[HeaderCell]:
    """Return the header.

    A price has an open question if it may be what the shop pays, or if there is another price. A quantity that few
    rows have is what somebody has ordered, small fractions are sizes, and 0 and 1 alone may be no and yes, so they are
    not read.
    """
    read = {cell.column: cell for cell in header if cell.column and not (cell.is_mapped or cell.is_preset)}
    price, quantity = read.get("price"), read.get("quantity")
    cells = [*header]
    if (
        quantity
        and quantity.name != "quantity"
        and any(judge(sample[quantity.place]) for judge in (is_ordered, are_sizes, says_yes))
    ):
        cells[quantity.place] = replace(quantity, column=None, hint=("quantity",))
    if not price:
        return ask_for_price(cells, sample)
    for cell in header:
        if may_be_price(cell, price, sample) and is_other_price(sample[cell.place], sample[price.place]):
            cells[cell.place] = replace(cell, hint=("price",))
            cells[price.place] = replace(price, hint=("price",))
    has_cost = any(cell.column == "cost_price" for cell in header)
    if not has_cost and (says_paid(price.name) or are_offers(read, sample)):
        cells[price.place] = replace(price, hint=("price", "cost_price"))
    return cells


def ask_for_price(header: list[HeaderCell], sample: Sample) -> list[HeaderCell]:
    """Return the header, with a hint for the price of a measure or for equal amounts, if no other column has prices."""
    if any("price" in (cell.column, *cell.may_be) for cell in header):
        return header
    free = [cell for cell in header if not cell.is_settled]
    named = [cell for cell in free if find_meaning(cell.name) == "" and says_price(cell.name)]
    named = [cell for cell in named if sample[cell.place].can_be("price")]
    unnamed = [cell for cell in free if find_meaning(cell.name) is None]
    same = [cell for cell in unnamed if sample[cell.place].is_constant and sample[cell.place].have_decimals]
    for cell in [cell for cell in unnamed if named and cell.hint == ("price",)]:
        header[cell.place] = replace(cell, hint=())
    is_asked = any("price" in cell.hint for cell in header)
    for cell in named or (same if len(same) == 1 and not is_asked else ()):
        header[cell.place] = replace(cell, hint=("price",))
    return header


def ask_for_needed(header: Sequence[HeaderCell], sample: Sample, missing: Iterable[str]) -> list[HeaderCell]:
    """Return the header. Unknown columns have a hint if they may be columns that the file needs and does not have."""
    cells = [*header]
    for cell in [cell for cell in header if not (cell.is_settled or cell.wanted) and cell.name.strip()]:
        may_be = tuple(name for name in missing if may_be_needed(cell, name, sample[cell.place]))
        found = replace(cell, hint=may_be, question="", may_be=())
        cells[cell.place] = replace(found, score=rate(found, sample[cell.place])) if may_be else cell
    return cells


def may_be_needed(cell: HeaderCell, column: str, cells: Cells) -> bool:
    """Return whether an unknown column may be this one of numbers, codes or texts, by its own name and its cells."""
    if find_meaning(cell.name) not in (None, column, MONEY if column == "cost_price" else column):
        return False
    if get_column(column).sql_type != "text":
        return cells.are_numbers
    if cells.may_be_barcode or column == "barcode":
        return cells.may_be_barcode
    is_code = cells.are_own_codes and cells.different >= MIN_CODES and not cells.have_decimals
    return cells.are_words or is_code or (cells.are_codes and not cells.are_numbers)


def is_ordered(cells: Cells) -> bool:
    """Return whether few of many rows have a number, and none says that there is nothing."""
    is_rare = 0 < len(cells.texts) <= MAX_ORDERED_SHARE * len(cells.given)
    return is_rare and len(cells.given) >= MIN_ROWS and "0" not in cells.numbers


def are_sizes(cells: Cells) -> bool:
    """Return whether all numbers are small and most have decimals, as the litres in a bottle."""
    numbers = [*map(float, cells.numbers)]
    is_small = len(numbers) >= MIN_CODES and 0 < min(numbers) <= max(numbers) < MAX_SIZE
    return is_small and len(cells.whole_numbers) < (1 - MIN_SHARE) * len(numbers)


def says_yes(cells: Cells) -> bool:
    """Return whether many cells have nothing but 0 and 1, so that these may say whether something is in stock."""
    return cells.are_flags and len(cells.texts) >= MIN_ROWS


def may_be_price(cell: HeaderCell, price: HeaderCell, sample: Sample) -> bool:
    """Return whether an unknown column has a name of prices, or an unknown one beside a price that never changes.

    Whole numbers beside a price with decimals are rather what is in stock.
    """
    meaning = "" if cell.is_settled or cell.may_be else find_meaning(cell.name)
    prices, is_whole = sample[price.place], not sample[cell.place].have_decimals
    return meaning == "price" or (meaning is None and prices.is_constant and not (is_whole and prices.have_decimals))


def is_other_price(cells: Cells, prices: Cells) -> bool:
    """Return whether most rows have amounts, and other ones than those of the price."""
    is_filled = len(cells.texts) >= MIN_SHARE * len(cells.given)
    return is_filled and (cells.may_be_price or cells.are_amounts) and cells.numbers != prices.numbers


def are_offers(read: dict[str, HeaderCell], sample: Sample) -> bool:
    """Return whether several products have rows of several suppliers with different prices."""
    places = [read[column].place for column in ("name", "supplier", "price") if column in read]
    prices: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in sample.rows if len(places) == 3 else ():
        if max(places) < len(row):
            name, supplier, price = (str(row[place]).strip().lower() for place in places)
            prices[name][supplier] = price
    return sum(len({*of_name.values()}) > 1 for of_name in prices.values()) >= MIN_CODES


def leave_words(header: list[HeaderCell], sample: Sample) -> list[HeaderCell]:
    """Return the header. Columns become unknown if their cells do not fit their names.

    A pack size does not fit if its cells are texts or measures such as `500 g`, and a quantity if most are words.
    """
    return [replace(cell, column=None) if has_words(cell, sample) else cell for cell in header]


def has_words(cell: HeaderCell, sample: Sample) -> bool:
    """Return whether a column of pack sizes has few whole numbers, or a column of quantities mostly words."""
    if cell.column not in ("pack_size", "quantity") or cell.name == cell.column or cell.is_mapped or cell.is_judged:
        return False
    cells = sample[cell.place]
    if cell.column == "pack_size":
        return bool(cells.texts) and not cells.has_most(len(cells.whole_numbers))
    return 2 * sum(map(bool, map(HAS_DIGIT.search, cells.texts))) < len(cells.texts)
