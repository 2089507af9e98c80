"""The report of how long the stock lasts, and the columns of the rate at which a product is sold."""

from decimal import Decimal
from functools import partial

from rest_framework.serializers import ChoiceField, IntegerField

from core.money.amounts import scale
from core.pages.columns import Mark
from core.sentences import fill
from desk.reports.reading.statements import CATEGORY, SELECTED_PRODUCTS
from desk.reports.toolkit.parameters import PRODUCTS, RATE
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, QUANTITY, SKU, UNITS, Column, Report
from trade.purchasing.demand import BASES
from trade.purchasing.sql import BEHIND_THE_RATE, DEMAND, PER_DAY

# Returns the days that the stock of each live product lasts at the rate of the sales of its window, the fewest first.
DAYS_LEFT = f"""WITH RECURSIVE {DEMAND}
SELECT product.id AS product, product.name, product.sku, product.quantity, demand.sold,
    {PER_DAY.format(demand="demand")} AS per_day, left_over.days AS days_left,
    CASE WHEN left_over.days <= %(most_days_ahead)s THEN %(today)s::date + left_over.days::int END AS runs_out_on,
    product.unit, product.decimals, demand.lead_days, {BEHIND_THE_RATE.format(demand="demand")},
    demand.used, count(*) OVER () AS in_all
FROM demand
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = demand.product_id
{CATEGORY}
CROSS JOIN LATERAL (SELECT product.quantity * demand.over / nullif(demand.hundredths, 0) AS days) AS left_over
WHERE {SELECTED_PRODUCTS} AND demand.sold + demand.used > 0
ORDER BY product.quantity::numeric * demand.over / demand.hundredths, product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants


SOLD = Column("sold", "Sold", "goods", about="Quantity sold in the window, minus reversed sales and returns.")
USED = Column("used", "Used in makings", "goods", is_optional=True, write=lambda row: row["used"] or None,
              about="Quantity that makings have used in the window, minus reversed ones.")  # fmt: skip
A_DAY = Column(
    "per_day", "A day", "decimal", is_rate=True, write=lambda row: scale(Decimal(str(row["per_day"])), row["decimals"]),
    about="The rate: (`sold` + `used`) / `in_stock_days` * `factor`, or with `few_days` divided by `window_days`.",
)  # fmt: skip
LEAD_DAYS = Column("lead_days", kind="number", about="Of the offer, else of the supplier; 7 without one.")
BEHIND_RATE = (
    Column("cover", kind="number", about="As requested: the number of days that a delivery is to last."),
    Column("basis", field_class=partial(ChoiceField, choices=BASES), about="As requested."),
    Column("window_from", kind="date", about="The first day of the window, which has `window_days` of the shop."),
    Column("window_to", kind="date", about="The last day of the window."),
    Column("window_days", kind="number",
           about="`days`, or with `basis=year_ago` `lead_days` + `cover`, at least 1 and at most 365."),
    Column("in_stock_days", "Days in stock", is_extra=True, field_class=IntegerField,
           write=lambda row: fill("{number:,} of {days:,}", number=row["in_stock_days"], days=row["window_days"]),
           marks=(Mark("few days", lambda row: row["few_days"], "low"),),
           about="The number of days of the window on which there was stock at any time."),
    Column("few_days", kind="flag", about="Whether `in_stock_days` is less than half of `window_days`."),
    Column("factor", "Sales times", "decimal", is_extra=True, is_optional=True,
           write=lambda row: row["factor"] if Decimal(str(row["factor"])) != 1 else None,
           about="As requested. The rate is multiplied by it."),
)  # fmt: skip

REPORT = Report(
    name="days-left",
    title="How long the stock lasts",
    beside="reorder",
    about="When products run out.",
    description="Return the days that the stock of sold products lasts at the rate of the sales, the soonest out"
    " first.",
    component="DaysLeft",
    row="How long the stock of a product lasts, and every number that this is computed from.",
    parameters=(*RATE, *PRODUCTS),
    statement=DAYS_LEFT,
    columns=(
        PRODUCT_ID, PRODUCT, SKU, QUANTITY, SOLD, A_DAY,
        Column("days_left", "Days left", "number", has_bar=True, about="Whole days."),
        Column("runs_out_on", "Runs out on", "date", null=True, about="Null if it is more than a hundred years away."),
        *UNITS, LEAD_DAYS, *BEHIND_RATE, USED,
    ),
    shown=("name", "sku", "quantity", "sold", "used", "in_stock_days", "per_day", "factor", "days_left", "runs_out_on"),
    empty="Nothing was sold in this time.",
)  # fmt: skip
