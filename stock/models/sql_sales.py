"""Parts of the statements that read sales: those of a period, what came back, and their money.

They are common table expressions of a WITH RECURSIVE. Those that read money have one before them, `asked (sale_id)`,
which selects the sales. %(owner)s is the account.
"""

from core.money.amounts import money_of
from core.money.currencies import WHOLE
from stock.hooks import PRICE_SOURCES
from stock.models.sql import BY_ID, IS_UNDONE, MOVEMENTS_OF, OWNER, SINCE_FIRST_SALE

# Returns what responses show of sales and returns: the returns that these operations are or have, each with whether it
# is undone and with its quantities by product and by the movement that they take back. A row without a return says
# whether a reversed sale is undone. A return of a product without stock has movements of both types with the same
# quantity, of which one takes something back. In a return of an earlier release none does: the quantity counts once.
SOURCE = """(
    SELECT source_id FROM stock_returned AS taken
    WHERE owner_id = %(owner)s::bigint AND movement_id BETWEEN stock_movement.id AND stock_movement.id
    ORDER BY movement_id LIMIT 1
) AS source_id"""
RETURNED = MOVEMENTS_OF.format(
    columns=f"product_id, quantity, movement_type, {SOURCE}", owner=OWNER, operation="link.operation_id"
)
SHOWN_RETURNS = f"""
SELECT link.sale_id, link.operation_id, link.scrapped_id, {IS_UNDONE.format(operation="link.operation_id")}, (
    SELECT json_agg(json_build_array(product_id, source_id, quantity)) FROM (
        SELECT product_id, source_id, greatest(
            sum(quantity) FILTER (WHERE movement_type = 'IN'), sum(quantity) FILTER (WHERE movement_type = 'OUT')
        ) AS quantity
        FROM (
            {RETURNED}
        ) AS returned GROUP BY product_id, source_id
    ) AS movement
)
FROM (
    SELECT sale_id, operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND sale_id = ANY(%(operations)s::bigint[])
    UNION
    SELECT sale_id, operation_id, scrapped_id FROM stock_return
    WHERE owner_id = %(owner)s::bigint AND operation_id = ANY(%(operations)s::bigint[])
) AS link
UNION ALL
SELECT sale.id, NULL, NULL, {IS_UNDONE.format(operation="sale.id")}, NULL
FROM unnest(%(reversed)s::bigint[]) AS sale (id)
ORDER BY 2
"""
# Whether the operation `{operation}`, a row of stock_operation, counts: it is not undone. Only for an operation with a
# reversal, the chain is read. PostgreSQL may read all reversals first, which have an index of their own.
IS_DONE = f"""NOT (
    EXISTS (
        SELECT FROM stock_operation AS reversal
        WHERE reversal.owner_id = %(owner)s::bigint AND reversal.reverses_id = {{operation}}.id
            AND reversal.reverses_id IS NOT NULL
    ) AND {IS_UNDONE.format(operation="{operation}.id")}
)"""
# The sales of a period that are not undone.
SALES = f"""sale AS MATERIALIZED (
    SELECT id AS operation_id, occurred_at AS at
    FROM stock_operation AS operation
    WHERE owner_id = %(owner)s::bigint AND reason = 'sale' AND {{period}} AND {IS_DONE.format(operation="operation")}
)"""
# The returns of sales in a period that are not undone, each with its sale, by the time when they happened.
BACK = f"""back AS (
    SELECT operation.id AS operation_id, link.sale_id, operation.occurred_at AS at
    FROM stock_operation AS operation
    CROSS JOIN LATERAL (
        SELECT sale_id FROM stock_return WHERE owner_id = %(owner)s::bigint AND operation_id = operation.id OFFSET 0
    ) AS link
    CROSS JOIN LATERAL (
        {BY_ID.format(columns="reason", owner=OWNER, operation="link.sale_id")}
    ) AS returned
    WHERE operation.owner_id = %(owner)s::bigint AND operation.reason = 'return' AND {{period}}
        AND returned.reason = 'sale'
        AND NOT {IS_UNDONE.format(operation="operation.id")}
)"""
# What `{movement}` of a sale was sold for.
SOLD_FOR_OF = f"coalesce({{movement}}.total, {money_of('{movement}.quantity', '{movement}.unit_price')}, 0.00)"
SOLD_FOR = SOLD_FOR_OF.format(movement="movement")
# The decimals to which VAT is rounded: those of the shop's currency.
PLACES = f"""(
    SELECT CASE WHEN currency IN ({", ".join(f"'{code}'" for code in sorted(WHOLE))}) THEN 0 ELSE 2 END
    FROM users_user WHERE id = %(owner)s::bigint
)"""
# The price that the product of `movement` had when `{operation}` happened, by the history: see PRICES_THEN in
# stock.models.sql.
LIST_PRICE = """(coalesce((
    SELECT ARRAY[(changes -> 'price' ->> 0)::numeric] FROM history_change
    WHERE owner_id = %(owner)s::bigint AND kind = 'product' AND row_id = movement.product_id AND changes ? 'price'
        AND at > {operation}.occurred_at
    ORDER BY id LIMIT 1
), ARRAY[product.price]))[1]"""
# Returns the movements of these sales that have sold something, each with the list price of its product, with what is
# kept of what made its price, the text of find_made_by(), and whether it cost the list price, before the discount.
# OFFSET keeps PostgreSQL from reading the history for each place that names the list price.
PRICED = f"""
SELECT movement.id, listed.price, {{made_by}}, {SOLD_FOR} + coalesce(sold.discount, 0.00) = CASE product.decimals
    WHEN 0 THEN {money_of("movement.quantity", "listed.price")}
    ELSE round({money_of("movement.quantity", "listed.price")}, {PLACES})
END
FROM unnest(%(operations)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    {BY_ID.format(columns="id, occurred_at", owner=OWNER, operation="asked.id")}
) AS operation
CROSS JOIN LATERAL (
    {MOVEMENTS_OF.format(columns="*", owner=OWNER, operation="asked.id")}
) AS movement
JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = movement.product_id
CROSS JOIN LATERAL (SELECT {LIST_PRICE.format(operation="operation")} AS price OFFSET 0) AS listed
LEFT JOIN stock_sold AS sold ON sold.owner_id = %(owner)s::bigint AND sold.movement_id = movement.id
WHERE movement.movement_type = 'OUT'
"""
# An amount without the VAT in it. In a currency without decimals it is a whole amount, if the amount is one.
WITHOUT_TAX = f"""round(
    {{amount}} * 100 / (100 + {{rate}}), CASE WHEN {{amount}} = trunc({{amount}}) THEN {PLACES} ELSE 2 END
)"""
# The VAT of an amount with a rate: a part of the amount, or what is added to it. A row without a rate has none.
TAX_OF = f"""CASE WHEN rate IS NULL THEN 0.00
    WHEN is_net THEN round(round({{amount}} * rate / 100, {PLACES}), 2)
    ELSE {{amount}} - {WITHOUT_TAX.format(amount="{amount}", rate="rate")} END"""
