"""The report of VAT: the VAT of what was sold in a period, less that of what came back, by rate."""

from desk.reports.sales import ALL_OF_PERIOD, COUNTED
from desk.reports.toolkit.days import DayStatement
from desk.reports.toolkit.parameters import PERIOD
from desk.reports.toolkit.report import Column, Report, Values

# The rates of sales and returns of the period: see stock.models.sql_sales. The last row is that without a rate.
TAXES = f"""{COUNTED.format(**ALL_OF_PERIOD)}, listed AS (
    SELECT taxed.rate, coalesce(sum(gross) FILTER (WHERE is_sale), 0.00) AS total,
        coalesce(sum(gross) FILTER (WHERE NOT is_sale), 0.00) AS returned,
        sum(sign * net) AS net, sum(sign * tax) AS tax, sum(sign * gross) AS gross
    FROM counted JOIN taxed ON taxed.operation_id = counted.operation_id
    GROUP BY taxed.rate
)
SELECT rate, total, returned, net, tax, gross, count(*) OVER () AS in_all,
    {", ".join(f"sum({name}) OVER () AS in_all_{name}" for name in ("total", "returned", "net", "tax", "gross"))}
FROM listed
ORDER BY rate DESC NULLS LAST
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
SUMMED = ("total", "returned", "net", "tax", "gross")


def make_taxes_by_rate(values: Values) -> DayStatement:
    """Return the statement with a row for each rate, which reads kept days."""
    return DayStatement(TAXES, values, "taxes", "rate", SUMMED, order=lambda rate: -1 if rate is None else -rate)


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
        Column("total", "Sold for", "money", is_summed=True, about="What was sold, with VAT."),
        Column("returned", "Returned", "money", is_optional=True, is_summed=True,
               write=lambda row: row["returned"] if float(row["returned"]) else None,
               about="What came back in the period, with VAT."),
        Column("net", "Without VAT", "money", is_summed=True, about="`gross` minus `tax`."),
        Column("tax", "VAT", "money", is_summed=True),
        Column("gross", "With VAT", "money", is_summed=True, about="`total` minus `returned`."),
    ),
    shown=("rate", "total", "returned", "net", "tax", "gross"),
    figures=("tax", "net", "gross"),
    empty="Nothing was sold in this time.",
)  # fmt: skip
