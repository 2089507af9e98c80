"""Statements on prices. Each names the owner, so that Citus executes it on one server."""

# What is in force at some time from %(first)s to %(last)s.
IN_FORCE = """{0}.since <= %(last)s::timestamptz AND ({0}.until IS NULL OR {0}.until > %(first)s::timestamptz)"""
# Returns the groups of a customer with their percents, and the rows of these goods for everybody and for these groups,
# as trade.prices.applying.Row. Each group has a row for each percent that it had, which names no goods.
PRICES = f"""
WITH held AS MATERIALIZED (
    SELECT of_customer.price_group_id, percent.percent, greatest(of_customer.since, percent.since) AS since,
        least(of_customer.until, percent.until) AS until
    FROM prices_customergroup AS of_customer
    JOIN prices_grouppercent AS percent
        ON percent.owner_id = %(owner)s::bigint AND percent.price_group_id = of_customer.price_group_id
    WHERE of_customer.owner_id = %(owner)s::bigint AND of_customer.customer_id = %(customer)s::bigint
        AND {IN_FORCE.format("of_customer")} AND {IN_FORCE.format("percent")}
)
SELECT NULL, NULL::bigint, price_group_id, 0::bigint, 0.00, percent, NULL::date, NULL::date, since,
    until
FROM held WHERE until IS NULL OR until > since
UNION ALL
SELECT CASE WHEN kit_id IS NULL THEN 'product' ELSE 'kit' END, coalesce(product_id, kit_id), price_group_id,
    coalesce(least, 0), price, NULL, starts_on, ends_on, since, until
FROM prices_pricerow AS priced
WHERE owner_id = %(owner)s::bigint
    AND (product_id = ANY(%(product)s::bigint[]) OR kit_id = ANY(%(kit)s::bigint[]))
    AND (price_group_id IS NULL OR price_group_id IN (SELECT price_group_id FROM held)) AND {IN_FORCE.format("priced")}
"""
MADE_BY = """(
    SELECT made_by FROM prices_pricefrom WHERE owner_id = %(owner)s::bigint AND movement_id = movement.id
)"""
KEEP = """
INSERT INTO prices_pricefrom (owner_id, movement_id, made_by)
SELECT %(owner)s::bigint, * FROM unnest(%(movements)s::bigint[], %(made_by)s::text[])
"""
