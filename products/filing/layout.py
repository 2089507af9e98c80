"""Decide how a whole file of products is read: judge its columns by their cells, and survey rows of other systems."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.core.exceptions import ValidationError as TextError

from core.sentences import fill
from core.texts.cleaning import clean_line, fold_case
from core.translation import gettext_noop as _
from products.filing.column_names import MAX_COLUMNS, find_letter, quote
from products.filing.columns import FIELD, NAME_PART, PLACE_COLUMN_NAMES, get_column, say_column
from products.filing.errors import Body, InvalidFile
from products.filing.header import TOO_MANY_COLUMNS, Header, check_column_names, check_header, describe_row
from products.filing.header_cells import (
    IDENTIFYING_COLUMNS,
    REASON_KEY,
    HeaderCell,
    choose_columns,
    find_cell,
    leave_out,
    leave_totals,
    read_names,
)
from products.filing.judging import judge_columns
from products.filing.price_lists import choose_list_columns, find_measure, has_only_skus
from products.filing.questions import IS_PRODUCT, ask_about_columns, ask_about_header, doubt_amounts, leave_words
from products.filing.samples import Sample
from products.filing.source import Source, has_content
from products.filing.states import KEEP, REFUSE, Columns
from products.filing.surveys import ask_apart, choose_fields, list_subtotals, mark_variants
from products.filing.systems.parts import Parts
from products.filing.systems.systems import PICTURE, PLACE
from products.filing.systems.translation import Translation
from products.models import CustomField
from stock.models import MAX_NAME_LENGTH

MAX_PREVIEW_ROWS = 5
MIN_COLUMNS = 3  # a row with nothing but a name is a title if the file has at least these known columns, or prices
MIN_FILLED = 2 / 3  # the share of rows with several cells in a file without prices in which one text is a title
REFUSED_PLACE = _("The place {name} in the name of a column is refused: {reason}")
OTHER_PLACES = _(
    "The column {column} can't be read beside a column with the quantity in a place, such as {place}. Ignore one of"
    " them."
)


@dataclass(frozen=True)
class Layout(Columns):
    """How a whole file is read: its columns, and the translation of rows of another system."""

    header: Header
    cells: tuple[HeaderCell, ...]
    translation: Translation | None
    width: int  # the number of cells of a row, including cells that the translation adds
    nameless: list[int]  # the places of the columns without a name
    left: list[int]  # the places of the columns whose values are counted as left out
    subtotals: set[int]  # the lines of rows with the sums of other rows
    has_prices: bool = False  # whether most rows have a price; known only of a file with few columns
    are_filled: bool = False  # whether most rows have more than one cell; known only of a file without amounts

    @property
    def amounts(self) -> list[int]:
        return [place for place, column in self.at.items() if column.name in ("price", "quantity", "cost_price")]


def read_layout(source: Source, header: Header) -> Layout:
    """Judge the columns of a file, survey the rows of another system, and return the layout. Raise InvalidFile."""
    source.cleans = not header.is_own
    choices, sample = header.choices, Sample(partial(source.read_rows, header.last_line))
    cells = judge_cells(source, header, sample)
    try:
        if header.fault:
            raise InvalidFile(fill("Its header can't be read: {reason}", reason=header.fault))
        if header.is_like_rows and not choices.is_moving:
            raise InvalidFile(fill(IS_PRODUCT))
        check_column_names(header.names, header.limit, are_left=choices.unknown != REFUSE)
        check_header(cells, header.mapping, is_list=choices.is_list)
    except InvalidFile as error:
        following = header.following[:MAX_PREVIEW_ROWS]
        preview = [describe_row(line, (shown or [])[: len(cells)], {}) for line, shown in following]
        reason = " ".join([error.numbers["reason"], *source.table.notes])
        answer = header.describe(cells, preview)
        if header.is_like_rows:  # with the answer that the first row is a product, these are the names
            asked = ask_about_letters(source, header, sample)
            answer["questions"] = [ask_about_header(header.line, header.names), *asked]
        raise InvalidFile(reason, answer) from None
    own = keep_fields(source, sample, cells) if choices.unknown == KEEP else header.own
    translation = None
    if (header.system or choices.is_moving) and not header.is_own:
        translation = Translation(Parts(cells, header.system), [cell.place for cell in cells if is_counted(cell)])
        translation.survey(sample.read(), source.owner_id, source.watch)
        for cell in [cell for cell in cells if cell.column in translation.extra]:
            # The translation adds a column with these values.
            cells[cell.place] = replace(cell, column=None, is_left=True)
            translation.left_places.append(cell.place)
    is_plain = header.is_plain or choices.is_list
    subtotals = set[int]() if is_plain else list_subtotals(sample.read(), cells, header.system)
    return judge_titles(arrange(header, cells, own, translation, subtotals), sample)


def judge_cells(source: Source, header: Header, sample: Sample) -> list[HeaderCell]:
    """Return the cells of the header, changed by what the rows and the choices say about their columns."""
    cells, choices = [*header.cells], header.choices
    if not header.is_own and needs_judging(cells):
        is_told = header.is_told or choices.unknown != REFUSE
        cells = judge_columns(
            cells, sample, source.watch, is_moving=choices.is_moving, is_asked=not is_told, is_list=choices.is_list,
            has_names=header.is_like_rows,
        )  # fmt: skip
    if not (header.is_plain or choices.is_list):
        cells = doubt_amounts(ask_for_name(cells, sample), sample)
    if parts := [cell for cell in cells if cell.part == NAME_PART]:
        name = find_cell(cells, "name") or replace(parts[0], column="name", part="")
        cells[name.place] = name
        source.joined = [name.place, *(cell.place for cell in parts if cell.place != name.place)]
    if choices.is_moving and not (header.system or header.is_own):
        cells = mark_variants(leave_words(cells, sample), sample.read())
        ask_apart(cells, sample)
    if choices.is_list:
        cells = choose_list_columns(cells, sample)
    if choices.unknown != REFUSE:
        cells = leave_out(choose_columns(cells), is_asked=not (header.is_told or header.system))
    return leave_totals(cells)


def ask_for_name(cells: list[HeaderCell], sample: Sample) -> list[HeaderCell]:
    """Return the cells. If none may identify products, the column with the most different words may be the name."""
    if {name for cell in cells for name in (cell.column, *cell.hint, *cell.may_be)}.isdisjoint(IDENTIFYING_COLUMNS):
        free = [cell for cell in cells if not (cell.column or cell.is_mapped or cell.part)][:MAX_COLUMNS]
        words = [cell for cell in free if sample[cell.place].are_words]
        if best := max(words, key=lambda cell: sample[cell.place].different, default=None):
            cells[best.place] = replace(best, hint=("name",))
    return cells


def ask_about_letters(source: Source, header: Header, sample: Sample) -> list[Body]:
    """Return the questions about the columns of a file without a header, so that one answer can decide about all."""
    cells = read_names([find_letter(cell.place) for cell in header.cells], header.mapping)
    cells = judge_columns(cells, sample, source.watch, is_moving=header.choices.is_moving, has_names=False)
    return ask_about_columns([cell for cell in cells if cell.hint or cell.may_be], header.following)


def needs_judging(cells: Sequence[HeaderCell]) -> bool:
    """Return whether the names alone do not show what all columns are."""
    columns = [cell.column for cell in cells if cell.column]
    doubtful = ("description", "tax", "external_id")
    is_doubtful = any(cell.is_unknown or cell.column in doubtful or cell.key == "id" for cell in cells)
    return is_doubtful or len(columns) > len({*columns})


def keep_fields(source: Source, sample: Sample, cells: list[HeaderCell]) -> dict[str, CustomField]:
    """Let unknown columns become own fields. Return the shop's fields and new ones by key. New ones are not saved."""
    known = [*CustomField.objects.filter(owner_id=source.owner_id).order_by("position", "id")]
    fields = choose_fields(cells, sample.read(), known)
    for place, field in fields.items():
        cells[place] = replace(cells[place], column=f"{FIELD}:{field.key}", is_left=False)
    return {field.key: field for field in (*(field for field in known if not field.archived_at), *fields.values())}


