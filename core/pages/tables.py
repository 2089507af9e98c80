"""Describe the pages of lists and reports, which are tables, and the pages of single rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.lists.parameters import COLUMNS, find_places
from core.pages.columns import Display, PageCell, PageColumn, PictureCell, Row, list_shown, make_cells
from core.pages.links import Action, PageLink, ask_permissions, select_links
from core.pages.parameters import Parameter
from core.pages.plots import Plot

# A list that sends chosen rows also sends its own parameters in this one, so that the task can lead back to the list.
LIST = "list"
PLACE = ("page", "cursor")  # the position in the list; a new order starts at the first row
# The first click on such a column shows the highest or newest rows first.
SORTABLE_KINDS = {"number": "-", "goods": "-", "money": "-", "moment": "-"}


class ColumnHead(NamedTuple):
    """The head of a column. It has an address if a click on it sorts the table."""

    title: str
    style: str
    address: str = ""
    order: str = ""  # "ascending" or "descending" if the list has this order


@dataclass(frozen=True)
class Table:
    """The data that the template needs of a table: the heads, and the rows or the sentence for an empty table."""

    label: str
    heads: Sequence[ColumnHead]
    rows: Sequence[Sequence[PageCell]]
    empty: str
    note: str = ""
    more: PageLink | None = None
    ids: Sequence[Any] = ()
    choices: Sequence[PageLink] = ()  # the tasks for rows that are chosen, whose ids the page sends as `product`
    totals: Sequence[PageCell] = ()
    kept: Sequence[tuple[str, str]] = ()  # the filters of the list that are sent with the chosen rows

    @property
    def numbered_rows(self) -> Iterable[tuple[Any, str, SafeString]]:
        """Return id, name and HTML of each row. The id is None for rows that can't be chosen."""
        ids = self.ids if self.choices else [None] * len(self.rows)
        named = [(next((cell.text for cell in row if not isinstance(cell, PictureCell)), ""), row) for row in self.rows]
        return [(row_id, name, write_cells(row)) for row_id, (name, row) in zip(ids, named, strict=True)]


