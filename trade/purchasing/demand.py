"""What is sold per day: the parameters of DEMAND in trade/purchasing/sql.py; and the statements that suggest orders."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.money.amounts import money_of
from core.texts.folding import is_named
from core.time_zones import midnight
from products.models.sql_offers import OFFERS
from stock.models.sql import OWNER
from suppliers.models import DEFAULT_LEAD_DAYS
from trade.purchasing.models.sql import ARRIVED, OUTSTANDING
from trade.purchasing.sql import BEHIND_THE_RATE, DEMAND_BY_OFFER, PER_DAY, PREFERRED, RECEIPTS_OF_SENT_ORDERS
from trade.reservations.models import RESERVED_LINES
from users.models import User

# The ways of choosing among the offers of a product.
PREFERRED_CHOICE, CHEAPEST, FASTEST = CHOICES = ("preferred", "cheapest", "fastest")

# The chosen offer of each product that has any: the first one by {rank}. {why} is the way by which it was chosen. What
# has a recipe is made, so there is nothing to choose.
CHOSEN = f"""chosen AS (
    SELECT DISTINCT ON (offer.product_id) offer.*, {{why}} AS chosen_by
    FROM ({OFFERS.format(owner=OWNER, of_products="", of_offers="")}) AS offer
    JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
    WHERE offer.is_preferred OR NOT EXISTS (
        SELECT FROM stock_recipe AS recipe
        WHERE recipe.owner_id = %(owner)s::bigint AND recipe.product_id = offer.product_id
    )
    ORDER BY offer.product_id, {{rank}}, offer.supplier_id
), """  # noqa: S608, constants
DAYS = "coalesce(offer.lead_days, supplier.lead_days)"
CHEAPEST_FIRST = f"offer.cost_price, offer.is_preferred DESC, {DAYS}"  # null, for no cost, comes last
FASTEST_FIRST = f"{DAYS}, offer.is_preferred DESC, offer.cost_price"
# Without any cost, none is the cheapest: then CHEAPEST_FIRST chooses the preferred one, or else the fastest one.
WHY_CHEAPEST = """CASE WHEN offer.cost_price IS NOT NULL THEN 'cheapest'
            WHEN offer.is_preferred THEN 'preferred' ELSE 'fastest' END"""
OF_CHOSEN = {
    "supplier": "offer.supplier_id",
    "offer": "LEFT JOIN chosen AS offer ON offer.product_id = product.id",
    "supplier_sku": "coalesce(offer.supplier_sku, product.supplier_sku)",
    "pack_size": "coalesce(offer.pack_size, product.pack_size)",
    "cost": "CASE WHEN offer.product_id IS NULL THEN product.cost_price ELSE offer.cost_price END",
    "chosen_by": "offer.chosen_by",
}

# Returns all offers of some products, the preferred one of each first.
OF_PRODUCTS = {
    "of_products": "AND product.id = ANY(%(products)s::bigint[])",
    "of_offers": "AND offer.product_id = ANY(%(products)s::bigint[])",
}
OFFERS_OF_PRODUCTS = f"""
SELECT offer.product_id, offer.supplier_id, supplier.name, offer.cost_price, {DAYS}, offer.pack_size, offer.min_packs
FROM ({OFFERS.format(owner=OWNER, **OF_PRODUCTS)}) AS offer
JOIN suppliers_supplier AS supplier ON supplier.owner_id = %(owner)s::bigint AND supplier.id = offer.supplier_id
ORDER BY offer.product_id, offer.is_preferred DESC, offer.cost_price, offer.supplier_id
"""  # noqa: S608, constants

# Returns the live products that need more than what is available and on order, with every number from which the need is
# computed. Products are ordered by supplier, those without one last, and then by the day on which they run out.
#
# needed = min_threshold + 1 (0 without a threshold) + rate * (lead_days + cover), rounded up, less the quantities
# available, on order and in drafts: with this, the stock stays above its threshold until `cover` days after the
# delivery. What has a recipe is to be made, in whole batches: it has no supplier here, and is in no order.
#
# {chosen} is CHOSEN, or nothing for the preferred offers; the other names are those of OF_CHOSEN.
BY_OFFER = f"""
WITH RECURSIVE {{chosen}}{DEMAND_BY_OFFER}, reserved AS (
    SELECT line.product_id, sum(line.quantity)::bigint AS quantity
    FROM {RESERVED_LINES.format(owner="%(owner)s::bigint")}
    GROUP BY line.product_id
), {ARRIVED.format(receipts=RECEIPTS_OF_SENT_ORDERS, products="", owner="%(owner)s::bigint")}, ordered AS (
    SELECT line.product_id,
        sum({OUTSTANDING})::bigint AS on_order,
        sum(line.quantity) FILTER (WHERE purchase.state = 'draft')::bigint AS in_draft
    FROM purchasing_order AS purchase
    JOIN purchasing_orderline AS line ON line.owner_id = %(owner)s::bigint AND line.order_id = purchase.id
    LEFT JOIN received ON received.order_id = line.order_id AND received.product_id = line.product_id
    WHERE purchase.owner_id = %(owner)s::bigint AND purchase.state IN ('draft', 'sent')
    GROUP BY line.product_id
), known AS (
    SELECT product.id AS product, product.name, product.sku, {{supplier_sku}} AS supplier_sku, product.quantity,
        product.min_threshold, coalesce(recipe.makes, {{pack_size}}) AS pack_size,
        recipe.id IS NOT NULL AS to_make, coalesce(offer.min_packs, 1) AS min_packs,
        CASE WHEN supplier.id IS NOT NULL THEN {{chosen_by}} END AS chosen_by,
        {{cost}} AS unit_cost, product.unit, product.decimals,
        supplier.id AS supplier, supplier.name AS supplier_name,
        coalesce(reserved.quantity, 0) AS reserved,
        coalesce(ordered.on_order, 0) AS on_order,
        coalesce(ordered.in_draft, 0) AS in_draft,
        demand.*
    FROM products_product AS product
    JOIN demand ON demand.product_id = product.id
    LEFT JOIN stock_recipe AS recipe
        ON recipe.owner_id = %(owner)s::bigint AND recipe.product_id = product.id
    {{offer}}
    LEFT JOIN suppliers_supplier AS supplier
        ON supplier.owner_id = %(owner)s::bigint AND supplier.id = {{supplier}} AND recipe.id IS NULL
    LEFT JOIN reserved ON reserved.product_id = product.id
    LEFT JOIN ordered ON ordered.product_id = product.id
    WHERE product.owner_id = %(owner)s::bigint AND product.archived_at IS NULL
        AND (%(supplier)s::bigint IS NULL OR supplier.id = %(supplier)s::bigint)
        AND (%(supplier_name)s::text IS NULL OR {is_named("supplier.name", "%(supplier_name)s::text")})
), short AS (
    SELECT known.*, quantity * over / nullif(hundredths, 0) AS days_left,
        coalesce(min_threshold, -1) + 1 + (hundredths * (lead_days + %(cover)s::bigint) + over - 1) / over
            - (quantity - reserved + on_order + in_draft) AS needed
    FROM known
), packed AS (
    SELECT short.*, (needed + pack_size - 1) / pack_size AS packs FROM short WHERE needed > 0
)
SELECT supplier, supplier_name, product, name, sku, supplier_sku, quantity, reserved, on_order, in_draft, min_threshold,
    sold, lead_days, days_left,
    CASE WHEN days_left <= %(most_days_ahead)s::bigint
        THEN greatest(%(today)s::date, %(today)s::date + (days_left - lead_days)::int) END AS order_by,
    needed, pack_size, packs, packs * pack_size AS suggested,
    (hundredths * lead_days + over - 1) / over AS suggested_threshold,
    unit_cost, {money_of("packs * pack_size", "unit_cost", "packed")} AS cost,
    unit, decimals, {BEHIND_THE_RATE.format(demand="packed")}, {PER_DAY.format(demand="packed")} AS per_day,
    used, to_make, min_packs, chosen_by, count(*) OVER () AS in_all