def arrange(
    header: Header, cells: list[HeaderCell], own: dict[str, CustomField], translation: Translation | None,
    subtotals: set[int],
) -> Layout:  # fmt: skip
    """Return the layout. Its columns are the columns of the header and the columns that the translation adds."""
    extra, places = (translation.extra, translation.places) if translation else ([], ())
    columns = {cell.place: get_column(cell.column) for cell in cells if cell.column}
    columns |= {place: get_column(name) for place, name in enumerate(extra, len(cells))}
    stocks = {cell.place: cell.text for cell in cells if cell.part == PLACE}
    is_list = header.choices.is_list
    layout = Layout(
        at=dict(sorted(columns.items(), key=lambda item: item[1].is_beside)),
        stocks=stocks | dict(enumerate(places, len(cells) + len(extra))), own=own, choices=header.choices,
        is_own=header.is_own, is_of_system=header.system is not None, price_per=find_measure(cells) if is_list else "",
        has_only_skus=is_list and has_only_skus(cells), has_assumed_ids=any(cell.is_assumed for cell in cells),
        header=header, cells=tuple(cells), translation=translation, width=len(cells) + len(extra) + len(places),
        nameless=[
            cell.place for cell in cells if not (cell.name or {"", cell.place} & header.mapping.keys() or is_list)
        ],
        left=[cell.place for cell in cells if is_counted(cell)], subtotals=subtotals,
    )  # fmt: skip
    check_places(layout.places, layout.names)
    return layout


