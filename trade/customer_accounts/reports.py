"""The report of what customers owe."""

from django.utils.translation import gettext_noop as _

from desk.reports.toolkit.report import Column, Report
from trade.customer_accounts import sql

TITLES = {
    "owed": _("Due"),
    "not_due": _("Not due yet"),
    "overdue_0_30": _("Up to 30 days"),
    "overdue_31_60": _("31 to 60 days"),
    "overdue_61_90": _("61 to 90 days"),
    "overdue_more": _("More than 90 days"),
    "credit": _("Paid too much"),
}
ABOUT = {
    "owed": "What is due of its sales.",
    "not_due": "Of `owed`: due after today. A sale without an invoice is due on its own day.",
    "overdue_0_30": "Of `owed`: due today, or up to 30 days ago.",
    "credit": "What was paid too much, below 0. It is not set off by itself.",
}

OWED = Report(
    name="owed",
    title="Owed",
    switch="payments",
    question="Who owes you money, and since when?",
    about="What customers owe today, by the days since it was due.",
    description="""
        Return what each customer owes today, by the days since it was due, the largest sums first.

        Only sales from the day `owed_from` of the shop on count. Sales without a customer are not in it.
    """,
    component="OwedByCustomer",
    row="What a customer owes.",
    parameters=(),
    statement=lambda _values: sql.OWED,
    columns=(
        Column("customer", kind="number"),
        Column("customer_name", "Customer", page="customer-account", id_field="customer"),
        *(Column(name, TITLES[name], "money", is_summed=True, about=ABOUT.get(name, "")) for name in sql.SUMMED),
    ),
    shown=("customer_name", *sql.SUMMED),
    empty="Nobody owes anything.",
)
