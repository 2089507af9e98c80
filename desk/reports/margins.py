"""The report of the margins: the quantities sold in a period, their revenue and their cost.

The ledger does not tell goods that have cost nothing from goods whose cost nobody has entered: the value of both is 0.
So a sale without a cost is one whose movement has the value 0.
"""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext
from rest_framework.serializers import IntegerField

from core.money.sums import collect_all_units, collect_units, sum_amounts
from core.pages.columns import Display, Mark, Row
from core.pages.links import PageLink
from core.pages.plots import Plot
from core.translation import gettext_noop as _
from desk.reports.reading.overview import UNCATEGORIZED, UNGROUPED, name_category
from desk.reports.toolkit.days import DayStatement
from desk.reports.toolkit.parameters import PERIOD, group_by
from desk.reports.toolkit.plots import plot_columns, read_days, read_days_before
from desk.reports.toolkit.report import SKU, UNITS, Column, Report, Values, by_unit, link_to_category
from stock.models.sql import MOVEMENTS_OF, OWNER, REVERSALS
from stock.models.sql_sales import BACK, GIVEN, NET_OF, SALES, SOLD, SOLD_FOR
from users.access.permissions import grant
from users.access.roles import Right
from users.models import User

# --- The statement --------------------------------------------------------------------------------

# The columns that identify a row, by the parameter `by`, with the columns by which rows are grouped and ordered.
KEYS = {
    "product": "NULL::date AS day, product.id AS product, NULL::bigint AS category, NULL::bigint AS variants_of,"
    " product.name, product.sku, product.unit, product.decimals",
    "category": "NULL::date AS day, NULL::bigint AS product, category.id AS category, NULL::bigint AS variants_of,"
    f" coalesce(category.name, '{UNCATEGORIZED}') AS name, '' AS sku, '' AS unit, 0 AS decimals",
    "group": "NULL::date AS day, NULL::bigint AS product, NULL::bigint AS category, grouped.id AS variants_of,"
    f" coalesce(grouped.name, '{UNGROUPED}') AS name, '' AS sku, '' AS unit, 0 AS decimals",
    "day": "%(first_day)s::date + width_bucket(amount.at, %(midnights)s::timestamptz[]) - 1 AS day,"
    " NULL::bigint AS product, NULL::bigint AS category, NULL::bigint AS variants_of, '' AS name, '' AS sku,"
    " '' AS unit, 0 AS decimals",
}
# The tables that a kind of row needs besides that of products.
JOINS = {
    "product": "", "day": "",
    "category": """LEFT JOIN products_category AS category
        ON category.owner_id = %(owner)s::bigint AND category.id = product.category_id""",
    "group": """LEFT JOIN products_profile AS profile
        ON profile.owner_id = %(owner)s::bigint AND profile.product_id = product.id AND product.has_profile
    LEFT JOIN products_group AS grouped ON grouped.owner_id = %(owner)s::bigint AND grouped.id = profile.group_id
        AND grouped.archived_at IS NULL""",
}  # fmt: skip
GROUPS = {
    "product": "product.id, product.name, product.sku, product.unit, product.decimals",
    "category": "category.id, category.name", "group": "grouped.id, grouped.name", "day": "1",
}  # fmt: skip
ORDERS = {
    "product": "margin DESC, product", "category": "margin DESC, category", "group": "margin DESC, variants_of",
    "day": "day",
}  # fmt: skip
# Files omit these columns, because they are empty.
EMPTY = {
    "product": frozenset({"day", "category", "group", "by_unit"}),
    "category": frozenset({"day", "product", "group", "sku", "unit"}),
    "group": frozenset({"day", "product", "category", "sku", "unit"}),
    "day": frozenset({"product", "category", "group", "name", "sku", "unit"}),
}

IN_PERIOD = "occurred_at >= %(start)s::timestamptz AND occurred_at < %(end)s::timestamptz"

