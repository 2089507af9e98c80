"""The report of what customers owe."""

from desk.reports.toolkit.report import Column, Report
from trade.customer_accounts import sql
from trade.selling.payments.pages import leave_out_zero

ABOUT = {
    "owed": "What is due of its sales.",
    "not_due": "Of `owed`: due today or later. A sale without an invoice is due on its own day.",
    "overdue_0_30": "Of `owed`: due yesterday, or up to 30 days ago.",
    "credit": "What was paid too much, below 0. It is not set off by itself.",
}


def make_sum(name: str, title: str) -> Column:
    """Return the column of a sum. The page leaves it out if it is 0 in all rows."""
    about, write = ABOUT.get(name, ""), leave_out_zero(name)
    return Column(name, title, "money", is_optional=True, write=write, is_summed=True, about=about)


OWED = Report(
    name="owed",
    behind="taxes",
    title="Owed",
    switch="payments",
    beside="sales",
    about="What customers owe today, by the days since it was due.",
    description="""
        Return what each customer owes today, by the days since it was due, the largest sums first.

        Only sales from the day `owed_from` of the shop on count. Sales without a customer are not in it.
    """,
    component="OwedByCustomer",
    row="What a customer owes.",
    parameters=(),
    statement=lambda _values: sql.write_owed(),
    columns=(
        Column("customer", kind="number"),
        Column("customer_name", "Customer", page="customer-account", id_field="customer"),
        make_sum("owed", "Due"),
        make_sum("not_due", "Not due yet"),
        make_sum("overdue_0_30", "Up to 30 days"),
        make_sum("overdue_31_60", "31 to 60 days"),
        make_sum("overdue_61_90", "61 to 90 days"),
        make_sum("overdue_more", "More than 90 days"),
        make_sum("credit", "Paid too much"),
    ),
    shown=("customer_name", *sql.SUMMED),
    empty="Nobody owes anything.",
)