# The amount without the VAT in it, for one movement.
NET_OF = f"""CASE WHEN {{sold}}.rate IS NULL OR {{sold}}.is_net THEN {{amount}}
    ELSE round({WITHOUT_TAX.format(amount="{amount}", rate="{sold}.rate")}, 2) END"""
# The row of a table for a movement, if it has one, found by its key in any account: see BY_ID in stock.models.sql.
OF_MOVEMENT = """SELECT * FROM {table}
        WHERE owner_id = %(owner)s::bigint AND movement_id BETWEEN movement.id AND movement.id
        ORDER BY movement_id LIMIT 1"""
# What a movement keeps of its sale. It may have no row.
KEPT = f"LEFT JOIN LATERAL ({OF_MOVEMENT.format(table='stock_sold')}) AS kept ON true"
# The product of a movement, of which a statement reads a few. With a join, PostgreSQL could read all products for each
# operation of a large account, because it does not know that BETWEEN names one operation.
ITS_PRODUCT = """CROSS JOIN LATERAL (
        SELECT {columns} FROM products_product WHERE owner_id = %(owner)s::bigint AND id = movement.product_id OFFSET 0
    ) AS product"""
# The movements of `sale` that have sold something, each with its product and with what is `kept` beside it.
SOLD = f"""FROM sale
    JOIN stock_movement AS movement
        ON movement.owner_id = %(owner)s::bigint AND movement.operation_id = sale.operation_id AND {SINCE_FIRST_SALE}
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = movement.product_id
    {KEPT}
    WHERE movement.movement_type = 'OUT'"""
