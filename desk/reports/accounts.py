"""The report of the account of the stock: what its value was, why it has changed, and what it is."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from rest_framework.serializers import IntegerField

from core.translation import gettext_noop as _
from desk.reports.reading.account import build_rows
from desk.reports.reading.overview import name_category
from desk.reports.toolkit.parameters import CLOCK, PERIOD, group_by
from desk.reports.toolkit.report import SKU, Column, Report, link_to_category
from users.access.permissions import grant
from users.access.roles import Right


def make_line(name: str, title: str, about: str) -> Column:
    """Return the column of a line. The page leaves it out if it is empty in all rows."""
    return Column(name, title, "money", is_optional=True, is_summed=True, about=about,
                  write=lambda row: Decimal(row[name]) or None)  # fmt: skip


amount = partial(Column, kind="money", is_summed=True)
BY = {"category": _("category"), "product": _("product")}
EMPTY = {"category": frozenset({"product", "sku"}), "product": frozenset({"category"})}

REPORT = Report(
    name="accounts",
    title="Why the value changed",
    beside="valuation",
    rights=grant(Right.SEE_COSTS, "get"),
    about="What the stock was worth at cost, why that has changed, and what it was worth then.",
    description="""
        Return what the stock was worth at cost, why that has changed, and what it was worth at the end.

        The rows are categories or products. Each amount is what it has added to the value, below 0 for what it has
        taken: so `opening` and the amounts after it add up to `closing`, to the cent. A reversal counts for the line of
        what it undoes if that is of the same period, and otherwise for `reversed`.
    """,
    component="StockAccount",
    row="The account of a category or a product.",
    parameters=(*PERIOD, group_by("What a row is about. By default a category.", BY), CLOCK),
    statement=lambda values: build_rows(values["by"], values["clock"]),
    left_out=EMPTY,
    columns=(
        Column("category", link=link_to_category, is_optional=True, field_class=IntegerField, null=True,
               write=lambda row: None if row["product"] else name_category(row["name"]),
               about="Null unless `by=category`, and for products without a category."),
        Column("product", links_to="product", is_optional=True,
               null=True, write=lambda row: row["product"] and row["name"], about="Null unless `by=product`."),
        Column("name", about="Of the category or product."),
        replace(SKU, is_optional=True, about="Of the product; otherwise empty."),
        amount("opening", "Opening stock", about="The value at cost at the beginning of the period."),
        make_line("bought", "Bought", "Deliveries."),
        make_line("made", "Made", "What was made, and the parts of what was taken apart."),
        make_line("used", "Used in makings", "The parts of what was made, and what was taken apart."),
        make_line("cost_of_sales", "Cost of sales", "The cost of what was sold."),
        make_line("came_back", "Came back", "What came back of sales."),
        make_line("went_back", "Went back", "What went back to suppliers."),
        make_line("lost", "Written off", "Damage, theft and expiry."),
        make_line("counts", "Counts", "The differences of counts."),
        make_line("opened", "First stock", "The stock with which products began."),
        make_line("imported", "Imports", "What imports of files have changed."),
        make_line("corrected", "Corrections", "Bookings with the reason `correction`."),
        make_line("other", "Other", "Bookings with the reason `other`. Transfers add nothing."),
        make_line("reversed", "Earlier ones reversed", "Reversals of what is not of the period."),
        make_line("rounding", "Rounding", "What reversals have taken more or less than what they undo had brought."),
        amount("closing", "Closing stock", about="The value at cost at the end of the period."),
    ),
    shown=(
        "category", "product", "sku", "opening", "bought", "made", "used", "cost_of_sales", "came_back",
        "went_back", "lost", "counts", "opened", "imported", "corrected", "other", "reversed", "rounding", "closing",
    ),
    empty="There was no stock with a cost in this time.",
)  # fmt: skip
