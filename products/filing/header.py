"""Find and read the header of a file of products, and describe errors about its columns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from core.fields import MAX_QUOTED_LENGTH
from core.files.tables import Row
from core.files.workbooks import WorkbookTable
from core.sentences import fill
from core.texts.cleaning import fold_case
from core.translation import gettext_noop as _
from products.attributes.services import read_own_fields
from products.filing.column_names import (
    MAX_COLUMNS,
    MAX_NAME_LENGTH,
    Mapping,
    find_letter,
    normalize_name,
    quote,
    suggest_column,
)
from products.filing.columns import COLUMN_NAMES, say_column, write_value
from products.filing.errors import Body, InvalidFile
from products.filing.header_cells import IDENTIFYING_COLUMNS, HeaderCell, are_written, is_own, name_fields, read_names
from products.filing.header_rows import (
    MAX_COLUMNS_READ,
    MAX_HEADER_LINES,
    MAX_ROWS_SEARCHED,
    FoundHeader,
    find_header,
    has_names,
)
from products.filing.price_lists import LIST_NAMES, check_list
from products.filing.questions import ask_about_columns, ask_about_header
from products.filing.source import Source, explaining_errors
from products.filing.states import Choices
from products.filing.systems.systems import LEFT, System, find_system
from products.models import CustomField

TOO_MANY_COLUMNS = _("It has {number} columns; at most {limit} are read. Remove the others.")
OTHER_ROW = _(
    "If these are no names of columns, say in which line they are, such as header=60, or header=none if there are none."
)


@dataclass(frozen=True)
class Header:
    """A header, read by its names and the choices of the user."""

    cells: tuple[HeaderCell, ...]
    names: list[str]  # the names of all columns, also of columns beyond the limit
    limit: int  # the maximum number of columns
    mapping: Mapping  # the parameter `columns`
    choices: Choices
    is_told: bool  # whether the user has chosen what becomes of unknown columns
    is_own: bool  # whether this service has written the file
    system: System | None
    own: dict[str, CustomField]  # the shop's own fields
    line: int  # the line in which the header begins
    last_line: int
    above: int  # the number of rows above the header
    is_like_rows: bool  # whether the header looks like the rows below it, so that it may be a product
    first_rows: list[Row]  # the rows that may be the header, if there is a doubt
    following: list[Row]  # the first rows below the header
    fault: str  # why the header can't be read

    @property
    def is_plain(self) -> bool:
        """Return whether a program has named the columns as this service does, so that no name is in doubt."""
        return self.is_own or {*self.names} <= {*COLUMN_NAMES}

    @property
    def is_written(self) -> bool:
        """Return whether the columns have the names that this service writes."""
        return self.is_own or are_written(self.cells)

    def describe(self, cells: Sequence[HeaderCell], preview: list[Body]) -> Body:
        """Return the header and the first rows as responses have them. The columns are described by `cells`."""
        columns = [
            {
                "name": cell.name[:MAX_NAME_LENGTH],
                "column": cell.column,
                "letter": cell.letter,
                "question": cell.question,
                "may_be": [*cell.may_be],
                "role": (cell.part if cell.is_structure else LEFT if cell.is_left else "").removeprefix("*") or None,
            }
            for cell in cells
        ]
        first_rows = [
            {"line": line, "cells": [str(cell)[:MAX_QUOTED_LENGTH] for cell in shown or []]}
            for line, shown in self.first_rows
        ]
        questions = [ask_about_header(self.line, self.names)] if self.is_like_rows else []
        if asked := [cell for cell in cells if cell.hint or cell.may_be]:
            questions += ask_about_columns(asked, self.following)
        return {
            "columns": columns, "preview": preview, "header_line": self.line, "first_rows": first_rows,
            "questions": questions,
        }  # fmt: skip


def describe_row(line: int, cells: list[Any], values: Body) -> Body:
    """Return a row as responses have it: its line, its cells, and the values that are read from them, by column."""
    texts = {name: None if value is None else write_value(value) for name, value in values.items()}
    return {"line": line, "cells": [str(cell)[:MAX_QUOTED_LENGTH] for cell in cells], "values": texts}


def read_header(source: Source, mapping: Mapping, choices: Choices, line: int = 0) -> Header:
    """Find the header and read its names. `line` is the line in which it begins, or 0 to look for it."""
    known: Mapping = dict([*mapping.items(), *LIST_NAMES.items()]) if choices.is_list else mapping
    choose_sheet(source, known)
    first, fault = source.read_first(max(MAX_ROWS_SEARCHED, line) + MAX_HEADER_LINES)
    found = find_header(first, known, source.watch, line) if first and first[0][1] else FoundHeader([], 1)
    names = found.names
    fields = read_own_fields(source.owner_id)
    system = None if choices.is_list else find_system(names)
    if choices.is_moving or choices.is_list or system:  # columns without a name are left out
        # A row that is wider than the header is wrong in a CSV file, unless all are. It has columns without a name.
        below = {len(cells or []) for number, cells in first if number > found.line}
        is_wide = isinstance(source.table, WorkbookTable) or (len(below) == 1 and min(below) > len(names))
        widths = [len(cells or []) for number, cells in first if is_wide or number <= found.line]
        names = [*names, *[""] * (max(widths, default=0) - len(names))]
    limit = MAX_COLUMNS_READ if choices.unknown or choices.is_moving else MAX_COLUMNS
    further = LIST_NAMES if choices.is_list else {}
    if found.line:  # otherwise the names are letters
        further = further | name_fields(names, fields)
    cells = read_names(names[:limit], mapping, fields, system, further)
    return Header(
        tuple(cells), names, limit, mapping, choices.settle(is_own=is_own(cells)), bool(choices.unknown),
        is_own(cells), system, fields, found.first_line, found.line, found.above, found.is_like_rows,
        first_rows=first[:MAX_ROWS_SEARCHED] if found.above or line or found.is_doubtful else [],
        following=[row for row in first if row[0] > found.line],
        fault=fault if first and first[0][1] is None else "",
    )  # fmt: skip


def choose_sheet(source: Source, mapping: Mapping) -> None:
    """Make a workbook read its first sheet that has a header, or its first sheet if none has one."""
    table = source.table
    if not isinstance(table, WorkbookTable) or table.sheet_count == 1:
        return
    for place in source.read_sheets():
        first, fault = source.read_first(MAX_ROWS_SEARCHED)
        found = find_header(first, mapping, source.watch) if first and not fault else FoundHeader([], 1)
        if has_names(found.names, mapping, place) and found.line < first[-1][0]:
            return
    with explaining_errors():
        table.read_sheet(0)


def check_column_names(names: list[str], limit: int = MAX_COLUMNS, *, are_left: bool = False) -> None:
    """Raise InvalidFile if the header has too many columns, or a name that no column can have.

    With `are_left`, a column with such a name is left out as an unknown one.
    """
    if len(names) > limit:
        raise InvalidFile(fill(TOO_MANY_COLUMNS, number=len(names), limit=limit))
    if are_left:
        return
    for place, name in enumerate(names):
        try:
            normalize_name(name)
        except ValidationError as error:
            values = {"letter": find_letter(place), "name": quote(name), "reason": error.messages[0]}
            raise InvalidFile(fill("The name of column {letter}, {name}, is refused: {reason}", **values)) from error


def check_header(header: Sequence[HeaderCell], mapping: Mapping, *, is_list: bool = False) -> None:
    """Raise InvalidFile if columns are unknown or repeated, or if no column identifies the product.

    With `is_list`, a price list needs a column of prices, too.
    """
    if any(cell.is_unknown for cell in header):
        raise InvalidFile(describe_unknown_columns(header))
    check_mapping(header, mapping)
    check_repeated(header)
    if is_list:
        check_list(header)
    elif not {*IDENTIFYING_COLUMNS}.intersection(cell.column for cell in header):
        reasons = [] if header else [gettext("It is empty.")]
        names = ", ".join(map(say_column, IDENTIFYING_COLUMNS))
        reasons.append(fill("It needs a column that identifies the products: {names}.", names=names))
        if header and not any(cell.column for cell in header):
            reasons.append(gettext(OTHER_ROW))
        raise InvalidFile(" ".join(reasons))


def check_mapping(header: Sequence[HeaderCell], mapping: Mapping) -> None:
    """Raise InvalidFile if the mapping names a column that the file does not have."""
    unused = set(mapping) - {cell.key for cell in header} - {cell.place for cell in header}
    if unused:
        names = sorted(quote(key) if isinstance(key, str) else f"={find_letter(key)}" for key in unused)
        raise InvalidFile(fill("The parameter columns names {name}, which the file does not have.", name=names[0]))


def check_repeated(header: Sequence[HeaderCell]) -> None:
    """Raise InvalidFile if several columns of the file are read as the same column of products, ignoring case."""
    for folded, number in Counter(fold_case(cell.column) for cell in header if cell.column).items():
        if number > 1:
            same = [cell for cell in header if cell.column and fold_case(cell.column) == folded]
            names = [fill("{name} (column {letter})", name=quote(cell.name), letter=cell.letter) for cell in same]
            said = fill(
                "It has columns twice: {names} are all read as {column}. Rename or ignore all but one.",
                names=", ".join(names),
                column=say_column(str(same[0].column)),
            )
            raise InvalidFile(said)


def describe_unknown_columns(header: Sequence[HeaderCell]) -> str:
    """Return the error for the unknown columns of the header, with the nearest known ones and the questions.

    If no column is known, the row may not be a header.
    """
    unknown = [cell for cell in header if cell.is_unknown]
    known = [cell.column for cell in header if cell.column]
    names = [cell.name for cell in unknown if not cell.question]
    said = describe_unknown_names(names, known) if names else []
    return " ".join([*said, *map(describe_question, filter(attrgetter("question"), unknown))])


def describe_unknown_names(names: list[str], known: list[str]) -> list[str]:
    listed = ", ".join(name[:MAX_QUOTED_LENGTH] for name in names[:MAX_COLUMNS])
    hints = [hint for name in names[:MAX_COLUMNS] if (hint := suggest_column(name, known))]
    if not known:
        hints.append(gettext(OTHER_ROW))
    columns = ", ".join(COLUMN_NAMES)
    said = fill("Unknown columns: {names}. Known columns: {known}, and their usual names.", names=listed, known=columns)
    advice = fill(
        "Rename, remove or ignore the unknown ones. To ignore one, send columns={name}: with the file.",
        name=names[0][:MAX_QUOTED_LENGTH],
    )
    return [said, *hints, advice]


def describe_question(cell: HeaderCell) -> str:
    """Return the question about a column, and how a program answers it."""
    answer = fill(
        "To read it, send columns={name}:{column} with the file, and to ignore it columns={name}:.",
        name=cell.name[:MAX_QUOTED_LENGTH], column=cell.may_be[0],
    )  # fmt: skip
    return f"{cell.question} {answer}"
