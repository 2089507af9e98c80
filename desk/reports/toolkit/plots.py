"""The plots of the pages, drawn from the data of the response or from data that the view reads for its page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from core.money.sums import name_unit
from core.pages.columns import Display, Row, mark_goods, read_moment
from core.pages.plots import (
    Plot,
    PlotColumn,
    PlotTarget,
    make_column_plot,
    make_level_plot,
    make_target_plot,
    write_day,
)
from core.sentences import fill, fill_plural
from desk.reports.reading.statements import Statement

MAX_DAYS_PLOTTED = 62  # longer periods are plotted by week, because the columns of days would be too narrow
MAX_PRODUCTS_PLOTTED = 10
MAX_BALANCES_PLOTTED = 120  # if there are more movements, every second, third, ... balance is drawn


def read_days(statement: Statement, *columns: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return the shop's days in a period, each with these columns of the statement, and the rows of the statement.

    The period is that of parse_period().
    """
    first_day, end = statement.parameters["first_day"], statement.parameters["end"]
    number = sum(midnight < end for midnight in statement.parameters["midnights"])
    rows = statement.fetch_rows(number)
    sums = {row["day"]: [row[column] for column in columns] for row in rows}
    days = (first_day + timedelta(days=later) for later in range(number))
    return [(day, *sums.get(day, [Decimal(0)] * len(columns))) for day in days], rows


def read_days_before(statement: Statement, *columns: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return what read_days() returns, of the period before."""
    before = {**statement.parameters, **statement.parameters["before"]}
    return read_days(replace(statement, parameters=before), *columns)


def find_days_per_column(days: Sequence[Any]) -> int:
    """Return the number of days that a column of a plot adds up: 1, or 7 for a long period."""
    return 1 if len(days) <= MAX_DAYS_PLOTTED else 7


def split(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Return the rows in parts of this size. The last part may be shorter."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def plot_columns(
    what: str, kinds: tuple[str, str], days: Sequence[tuple[date, Any, Any]],
    before: Sequence[tuple[date, Any, Any]], mark: Callable[[Any], Any] = lambda number: number, **options: Any,
) -> Plot | None:  # fmt: skip
    """Draw two numbers for each day, or for each week of a long period. Return None if all numbers are 0.

    The first number is compared with that of the period before, if this has any. `mark` turns a sum into the number
    that is drawn.
    """
    if not any(above or below for _, above, below in days):
        return None
    size = find_days_per_column(days)
    parts = split(days, size)
    columns = [
        PlotColumn(write_day(part[0][0]), mark(sum(day[1] for day in part)), mark(sum(day[2] for day in part)))
        for part in parts
    ]
    sums = [mark(sum(day[1] for day in part)) for part in split(before, size)]
    said = gettext("{what}, by day") if size == 1 else gettext("{what}, by week from this day on")
    return make_column_plot(said.format(what=what), kinds, columns, before=sums if any(sums) else [], **options)


def plot_low_stock(data: Row, _display: Display) -> Plot | None:
    """Draw the quantity and the threshold of the products that are low, the most urgent first."""
    low = data["low_stock"]
    targets = [
        PlotTarget(row["name"], mark_goods(row, row["quantity"]), mark_goods(row, row["min_threshold"]))
        for row in low[:MAX_PRODUCTS_PLOTTED]
    ]
    if not targets:
        return None
    said = gettext("Quantity against “low at”, the most urgent first")
    if len(low) > len(targets):
        said = fill("Quantity against “low at”, the {number} most urgent", number=len(targets))
    return make_target_plot(said, ("quantity", "low at"), targets)


def plot_balances(data: Row, display: Display) -> Plot | None:
    """Draw the balance before the period and after each movement, in the order of booking."""
    movements = data["movements"]
    if not movements:
        return None
    size = -(-len(movements) // MAX_BALANCES_PLOTTED)
    shown = [(display.local(read_moment(row["occurred_at"])), row) for *_, row in split(movements, size)]
    balances = [(write_day(happened), mark_goods(data, row["new_quantity"])) for happened, row in shown]
    title = fill_plural(
        "Balance after each movement, by the day it happened",
        "Balance after every {number:,} movements, by the day it happened",
        size,
    )
    return make_level_plot(title, [(gettext("before"), mark_goods(data, data["opening_balance"])), *balances])


def plot_totals(view: Any) -> Plot | None:
    """Draw the stock of all products with the most usual unit at the end of each day, up to the instant of the list."""
    days, unit, is_partial = view.totals
    if not any(total for _, total in days):
        return None
    levels = [(write_day(day), total) for day, total in days]
    said = gettext("All products together, at the end of each of {number} days")
    if is_partial:
        said = gettext("All products in {unit} together, at the end of each of {number} days")
    return make_level_plot(said.format(number=len(levels), unit=name_unit(unit)), levels)
