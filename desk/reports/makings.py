"""The report of the makings: what was made, and what was used for it beside what the recipes expected."""

from dataclasses import replace

from core.pages.columns import Mark
from desk.reports.margins import IN_PERIOD
from desk.reports.toolkit.parameters import PERIOD
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, SKU, UNITS, Column, Report
from stock.models.sql import IS_UNDONE, MOVEMENTS_OF, OWNER

COLUMNS = "product_id, movement_type, quantity, value"
# Returns a row for each product that was made or taken apart, and after it a row for each of its parts. `moved` has
# what each making has brought and taken: of a part without stock, which comes in and goes out, only what was used. If
# the request has said what was used, the making keeps what its recipe expected: nothing of all other parts. Otherwise
# the recipe was used as it is.
MAKINGS = f"""
WITH made AS (
    SELECT making.operation_id, making.product_id AS whole_id, making.role
    FROM stock_making AS making
    JOIN stock_operation AS operation
        ON operation.owner_id = %(owner)s::bigint AND operation.id = making.operation_id
    WHERE making.owner_id = %(owner)s::bigint AND making.role <> 'expected' AND {IN_PERIOD}
        AND NOT {IS_UNDONE.format(operation="making.operation_id")}
), moved AS (
    SELECT made.operation_id, made.whole_id, made.role, movement.product_id,
        sum(movement.quantity)::bigint AS quantity, sum(movement.value) AS value
    FROM made
    CROSS JOIN LATERAL (
        {MOVEMENTS_OF.format(columns=COLUMNS, owner=OWNER, operation="made.operation_id")}
    ) AS movement
    WHERE (movement.product_id = made.whole_id) = ((movement.movement_type = 'IN') = (made.role = 'made'))
    GROUP BY made.operation_id, made.whole_id, made.role, movement.product_id
), expected AS (
    SELECT made.operation_id, made.whole_id, made.role, making.product_id, making.quantity
    FROM made
    JOIN stock_making AS making ON making.owner_id = %(owner)s::bigint
        AND making.operation_id = made.operation_id AND making.role = 'expected'
), booked AS (
    SELECT whole_id, role, product_id, coalesce(moved.quantity, 0) AS quantity, coalesce(moved.value, 0.00) AS value,
        CASE WHEN product_id <> whole_id THEN coalesce(expected.quantity, CASE
            WHEN max(expected.quantity) OVER (PARTITION BY operation_id) IS NULL THEN moved.quantity ELSE 0
        END) END AS expected
    FROM moved FULL JOIN expected USING (operation_id, whole_id, role, product_id)
), summed AS (
    SELECT whole_id, role, product_id, count(*) AS makings, sum(quantity)::bigint AS quantity,
        sum(expected)::bigint AS expected, sum(value) AS cost
    FROM booked GROUP BY whole_id, role, product_id
)
SELECT whole.id AS product, whole.name, whole.sku, summed.role = 'apart' AS take_apart, part.id AS part,
    part.name AS part_name, part.sku AS part_sku, makings, summed.quantity, expected,
    summed.quantity - expected AS difference, cost, coalesce(part.unit, whole.unit) AS unit,
    coalesce(part.decimals, whole.decimals) AS decimals, count(*) OVER () AS in_all
FROM summed
JOIN products_product AS whole ON whole.owner_id = %(owner)s::bigint AND whole.id = summed.whole_id
LEFT JOIN products_product AS part
    ON part.owner_id = %(owner)s::bigint AND part.id = nullif(summed.product_id, summed.whole_id)
ORDER BY lower(whole.name), whole.id, summed.role DESC, lower(part.name) NULLS FIRST, part.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

REPORT = Report(
    name="makings",
    title="Makings",
    beside="movements",
    about="What was made, what was used for it, and what the recipes expected.",
    description="""
        Return what was made or taken apart in a period, and what was used of each part.

        Beside that is what the recipes expected. Reversed makings do not count.
    """,
    component="MadeProduct",
    row="A product that was made or taken apart, or what that has used or given of one of its parts.",
    parameters=PERIOD,
    statement=MAKINGS,
    columns=(
        PRODUCT_ID,
        replace(PRODUCT, marks=(Mark("taken apart", lambda row: row["take_apart"]),)),
        SKU,
        Column("take_apart", kind="flag", about="Whether the product was taken apart, and its parts came in."),
        Column("part", kind="number", null=True, about="Id of the part. Null in the row of the product itself."),
        Column("part_name", "Part", page="product-detail", id_field="part", is_optional=True, null=True),
        Column("part_sku", null=True),
        Column("makings", "Makings", "number", about="How many there were."),
        Column("quantity", "Quantity", "goods",
               about="What was made of the product, or used of the part; taken apart, what was taken or given."),
        Column("expected", "Expected", "goods", is_optional=True, null=True,
               about="What the recipes of that time would have needed of the part. Without a recipe, what was used."),
        Column("difference", "Difference", "change", is_optional=True, null=True,
               about="`quantity` minus `expected`: above 0 if more was used than expected."),
        Column("cost", "Cost", "money", is_cost=True, is_optional=True, null=True,
               about="What it was worth. The parts add up to the product."),
        *UNITS,
    ),
    shown=("name", "sku", "part_name", "makings", "quantity", "expected", "difference", "cost"),
    empty="Nothing was made in this time.",
)  # fmt: skip