# The sales of the period that were not undone, by the time when they happened, and the changes by reversals in the
# period. A sale is undone by an odd number of reversals, each of which reverses the one before it.
#
# A reversal should change the value of the stock by the opposite of the change that the first operation of its chain
# made, and the reversal of a reversal by the same. It can't if less value is left than a delivery had brought, or if it
# has to take all that is left. The adjustment is the value that it has taken in excess; it is negative if it has taken
# less. So if goods leave by sales alone, the value of the stock is exactly the value bought, less cost and adjustments.
#
# A return counts on its own day, at the prices of its sale: see `given`. Its cost is the value that it brought back.
AMOUNTS = f"""
WITH RECURSIVE {SALES.format(period=IN_PERIOD)}, {REVERSALS.format(clock="occurred_at", period=IN_PERIOD)}, {
    BACK.format(period=IN_PERIOD)
}, asked AS (
    SELECT DISTINCT sale_id FROM back
), {GIVEN}, amount AS (
    SELECT sale.operation_id AS sale_id, sale.at, movement.product_id, movement.quantity AS sold, 0 AS returned,
        {NET_OF.format(sold="kept", amount=SOLD_FOR)} AS revenue, movement.value AS cost,
        movement.value = 0 AS is_without_cost, 0.00 AS adjustment
    {SOLD}
    UNION ALL
    SELECT given.sale_id, back.at, product_id, 0, quantity, -net, -cost, sold_cost = 0, 0.00
    FROM back JOIN given ON given.operation_id = back.operation_id
    UNION ALL
    SELECT NULL, undoing.at, movement.product_id, 0, 0, 0.00, 0.00, false,
        CASE movement.movement_type WHEN 'OUT' THEN movement.value ELSE -movement.value END
            * booked.sign
    FROM undoing
    CROSS JOIN LATERAL (VALUES (operation_id, 1), (first_id, -undoing.sign)) AS booked (operation_id, sign)
    CROSS JOIN LATERAL (
        {MOVEMENTS_OF.format(columns="product_id, movement_type, value", owner=OWNER, operation="booked.operation_id")}
    ) AS movement
)
"""  # noqa: S608, constants
# The percentage is that of the sales with a cost: a sale without one would count as a margin of 100 %.
PERCENT = "round(100 * (revenue - revenue_without_cost - cost) / nullif(revenue - revenue_without_cost, 0), 2)"
PERCENT_IN_ALL = """round(100 * sum(revenue - revenue_without_cost - cost) OVER ()
        / nullif(sum(revenue - revenue_without_cost) OVER (), 0), 2)"""
