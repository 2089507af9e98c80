"""The report of the kits that were sold: how many, what for, and what they cost."""

from rest_framework.serializers import IntegerField

from core.translation import gettext_noop as _
from desk.reports.margins import IN_PERIOD
from desk.reports.parameters import PERIOD
from desk.reports.report import Column, Report
from stock.sales.sql import KEPT, NET_OF, SOLD_FOR
from stock.sql import IS_UNDONE
from trade.purchasing.sql import SALES
from users.access.permissions import grant
from users.access.roles import Right

# Returns a row for each kit. `part` has the movements of its parts, and how much of each came back: the movements of a
# product that were booked last came back first. A kit came back whole if each of its parts did.
KITS = f"""
WITH RECURSIVE {SALES.format(period=IN_PERIOD)}, asked AS (
    SELECT operation_id AS sale_id FROM sale
    WHERE EXISTS (
        SELECT FROM kits_soldkit AS kit
        WHERE kit.owner_id = %(owner)s::bigint AND kit.operation_id = sale.operation_id
    )
    GROUP BY operation_id HAVING sum(sign) > 0
), back AS (
    SELECT asked.sale_id, movement.product_id, sum(movement.quantity) AS quantity
    FROM asked
    JOIN stock_return AS link ON link.owner_id = %(owner)s::bigint AND link.sale_id = asked.sale_id
    JOIN stock_movement AS movement ON movement.owner_id = %(owner)s::bigint
        AND movement.operation_id = link.operation_id AND movement.movement_type = 'IN'
    WHERE NOT {IS_UNDONE.format(operation="link.operation_id")}
    GROUP BY asked.sale_id, movement.product_id
), moved AS (
    SELECT asked.sale_id, movement.quantity, movement.value, movement.movement_type,
        {NET_OF.format(sold="kept", amount=SOLD_FOR)} AS revenue,
        row_number() OVER (PARTITION BY asked.sale_id ORDER BY movement.id) - 1 AS place,
        greatest(0, least(movement.quantity, coalesce(back.quantity, 0) - coalesce(sum(movement.quantity)
            FILTER (WHERE movement.movement_type = 'OUT') OVER later, 0))) AS returned
    FROM asked
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = asked.sale_id
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = movement.product_id
    LEFT JOIN back ON back.sale_id = asked.sale_id AND back.product_id = movement.product_id
    {KEPT}
    WINDOW later AS (
        PARTITION BY asked.sale_id, movement.product_id ORDER BY movement.id DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
), part AS (
    SELECT kit.id, kit.kit_id, kit.quantity AS kits,
        moved.revenue - round(moved.revenue * moved.returned / moved.quantity, 2) AS revenue,
        moved.value - round(moved.value * moved.returned / moved.quantity, 2) AS cost,
        div(moved.returned * kit.quantity, moved.quantity) AS returned
    FROM kits_soldkit AS kit
    JOIN moved ON moved.sale_id = kit.operation_id AND moved.place = ANY(kit.movements)
    WHERE kit.owner_id = %(owner)s::bigint
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
    after="margins",
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
        Column("kit", "Kit", page="kit-detail", id_field="kit", field_class=IntegerField, write=lambda row: row["name"],
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
    empty=_("No kit was sold in this time."),
)  # fmt: skip