@dataclass(frozen=True)
class TablePage:
    columns: Iterable[PageColumn]
    empty: str
    hint: str = ""  # what to do first if the list is empty; only users who may do it see this
    first: tuple[PageLink, ...] = ()  # the links to the pages that `hint` names
    is_filled_elsewhere: bool = False  # True if these links lead to forms of other pages
    is_for_everyone: bool = False  # True for lists that users without a shop have, too
    parameters: tuple[Parameter, ...] = ()
    first_filters: tuple[str, ...] = ()  # the filters that are always shown, by default the first FIRST_FILTERS
    title: Callable[[Sequence[Row]], str] | None = None  # a title that is better than the view's name
    extend: Callable[[Any, Sequence[Row]], Sequence[Row]] | None = None  # adds fields that only the page needs
    plot: Callable[[Any], Plot | None] | None = None  # draws the numbers that the view has read
    has_csv: bool = False
    has_pdf: bool = False  # True for those with files whose view also returns a PDF
    file_page: str = ""  # the route of the files with the rows of the list, which has the same filters
    has_periods: bool = False  # True for reports with `period`; their data has `from` and `to`
    default_period: str = ""  # that of an address without one
    tasks: tuple[PageLink, ...] = ()  # the buttons that lead to forms for people
    choices: tuple[PageLink, ...] = ()
    kept: tuple[str, ...] = ()  # the filters that matter to these tasks, such as the days on which stock expires
    nothing_found: str = ""  # a template that is shown if nothing matches the search
    suggest: Callable[[Any, str], list[PageLink]] = lambda _user, _text: []  # returns links to similar rows for it
    figures: tuple[PageColumn, ...] = ()  # the totals, shown large instead of in a last row
    note: Callable[[Any], str] = lambda _data: ""  # returns a sentence below the table, and `more` a link below it
    more: Callable[[Any], PageLink | None] = lambda _data: None
    toggles: tuple[PageLink, ...] = ()  # show or hide columns
    json_note: str = ""  # replaces the JSON below the table if a program gets other rows
    is_compact: bool = False  # True if further links and files are in a menu, and no sentence is above the rows
    template: str = "pages/list.html"

    def context(self, request: Any, view: Any, data: Any, display: Display) -> dict[str, Any]:
        rows = data["results"] if isinstance(data, dict) else data
        shown = self.extend(request.user, rows) if self.extend else rows
        offered = list_shown(self.columns, shown)
        columns = unlink_closed(view, self.choose_columns(request) or offered)
        heads = self.heads(request, columns, view.sortable_fields)
        cells = make_cells(columns, shown, display)
        title = self.title(rows) if self.title else ""
        plot = self.plot(view) if self.plot else None
        choices = select_links(view, self.choices)
        has_row_of_totals = "totals" in data and not self.figures
        totals = make_totals(columns, data["totals"], display) if has_row_of_totals else []
        ids = [row["id"] for row in shown] if choices else []
        query = request.query_params
        kept = [(name, query[name]) for name in self.kept if query.get(name)]
        kept += [(LIST, query.urlencode())] if choices and query else []
        table = Table(title, heads, cells, self.empty, self.note(data), self.more(data), ids, choices, totals, kept)
        return {
            "heading": title,
            "table": table,
            "column_links": link_columns(request, offered, columns),
            "plot": plot,
            "figures": self.make_figures(shown, data, display),
            "actions": list(self.tasks),
            "first": select_links(view, self.first),
            "similar": self.suggest(request.user, query["search"]) if not rows and query.get("search") else [],
        }

    def choose_columns(self, request: Any) -> list[PageColumn]:
        """Return the columns that the address chooses, or none."""
        columns = [*self.columns]
        return [columns[place] for place in find_places(request, [column.name for column in columns])]

    def make_figures(self, rows: Sequence[Row], data: Any, display: Display) -> list[PageCell]:
        """Return the cells of the totals. If they are goods, all rows are about one product: the first has its unit."""
        totals = {**(rows[0] if rows else {}), **data["totals"]} if self.figures else {}
        return [column.cell(totals, display) for column in list_shown(self.figures, [totals])]

    def heads(self, request: Any, columns: Iterable[PageColumn], sortable: Iterable[str]) -> list[ColumnHead]:
        """Return the heads. A click sorts by the column, and a second click reverses the order."""
        present, fields = request.query_params.get("ordering", ""), set(sortable)
        return [self.head(each, request, present) if each.name in fields else plain_head(each) for each in columns]

    def head(self, column: PageColumn, request: Any, present: str) -> ColumnHead:
        order = {column.name: "ascending", f"-{column.name}": "descending"}.get(present, "")
        first = SORTABLE_KINDS.get(column.kind, "")
        query = request.query_params.copy()
        for name in PLACE:
            query.pop(name, None)
        sign = first if not order else {"ascending": "-", "descending": ""}[order]
        query["ordering"] = f"{sign}{column.name}"
        return ColumnHead(column.heading, column.style, f"?{query.urlencode()}", order)


@dataclass(frozen=True)
class TableSection:
    """A table of the rows in a field of the page's data. `note` and `more` return a sentence and a link below it."""

    field: str
    title: str
    columns: tuple[PageColumn, ...]
    empty: str
    note: Callable[[Row], Any] = lambda _data: ""
    more: Callable[[Row], PageLink | None] = lambda _data: None
    is_optional: bool = False  # True if the page omits an empty table
    choices: tuple[PageLink, ...] = ()

    def table(self, view: Any, data: Row, display: Display) -> Table:
        columns = list_shown(self.columns, data[self.field])
        heads = list(map(plain_head, columns))
        cells = make_cells(columns, data[self.field], display)
        choices = select_links(view, self.choices)
        ids = [row["id"] for row in data[self.field]] if choices else []
        return Table(self.title, heads, cells, self.empty, self.note(data), self.more(data), ids, choices)


def make_filled(columns: Iterable[PageColumn], row: Row, display: Display) -> list[PageCell]:
    """Return the cells of the columns of which the row has a value."""
    return [column.cell(row, display) for column in columns if not column.is_empty(row)]


def write_cells(cells: Iterable[PageCell]) -> SafeString:
    """Return the cells of a row as HTML. A large table has thousands of cells, and a template is ten times slower."""
    return mark_safe("".join([cell.table_cell for cell in cells]))  # noqa: S308, the cells are escaped