FROM packed
ORDER BY to_make, lower(supplier_name), supplier, quantity::numeric * over / nullif(hundredths, 0), product
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
PREFERRED_OFFERS = {
    **PREFERRED,
    "chosen": "",
    "supplier_sku": "product.supplier_sku",
    "pack_size": "product.pack_size",
    "cost": "product.cost_price",
    "chosen_by": "'preferred'",
}
REORDER = BY_OFFER.format(**PREFERRED_OFFERS)
REORDER_BY = {
    PREFERRED_CHOICE: REORDER,
    CHEAPEST: BY_OFFER.format(chosen=CHOSEN.format(rank=CHEAPEST_FIRST, why=WHY_CHEAPEST), **OF_CHOSEN),
    FASTEST: BY_OFFER.format(chosen=CHOSEN.format(rank=FASTEST_FIRST, why="'fastest'"), **OF_CHOSEN),
}


# The days of sales from which the rate is computed; the report of movements has the same limits.
DEFAULT_DAYS, MAX_DAYS = 30, 366
DEFAULT_COVER, MAX_COVER = 14, 366  # the days that a delivery is to last
MAX_DAYS_AHEAD = 36_500  # `order_by` and `runs_out_on` are null for later dates
LAST, YEAR_AGO = BASES = ("last", "year_ago")
DAYS_OF_A_YEAR = 365  # The window of `year_ago` begins this number of days ago, and ends today at the latest.
DEFAULT_FACTOR, MIN_FACTOR, MAX_FACTOR = Decimal("1.00"), Decimal("0.10"), Decimal("10.00")
RATE_FIELDS = ("days", "cover", "basis", "factor")
SUGGESTION_FIELDS = (*RATE_FIELDS, "choose")


def make_demand_parameters(
    user: User,
    *,
    days: int = DEFAULT_DAYS,
    cover: int = DEFAULT_COVER,
    basis: str = LAST,
    factor: Decimal = DEFAULT_FACTOR,
) -> dict[str, Any]:
    """Return the parameters of DEMAND, and those of the dates that are computed from the rate.

    With the basis `last`, the sales of the last `days` times 24 hours count, and stock on the last `days` days of the
    shop, of which today is the last one. With `year_ago`, the window has the days until a delivery and the days that it
    is to last, counted from today and 365 days earlier, and `days` is ignored.
    """
    today, is_last = user.shop_today(), basis == LAST
    first = today - timedelta(days=days - 1 if is_last else DAYS_OF_A_YEAR)
    midnights = list_beginnings(first, today, user.shop_zone)
    return {
        "owner": user.account_id,
        "days": days if is_last else None,
        "cover": cover,
        "basis": basis,
        "factor": factor,
        "start": datetime.now(UTC) - timedelta(days=days) if is_last else midnights[0],
        "first_day": first,
        "midnights": midnights,
        "most_days": DAYS_OF_A_YEAR,
        "today": today,
        "default_lead_days": DEFAULT_LEAD_DAYS,
        "most_days_ahead": MAX_DAYS_AHEAD,
    }


def list_beginnings(first: date, last: date, zone: str) -> list[datetime]:
    """Return the beginning of each day from the first to the last one in the time zone."""
    return [midnight(first + timedelta(days=number), zone) for number in range((last - first).days + 1)]
