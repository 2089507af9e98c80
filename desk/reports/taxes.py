"""The report of VAT: the VAT of what was sold in a period, less that of what came back, by rate."""

from dataclasses import dataclass
from typing import Any

from desk.reports.sales import ALL_OF_PERIOD, COUNTED
from desk.reports.toolkit.days import DayStatement
from desk.reports.toolkit.parameters import PERIOD
from desk.reports.toolkit.report import Column, Report, Values
from products.models import find_category, say_at_zero

# The rates of sales and returns of the period: see stock.models.sql_sales. The last row is that without a rate.
TAXES = f"""{COUNTED.format(**ALL_OF_PERIOD)}, listed AS (
    SELECT taxed.rate, taxed.category, coalesce(sum(gross) FILTER (WHERE is_sale), 0.00) AS total,
        coalesce(sum(gross) FILTER (WHERE NOT is_sale), 0.00) AS returned,
        sum(sign * net) AS net, sum(sign * tax) AS tax, sum(sign * gross) AS gross
    FROM counted JOIN taxed ON taxed.operation_id = counted.operation_id
    GROUP BY taxed.rate, taxed.category
)
SELECT rate, category, total, returned, net, tax, gross, count(*) OVER () AS in_all,
    {", ".join(f"sum({name}) OVER () AS in_all_{name}" for name in ("total", "returned", "net", "tax", "gross"))}
FROM listed
ORDER BY rate DESC NULLS LAST, category
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
SUMMED = ("total", "returned", "net", "tax", "gross")


@dataclass(frozen=True)
class TaxesByRate(DayStatement):
    """The report with the categories of the rates: kept days have those of rates of 0 alone."""

    def fetch_rows(self, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        rows = super().fetch_rows(limit, offset)
        return [{**row, "category": find_category(row["rate"], row["category"])} for row in rows]


def make_taxes_by_rate(values: Values) -> DayStatement:
    """Return the statement with a row for each rate, which reads kept days."""

    def order(rate: Any, category: str | None) -> Any:
        return rate is None, -(rate or 0), category or ""

    return TaxesByRate(TAXES, values, "taxes", "rate", SUMMED, order, beside=("category",))


REPORT = Report(
    name="taxes",
    title="VAT",
    beside="sales",
    about="The VAT of what was sold, by rate. What came back is taken off on its own day.",
    description="""
        Return the VAT of the sales of a period, the highest rate first.

        Each sale has the rates that its products had. VAT is rounded once for each rate in a sale. Reversed sales do
        not count, and a return counts on its own day.
    """,
    component="TaxOfPeriod",
    row="A rate of VAT, with what was sold and what came back in the period.",
    parameters=PERIOD,
    statement=make_taxes_by_rate,
    columns=(
        Column("rate", "Rate in percent", "decimal", null=True, about="Null for what was sold without VAT."),
        Column("category", "Category", "text", null=True, is_optional=True,
               write=lambda row: say_at_zero(row["category"]),
               about="As invoices have it: S, Z or E. Null without a rate, and for 0 % before it was chosen."),
        Column("total", "Sold for", "money", is_summed=True, about="What was sold, with VAT."),
        Column("returned", "Returned", "money", is_optional=True, is_summed=True,
               write=lambda row: row["returned"] if float(row["returned"]) else None,
               about="What came back in the period, with VAT."),
        Column("net", "Without VAT", "money", is_summed=True, about="`gross` minus `tax`."),
        Column("tax", "VAT", "money", is_summed=True),
        Column("gross", "With VAT", "money", is_summed=True, about="`total` minus `returned`."),
    ),
    shown=("rate", "category", "total", "returned", "net", "tax", "gross"),
    figures=("tax", "net", "gross"),
    empty="Nothing was sold in this time.",
    has_pdf=True,
)  # fmt: skip
