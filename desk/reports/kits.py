"""The report of the kits that were sold: how many, what for, and what they cost."""

from desk.reports.margins import IN_PERIOD
from desk.reports.toolkit.parameters import PERIOD
from desk.reports.toolkit.report import Column, Report
from stock.models.sql_sales import GIVEN, SALES
from users.access.permissions import grant
from users.access.roles import Right

# Returns a row for each kit. `part` has the movements of its parts, less what came back of each. What returns of
# earlier releases took back of a product, which name no movement, counts for those that were booked last. A kit came
# back whole if each of its parts did.
KITS = f"""
WITH RECURSIVE {SALES.format(period=IN_PERIOD)}, asked AS (
    SELECT operation_id AS sale_id FROM sale
    WHERE EXISTS (
        SELECT FROM kits_soldkit AS kit
        WHERE kit.owner_id = %(owner)s::bigint AND kit.operation_id = sale.operation_id
    )
), {GIVEN}, back AS (
    SELECT sale_id, product_id, source_id, sum(quantity) AS quantity, sum(net) AS revenue, sum(cost) AS cost
    FROM given WHERE NOT is_sale GROUP BY sale_id, product_id, source_id
), remaining AS (
    SELECT sale_id, source_id, product_id, given.quantity, given.quantity - coalesce(back.quantity, 0) AS kept,
        given.net - coalesce(back.revenue, 0) AS revenue, given.cost - coalesce(back.cost, 0) AS cost
    FROM given LEFT JOIN back USING (sale_id, product_id, source_id) WHERE is_sale
), counted AS (
    SELECT remaining.*,
        greatest(0, least(kept, coalesce(unnamed.quantity, 0) - coalesce(sum(kept) OVER later, 0))) AS gone
    FROM remaining
    LEFT JOIN back AS unnamed ON unnamed.sale_id = remaining.sale_id AND unnamed.product_id = remaining.product_id
        AND unnamed.source_id IS NULL
    WINDOW later AS (
        PARTITION BY remaining.sale_id, remaining.product_id ORDER BY remaining.source_id DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
), part AS (
    SELECT kit.id, kit.kit_id, kit.quantity AS kits, revenue - round(revenue * gone / greatest(kept, 1), 2) AS revenue,
        cost - round(cost * gone / greatest(kept, 1), 2) AS cost,
        div((counted.quantity - kept + gone) * kit.quantity, counted.quantity) AS returned
    FROM kits_soldkit AS kit
    CROSS JOIN LATERAL (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id = kit.operation_id
    ) AS movement
    JOIN counted ON counted.sale_id = kit.operation_id AND counted.source_id = movement.id
    WHERE kit.owner_id = %(owner)s::bigint AND movement.place = ANY(kit.movements)
), line AS (
    SELECT kit_id, kits, min(returned)::bigint AS returned, sum(revenue) AS revenue, sum(cost) AS cost
    FROM part GROUP BY id, kit_id, kits
), summed AS (
    SELECT kit_id, sum(kits)::bigint AS sold, sum(returned)::bigint AS returned, sum(revenue) AS revenue,
        sum(cost) AS cost
    FROM line GROUP BY kit_id
)
SELECT kit.id AS kit, kit.name, kit.sku, sold, returned, revenue, cost, revenue - cost AS margin,
    count(*) OVER () AS in_all, sum(sold) OVER ()::bigint AS in_all_sold,
    sum(returned) OVER ()::bigint AS in_all_returned, sum(revenue) OVER () AS in_all_revenue,
    sum(cost) OVER () AS in_all_cost, sum(revenue - cost) OVER () AS in_all_margin
FROM summed
JOIN kits_kit AS kit ON kit.owner_id = %(owner)s::bigint AND kit.id = summed.kit_id
ORDER BY revenue DESC, kit.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

REPORT = Report(
    name="kits",
    title="Kits",
    beside="sales",
    rights=grant(Right.SEE_COSTS, "get"),
    about="What was earned with kits.",
    description="""
        Return the kits that were sold in a period: how many, how many of these came back, revenue, cost and margin.

        What came back of these sales counts, whenever it came back. Reversed sales do not count.
    """,
    component="SoldKits",
    row="The sales of a kit.",
    parameters=PERIOD,
    statement=KITS,
    columns=(
        Column("kit", "Kit", links_to="kit", write=lambda row: row["name"],
               about="Id of the kit."),
        Column("name", about="The present name of the kit."),
        Column("sku", "SKU"),
        Column("sold", "Sold", "number", is_summed=True, about="Kits that were sold and not reversed."),
        Column("returned", "Returned", "number", is_summed=True, about="How many of these came back whole."),
        Column("revenue", "Sold for", "money", is_summed=True,
               about="What their parts were sold for, without VAT, less what came back of them."),
        Column("cost", "Cost", "money", is_summed=True, about="What these parts have cost."),
        Column("margin", "Margin", "money", has_bar=True, is_summed=True, about="`revenue` minus `cost`."),
    ),
    shown=("kit", "sku", "sold", "returned", "revenue", "cost", "margin"),
    empty="No kit was sold in this time.",
)  # fmt: skip