# `step` has each sale, and each of its returns that stands.
STEPS = f"""step AS (
    SELECT sale_id, sale_id AS operation_id, true AS is_sale FROM asked
    UNION ALL
    SELECT asked.sale_id, link.operation_id, false
    FROM asked
    CROSS JOIN LATERAL (
        SELECT operation_id FROM stock_return
        WHERE owner_id = %(owner)s::bigint AND stock_return.sale_id = asked.sale_id OFFSET 0
    ) AS link
    WHERE NOT {IS_UNDONE.format(operation="link.operation_id")}
)"""
# What `{units}` of the sold units were sold for: their part of the revenue. In a currency without decimals it is a
# whole amount, if the revenue is one.
PART = f"""round(
    round({{money}} * ({{units}}) / sold, CASE WHEN {{money}} = trunc({{money}}) THEN {PLACES} ELSE 2 END), 2
)"""
# What a return of an earlier release is worth: the revenue of the product is shared over all its pieces, and rounded
# for all that came back so far, less what the returns before were worth.
SHARED = f"""{PART.format(money="{money}", units="returned")}
            - {PART.format(money="{money}", units="returned - quantity")}"""
NET_BACK = f"""{NET_OF.format(sold="kept", amount="until")}
            - ({NET_OF.format(sold="kept", amount="(until - worth)")})"""