QUANTITIES = ("sold", "returned", "sold_without_cost")
MARGINS = (
    AMOUNTS + f""", summed AS (
    SELECT {{keys}}, product.unit AS of_unit,
        sum(amount.sold)::bigint AS sold, sum(amount.returned)::bigint AS returned,
        {sum_amounts("amount.sold")} AS sold_amount, {sum_amounts("amount.returned")} AS returned_amount,
        sum(amount.revenue) AS revenue, sum(amount.cost) AS cost,
        coalesce(sum(amount.adjustment), 0.00) AS adjustment,
        coalesce(sum(amount.sold) FILTER (WHERE amount.is_without_cost), 0)::bigint AS sold_without_cost,
        {sum_amounts("CASE WHEN amount.is_without_cost THEN amount.sold ELSE 0 END")} AS sold_without_cost_amount,
        coalesce(sum(amount.revenue) FILTER (WHERE amount.is_without_cost), 0.00) AS revenue_without_cost
    FROM amount
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = amount.product_id
    {{joins}}
    GROUP BY {{group}}, product.unit
)
SELECT day, product, category, variants_of AS group, name, sku, sold, returned, revenue, cost, revenue - cost AS margin,
    {PERCENT} AS margin_percent, adjustment, sold_without_cost, revenue_without_cost, unit, decimals, by_unit,
    count(*) OVER () AS in_all,
    sum(sold) OVER ()::bigint AS in_all_sold, sum(returned) OVER ()::bigint AS in_all_returned,
    sum(revenue) OVER () AS in_all_revenue, sum(cost) OVER () AS in_all_cost,
    sum(revenue - cost) OVER () AS in_all_margin, {PERCENT_IN_ALL} AS in_all_margin_percent,
    sum(sold_without_cost) OVER ()::bigint AS in_all_sold_without_cost,
    sum(revenue_without_cost) OVER () AS in_all_revenue_without_cost,
    {collect_all_units("summed", *QUANTITIES)} AS in_all_by_unit
FROM (
    SELECT day, product, category, variants_of, name, sku, unit, decimals, sum(sold)::bigint AS sold,
        sum(returned)::bigint AS returned, sum(revenue) AS revenue, sum(cost) AS cost, sum(adjustment) AS adjustment,
        sum(sold_without_cost)::bigint AS sold_without_cost, sum(revenue_without_cost) AS revenue_without_cost,
        {collect_units(*QUANTITIES)} AS by_unit
    FROM summed
    GROUP BY day, product, category, variants_of, name, sku, unit, decimals
) AS report
WHERE sold > 0 OR returned > 0 OR adjustment <> 0
ORDER BY {{order}}
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
)  # fmt: skip


def build_margins(by: str) -> str:
    """Return the statement with a row for each product, category, group or day."""
    return MARGINS.format(keys=KEYS[by], joins=JOINS[by], group=GROUPS[by], order=ORDERS[by])


SUMMED = ("revenue", "cost", "margin", "revenue_without_cost")


def make_margins_by_day(values: Values) -> DayStatement:
    """Return the statement with the amounts of each day, which reads kept days."""
    return DayStatement(BY_DAY, values, "margins", "day", SUMMED)


def compute_percent(sums: Values) -> Decimal | None:
    """Return the margin of sums of days in percent, as PERCENT does of a row."""
    revenue = sums["revenue"] - sums["revenue_without_cost"]
    percent = 100 * (revenue - sums["cost"]) / revenue if revenue else None
    return percent and percent.quantize(Decimal("0.01"), ROUND_HALF_UP)


BY_DAY = build_margins("day")


# --- The page -------------------------------------------------------------------------------------

WITHOUT_COST = Mark("without a cost", lambda row: row["sold"] and row["sold_without_cost"] == row["sold"], "low")
PARTLY_WITHOUT_COST = Mark("partly without a cost", lambda row: 0 < row["sold_without_cost"] < row["sold"], "low")
ENTER_COSTS = _(
    "Some goods were sold without a cost, because none was known when they came in. The percentages leave them out."
    " Enter the cost price of each product: what comes in from then on has a cost."
)
ROUNDED = _(
    "VAT is rounded for each line here, and once for each rate of a sale in the reports Sales and VAT, so the sums can"
    " differ by cents."
)
ABOUT_COSTS = PageLink("Goods without a cost", "/docs/bookings/#goods-without-a-cost")


def is_group(row: Row) -> bool:
    """Return whether the row is about a group of variants, or about the products without one."""
    return bool(row["group"]) or (row["name"] == UNGROUPED and row["product"] is None and row["category"] is None)


def draw(user: User, values: Values) -> Plot | None:
    """Draw the revenue of each day or week, covered by its cost, so that the rest is the margin."""
    statement, unit = make_margins_by_day(values), Display.of(user).currency
    (days, _rows), (before, _) = (read(statement, "revenue", "cost") for read in (read_days, read_days_before))
    return plot_columns(gettext("Sold for, and cost"), ("sold for", "cost"), days, before, unit=unit, is_within=True)


# --- The report -----------------------------------------------------------------------------------

REPORT = Report(
    name="margins",
    title="Margins",
    beside="sales",
    rights=grant(Right.SEE_COSTS, "get"),
    about="What was earned: what the goods were sold for, and what they cost.",
    description="""
        Return revenue, cost and margin of the sales of a period, by product, category, group or day.

        Reversed sales do not count. The highest margins come first, or the earliest day. A file has only the columns of
        its kind of row.
    """,
    component="Margin",
    row="The sales of a product, a category or a group, or of a day: quantities, what came back, revenue and cost.",
    parameters=(*PERIOD, group_by("What a row is about. By default a product.", dict(zip(KEYS, KEYS, strict=True)))),
    statement=lambda values: build_margins(values["by"]),
    left_out=EMPTY,
    columns=(
        Column("day", "Day", "date", is_optional=True, null=True,
               about="In the shop's time zone. Null unless `by=day`."),
        Column("product", links_to="product", is_optional=True,
               null=True, write=lambda row: row["product"] and row["name"], about="Null unless `by=product`."),
        Column("category", link=link_to_category, is_optional=True, field_class=IntegerField, null=True,
               write=lambda row: None if row["product"] or row["day"] or is_group(row) else name_category(row["name"]),
               about="Null unless `by=category`, and for products without a category."),
        Column("group", "Group", links_to="group", is_optional=True,
               null=True, write=lambda row: name_category(row["name"]) if is_group(row) else None,
               about="Null unless `by=group`, and for products without a group of variants."),
        Column("name", about="Of the product, category or group; empty for a day."),
        replace(SKU, is_optional=True, about="Of the product; otherwise empty."),
        Column("sold", "Sold", "goods", is_summed=True, about="Quantity of the sales that were not reversed."),
        Column("returned", "Returned", "goods", is_optional=True, write=lambda row: row["returned"] or None,
               is_summed=True, about="What came back of sales, by the day of the return."),
        Column("revenue", "Sold for", "money", is_summed=True,
               about="The sum of `total`, or else of quantity times `unit_price`, less that of what came back, at the"
               " sale's prices. It is without VAT, which is rounded for each movement."),
        Column("cost", "Cost", "money", marks=(WITHOUT_COST, PARTLY_WITHOUT_COST), is_summed=True,
               about="The sum of the `value` of these movements, less that of what came back."),
        Column("margin", "Margin", "money", has_bar=True, is_summed=True, about="`revenue` minus `cost`."),
        Column("margin_percent", "Percent", "decimal", null=True, is_summed=True, about="`margin` in percent of the"
               " revenue, both without the sales without a cost. Null if nothing has a cost."),
        Column("adjustment", "Adjustment", "money", is_optional=True,
               write=lambda row: Decimal(row["adjustment"]) or None, about="What reversals of deliveries have taken"
               " from the value of the stock more than the deliveries had brought; below 0, what they have taken less."
               " It belongs to the cost of what was sold in between."),
        Column("sold_without_cost", "Sold without a cost", "goods", is_optional=True, is_extra=True, is_summed=True,
               write=lambda row: row["sold_without_cost"] or None,
               about="The part of `sold` whose movements have the `value` 0."),
        Column("revenue_without_cost", "Sold for, without a cost", "money", is_optional=True, is_extra=True,
               is_summed=True, write=lambda row: row["revenue_without_cost"] if row["sold_without_cost"] else None,
               about="The revenue of `sold_without_cost`, less that of what came back of it."),
        *UNITS,
        by_unit("SoldByUnit", *QUANTITIES),
    ),
    shown=(
        "day", "product", "sku", "category", "group", "sold", "returned", "revenue", "cost", "margin", "margin_percent",
        "adjustment", "sold_without_cost", "revenue_without_cost",
    ),
    figures=("margin", "margin_percent", "revenue", "cost", "revenue_without_cost"),
    empty="Nothing was sold in this time.",
    draw=draw,
    note=lambda data: gettext(ROUNDED) + (f" {gettext(ENTER_COSTS)}" if data["totals"]["sold_without_cost"] else ""),
    more=lambda data: ABOUT_COSTS if data["totals"]["sold_without_cost"] else None,
)  # fmt: skip