def make_totals(columns: Sequence[PageColumn], totals: Row, display: Display) -> list[PageCell]:
    """Return the cells of the last row: the sums of the columns, and "Total" in the first one without a sum."""
    sums = [c.cell(totals, display) if c.name in totals else PageCell(c.heading, "", "none") for c in columns]
    place = next((place for place, column in enumerate(columns) if column.name not in totals), None)
    return sums if place is None else [*sums[:place], PageCell("", gettext("Total")), *sums[place + 1 :]]


def link_columns(request: Any, columns: Sequence[PageColumn], shown: Sequence[PageColumn]) -> list[PageLink]:
    """Return a link for each column with values, which shows it as the last one, or hides it unless it is alone."""
    names, links = [column.name for column in shown], []
    offered = {column.name: column for column in (*columns, *shown)}
    query = request.query_params.copy()
    query.pop(COLUMNS, None)
    others = f"{query.urlencode()}&" if query else ""
    for column in offered.values():
        is_shown = column.name in names
        chosen = [name for name in names if name != column.name] or names
        value = ",".join(chosen if is_shown else [*names, column.name])
        links.append(PageLink(column.heading, f"?{others}{COLUMNS}={value}", style="current" * is_shown))
    return links


def unlink_closed(view: Any, columns: Iterable[PageColumn]) -> list[PageColumn]:
    """Return the columns without the links to pages that are closed to the user."""
    closed = [one for one in columns if one.page and not ask_permissions(view, "may_use", one.page)]
    return [replace(one, page="") if one in closed else one for one in columns]


def plain_head(column: PageColumn) -> ColumnHead:
    return ColumnHead(column.heading, column.style)


@dataclass(frozen=True)
class DetailPage:
    """The description of a row's page. `title` is the field with the page's title, or a function of the data."""

    title: str | Callable[[Row], str] = ""
    columns: Iterable[PageColumn] = ()
    figures: tuple[PageColumn, ...] = ()  # these are shown large
    sections: tuple[TableSection, ...] = ()
    parts: tuple[tuple[str, tuple[PageColumn, ...]], ...] = ()  # further fields below their titles
    actions: tuple[Action, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    extend: Callable[[Any, Row], Row] | None = None  # adds fields that only the page needs
    plot: Callable[[Row, Display], Plot | None] | None = None
    picture: PageLink | None = None  # the page that saves the `picture` of the row; its address is a route
    has_csv: bool = False
    has_pdf: bool = False
    has_periods: bool = False
    default_period: str = ""
    head: str = ""  # the template of the title, the figures and the buttons, in place of the usual ones
    facts: Callable[[Row, Display], list[str]] | None = None  # returns what this template shows beside the figures
    has_pairs: bool = False  # whether its tables stand beside each other on a wide screen
    actions_shown: int = 0  # the number of buttons before those in a menu; 0 shows all of them
    template: str = "pages/details.html"

    def context(self, request: Any, view: Any, data: Row, display: Display) -> dict[str, Any]:
        """Return the variables of the template. Fields without a value are omitted."""
        shown = self.extend(request.user, data) if self.extend else data
        sections = [section for section in self.sections if shown[section.field] or not section.is_optional]
        return {
            "heading": self.name(shown),
            "figures": make_filled(self.figures, shown, display),
            "facts": self.facts(shown, display) if self.facts else [],
            "cells": make_filled(self.columns, shown, display),
            "parts": [(title, make_filled(columns, shown, display)) for title, columns in self.parts],
            "unset": self.list_unset(request.user, shown),
            "actions": [link for action in self.actions if (link := action.link(shown)).address or link.form],
            "plot": self.plot(shown, display) if self.plot else None,
            "picture": shown["picture"] if self.picture else None,
            "picture_form": self.find_picture_form(view, shown),
            "tables": [section.table(view, shown, display) for section in sections],
        }

    def list_unset(self, user: Any, row: Row) -> list[tuple[str, str]]:
        """Return the title and the form's field of each value that the row lacks and the user may see."""
        return [
            (column.heading, column.edits)
            for column in self.columns
            if column.edits.partition(".")[0] in row and column.is_empty(row)
            if column.is_offered is None or column.is_offered(user)
        ]

    def name(self, row: Row) -> str:
        return self.title(row) if callable(self.title) else str(row.get(self.title) or "")

    def find_picture_form(self, view: Any, row: Row) -> str:
        """Return the address to which the form of the picture is sent, or nothing for users without the right."""
        links = select_links(view, [self.picture] if self.picture else [])
        return reverse(links[0].address, args=[row["id"]]) if links else ""