def judge_titles(layout: Layout, sample: Sample) -> Layout:
    """Return the layout with what shows that a row with one text is a title: other rows have more."""
    price = find_cell(layout.cells, "price")
    if price and len(layout.columns) < MIN_COLUMNS:
        return replace(layout, has_prices=2 * len(sample[price.place].texts) > sum(map(has_content, sample.rows)))
    if not layout.amounts:
        rows = [*filter(has_content, sample.rows)]
        filled = sum(sum(has_content([cell]) for cell in row) > 1 for row in rows)
        return replace(layout, are_filled=filled >= MIN_FILLED * len(rows))
    return layout


def is_counted(cell: HeaderCell) -> bool:
    """Return whether the values of the column are counted as left out."""
    return (cell.is_ignored or cell.part == PICTURE) and not cell.column and cell.key != REASON_KEY


def check_places(places: list[str], columns: Sequence[str]) -> None:
    """Raise InvalidFile if the columns of places can't be read.

    They are refused if two are of the same place, if a location can't have the name of one, if the file has too many
    columns, and beside columns of locations and lots, or with the age of the quantities.
    """
    if not places:
        return
    if len(places) + len(columns) > MAX_COLUMNS:
        raise InvalidFile(fill(TOO_MANY_COLUMNS, number=len(places) + len(columns), limit=MAX_COLUMNS))
    for column in (*PLACE_COLUMN_NAMES, "stock_sequence"):
        if column in columns:
            raise InvalidFile(fill(OTHER_PLACES, column=say_column(column), place=quote(places[0])))
    known: set[str] = set()
    for place in places:
        try:
            name = fold_case(clean_line(place, MAX_NAME_LENGTH))
        except TextError as error:
            raise InvalidFile(fill(REFUSED_PLACE, name=quote(place), reason=error.messages[0])) from error
        if name in known:
            raise InvalidFile(
                fill("Two columns have the quantity in the place {name}. Ignore one of them.", name=quote(place))
            )
        known.add(name)