# `given` has a row for each step and for each movement that it has sold or takes back, with its quantity and its value
# at cost. `source_id` is the movement of the sale. A return of an earlier release takes back products: it has a row for
# each, without a `source_id`. `sold_cost` is the cost in the sale, of the movement or of the product. The steps of a
# sale are those with the same `sale_id`: a statement with steps of its own may give the returns that it asks about
# another number.
#
# `worth` is what was sold for, or what came back of it: see trade.selling.sold. `net` is the same without VAT, which is
# rounded for each movement of a sale, and for all that came back of it so far.
OF_STEPS = f"""moved AS (
    SELECT step.sale_id, step.operation_id, is_sale, movement.product_id,
        CASE WHEN is_sale THEN movement.id ELSE link.source_id END AS source_id, sum(movement.quantity) AS quantity,
        sum(movement.value) AS cost, sum(CASE WHEN is_sale THEN {SOLD_FOR} ELSE link.total END) AS worth,
        max(kept.rate) AS rate, max(kept.category) AS category, bool_or(kept.is_net) AS is_net,
        sum({NET_OF.format(sold="kept", amount=SOLD_FOR)}) FILTER (WHERE is_sale) AS net
    FROM step
    CROSS JOIN LATERAL (
        SELECT id, product_id, quantity, value, unit_price, total FROM stock_movement
        WHERE owner_id = %(owner)s::bigint AND operation_id BETWEEN step.operation_id AND step.operation_id
            AND movement_type = CASE WHEN is_sale THEN 'OUT' ELSE 'IN' END
        ORDER BY operation_id OFFSET 0
    ) AS movement
    {ITS_PRODUCT.format(columns="decimals")}
    LEFT JOIN LATERAL (
        {OF_MOVEMENT.format(table="stock_returned")}
    ) AS link ON NOT is_sale
    {KEPT}
    GROUP BY 1, 2, 3, 4, 5
), shared AS (
    SELECT moved.*, sum(worth) FILTER (WHERE is_sale) OVER of_product AS revenue,
        sum(net) FILTER (WHERE is_sale) OVER of_product AS net_revenue,
        sum(quantity) FILTER (WHERE is_sale) OVER of_product AS sold,
        max(rate) OVER of_product AS of_rate, max(category) OVER of_product AS of_category,
        coalesce(bool_or(is_net) OVER of_source, bool_or(is_net) OVER of_product, false) AS of_net,
        coalesce(sum(cost) FILTER (WHERE is_sale) OVER of_source, sum(cost) FILTER (WHERE is_sale) OVER of_product)
            AS sold_cost,
        sum(quantity) FILTER (WHERE NOT is_sale) OVER until AS returned,
        sum(worth) FILTER (WHERE NOT is_sale) OVER until AS until
    FROM moved
    WINDOW of_product AS (PARTITION BY sale_id, product_id),
        of_source AS (PARTITION BY sale_id, product_id, source_id),
        until AS (PARTITION BY sale_id, product_id, source_id ORDER BY operation_id)
), given AS MATERIALIZED (
    SELECT sale_id, operation_id, is_sale, product_id, source_id, quantity, cost, sold_cost,
        kept.rate, of_category AS category, kept.is_net,
        CASE WHEN is_sale OR source_id IS NOT NULL THEN worth ELSE {SHARED.format(money="revenue")} END AS worth,
        CASE WHEN is_sale THEN net WHEN source_id IS NOT NULL THEN {NET_BACK}
            ELSE {SHARED.format(money="net_revenue")} END AS net
    FROM shared CROSS JOIN LATERAL (SELECT of_rate AS rate, of_net AS is_net) AS kept
)"""
GIVEN = f"{STEPS}, {OF_STEPS}"
# `taxed` has a row for each sale and for each of its returns, and for each rate of VAT (null without one). A rate of 0
# has one for each category that was chosen for it. The amounts
# of a return are positive, too. VAT is rounded once for each rate in a sale. That of a return is the VAT of all that
# came back with it and before, less that of what came back before. So the returns of a whole sale have exactly its VAT.
TAXED_STEPS = f"""{OF_STEPS}, taxed AS (
    SELECT sale_id, operation_id, is_sale, rate, category, worth - CASE WHEN is_net THEN 0.00 ELSE tax END AS net, tax,
        worth + CASE WHEN is_net THEN tax ELSE 0.00 END AS gross
    FROM (
        SELECT sale_id, operation_id, is_sale, rate, category, is_net, sum(worth) AS worth,
            sum(sum(worth)) OVER (PARTITION BY sale_id, is_sale, rate, category, is_net ORDER BY operation_id) AS until
        FROM given
        GROUP BY sale_id, operation_id, is_sale, rate, category, is_net
    ) AS summed
    CROSS JOIN LATERAL (
        SELECT ({TAX_OF.format(amount="until")}) - ({TAX_OF.format(amount="(until - worth)")}) AS tax
    ) AS amounts
)"""
# What the operation `{operation}` was sold for, with VAT.
TOTAL_OF = f"""(
    SELECT sum(amount + CASE WHEN is_net THEN {TAX_OF.format(amount="amount")} ELSE 0.00 END) FROM (
        SELECT kept.rate, kept.is_net, sum({SOLD_FOR}) AS amount
        FROM stock_movement AS movement
        {ITS_PRODUCT.format(columns="decimals")}
        {KEPT}
        WHERE movement.owner_id = %(owner)s::bigint AND movement.operation_id = {{operation}}
            AND movement.movement_type = 'OUT'
        GROUP BY kept.rate, kept.is_net
    ) AS of_rate
)"""
TAXED = f"{STEPS}, {TAXED_STEPS}"
# The instant from which sales count in what customers owe: the beginning of the shop's `owed_from`. Without it, none
# do.
OWED_SINCE = """(
    SELECT coalesce(owed_from::timestamp AT TIME ZONE time_zone, 'infinity')
    FROM users_user WHERE id = %(owner)s::bigint
)"""


def find_made_by() -> str:
    """Return what made the price of `movement`, as SQL: null if no app that knows more prices keeps it."""
    return PRICE_SOURCES[0].select_made_by() if PRICE_SOURCES else "NULL::text"
