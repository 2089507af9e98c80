"""The stock list: what of each product lay where at an instant, and what that is worth."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request

from core.fields import AmountOf
from core.lists.filters import StrictBooleanField, StrictTextField
from core.lists.parameters import clean_value, query_value
from core.lists.row_filters import ValueListField
from core.money.amounts import money_of
from core.money.sums import BY_UNIT, amount_of, collect_all_units
from core.texts.folding import is_named
from core.translation import gettext_noop as _
from desk.reports.reading.statements import CATEGORY, SELECTED_PRODUCTS, ledger_of
from desk.reports.toolkit.paging import FIRST_PAGE
from desk.reports.toolkit.parameters import AS_OF, CLOCK, LOCATION, PRODUCTS, SUPPLIER, Parameter, group_by
from desk.reports.toolkit.report import (
    PRODUCT,
    PRODUCT_ID,
    QUANTITY,
    SKU,
    UNITS,
    VALUE,
    Column,
    Report,
    Values,
    link_to_category,
    of_product,
)
from desk.reports.valuation import write_title
from products.models import MAX_TAG_LENGTH, MAX_TAGS
from products.models.sql_profiles import CONDITIONS

BY = {"place": _("place and lot"), "product": _("product")}
OF_PLACES = frozenset({"location", "location_name", "lot", "lot_code", "expires_on"})  # null with `by=product`
HAS_TAGS = CONDITIONS["tags"].format(product="product", owner="%(owner)s::bigint").replace("%(given)s", "%(tags)s")

# `lying` has a row for each product, place and lot. `flow` has what is there now, less what has come since the instant:
# first the quantity and the value of each product, as in the valuation, then what of it lies where. What is left of a
# product lies nowhere. These parts are added up and not joined, because PostgreSQL expects few rows in them.
#
# A row has its share of each value, rounded to cents, and the last row has what is left. If many rows have less than a
# cent, the rounded shares could exceed the value, and the last row would be negative: `least` prevents this. After a
# late booking, rows can be above and below 0, and their shares may exceed the value. If they add up to 0, the last row
# has the value that is left, and if nothing lies anywhere, this is the row of what lies nowhere.
LISTED = f"""
WITH moved AS MATERIALIZED (
    SELECT movement.id, movement.product_id, movement.quantity, movement.value,
        CASE movement.movement_type WHEN 'IN' THEN 1 ELSE -1 END AS sign
    FROM {ledger_of("operation.{clock} > %(at)s::timestamptz")}
), flow AS (
    SELECT id AS product_id, NULL::bigint AS location_id, NULL::bigint AS lot_id, quantity, quantity AS in_stock,
        stock_value
    FROM products_product WHERE owner_id = %(owner)s::bigint
    UNION ALL
    SELECT product_id, NULL, NULL, -sign * quantity, -sign * quantity, -sign * value FROM moved
    UNION ALL
    SELECT held.product_id, place.location_id, place.lot_id, place.quantity, 0, 0
    FROM (
        SELECT product_id, location_id, lot_id, quantity FROM stock_holding WHERE owner_id = %(owner)s::bigint
        UNION ALL
        SELECT portion.product_id, portion.location_id, portion.lot_id, -moved.sign * portion.quantity
        FROM moved
        JOIN stock_portion AS portion ON portion.owner_id = %(owner)s::bigint AND portion.movement_id = moved.id
    ) AS held
    CROSS JOIN LATERAL (
        VALUES (held.location_id, held.lot_id, held.quantity), (NULL, NULL, -held.quantity)
    ) AS place (location_id, lot_id, quantity)
), lying AS (
    SELECT product_id, location_id, lot_id, sum(quantity)::bigint AS quantity,
        sum(sum(in_stock)) OVER product AS in_stock, sum(sum(stock_value)) OVER product AS stock_value,
        min(nullif(sum(quantity), 0)) OVER product > 0 OR max(nullif(sum(quantity), 0)) OVER product < 0 AS is_alike
    FROM flow
    GROUP BY product_id, location_id, lot_id
    WINDOW product AS (PARTITION BY product_id)
), worth AS (
    SELECT product.id, product.name, product.sku, product.category_id, product.price, product.unit, product.decimals,
        product.expiration_date, lying.location_id, lying.lot_id, lying.quantity, lying.in_stock, lying.is_alike,
        lying.stock_value AS all_at_costs,
        {money_of("lying.in_stock", "product.price")} AS all_at_prices
    FROM lying
    JOIN products_product AS product ON product.owner_id = %(owner)s::bigint AND product.id = lying.product_id
    {CATEGORY}
    WHERE (lying.quantity <> 0 OR lying.stock_value <> 0 AND num_nulls(is_alike, location_id, lot_id) = 3)
        AND (product.archived_at IS NULL OR product.archived_at > %(at)s::timestamptz)
        AND {SELECTED_PRODUCTS}
        AND (%(supplier)s::bigint IS NULL OR product.supplier_id = %(supplier)s::bigint)
        AND (%(supplier_name)s::text IS NULL OR product.supplier_id IN (
            SELECT id FROM suppliers_supplier
            WHERE owner_id = %(owner)s::bigint AND {is_named("name", "%(supplier_name)s::text")}
        ))
        AND (%(tags)s::text[] IS NULL OR {HAS_TAGS})
        AND (%(low_stock)s::boolean IS NULL
            OR coalesce(lying.in_stock <= product.min_threshold, false) = %(low_stock)s::boolean)
), share AS (
    SELECT worth.*,
        CASE in_stock WHEN 0 THEN {money_of("quantity", "price", "worth")}
            ELSE round(abs(all_at_prices) * quantity / in_stock, 2) END AS of_price,
        CASE in_stock WHEN 0 THEN 0.00 ELSE round(abs(all_at_costs) * quantity / in_stock, 2) END AS of_cost,
        CASE WHEN is_alike THEN abs(all_at_prices) END AS most_price,
        CASE WHEN is_alike THEN abs(all_at_costs) END AS most_cost
    FROM worth
), reached AS (
    SELECT share.*, sum(of_price) OVER line AS price_reached, sum(of_cost) OVER line AS cost_reached,
        lead(false, 1, true) OVER line AS is_last
    FROM share
    WINDOW line AS (PARTITION BY id ORDER BY location_id NULLS FIRST, lot_id NULLS FIRST)
), valued AS (
    SELECT reached.*, round(all_at_costs / nullif({amount_of("in_stock", "reached")}, 0), 2) AS average_cost,
        CASE WHEN all_at_prices < 0 THEN -1 ELSE 1 END * (
            CASE WHEN is_last THEN abs(all_at_prices) ELSE least(price_reached, most_price) END
                - least(price_reached - of_price, most_price)
        ) AS value_at_price,
        CASE WHEN all_at_costs < 0 THEN -1 ELSE 1 END * (
            CASE WHEN is_last THEN abs(all_at_costs) ELSE least(cost_reached, most_cost) END
                - least(cost_reached - of_cost, most_cost)
        ) AS value_at_cost
    FROM reached
), report AS ({{rows}}), listed AS (
    SELECT report.*, {amount_of("quantity", "report")} AS quantity_amount, unit AS of_unit, lower(name) AS sorted_name,
        count(*) OVER () AS in_all, sum(quantity) OVER ()::bigint AS in_all_quantity,
        sum(value_at_cost) OVER () AS in_all_value_at_cost, sum(value_at_price) OVER () AS in_all_value_at_price
    FROM report
)
SELECT product, name, sku, category, (
        SELECT name FROM products_category WHERE owner_id = %(owner)s::bigint AND id = listed.category
    ) AS category_name, location, (
        SELECT name FROM stock_location WHERE owner_id = %(owner)s::bigint AND id = listed.location
    ) AS location_name, lot, (
        SELECT code FROM stock_lot WHERE owner_id = %(owner)s::bigint AND id = listed.lot
    ) AS lot_code, coalesce((
        SELECT expires_on FROM stock_lot WHERE owner_id = %(owner)s::bigint AND id = listed.lot
    ), own_date) AS expires_on,
    quantity, unit, average_cost, value_at_cost, price, value_at_price, decimals, in_all,
    in_all_quantity, in_all_value_at_cost, in_all_value_at_price,
    {collect_all_units("listed", "quantity")} AS in_all_by_unit
FROM listed
WHERE %(cursor_product)s::bigint IS NULL OR (
    (sorted_name, product, coalesce(location, 0), coalesce(lot, 0)) {{sign}} (
        (
            SELECT lower(name) FROM products_product
            WHERE owner_id = %(owner)s::bigint AND id = %(cursor_product)s::bigint
        ),
        %(cursor_product)s::bigint, %(cursor_location)s::bigint, %(cursor_lot)s::bigint
    )
)
ORDER BY sorted_name {{order}}, product {{order}}, coalesce(location, 0) {{order}}, coalesce(lot, 0) {{order}}
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants
OF_LOCATION = f"""%(location)s::bigint IS NULL AND %(location_name)s::text IS NULL OR location_id IN (
        SELECT id FROM stock_location WHERE owner_id = %(owner)s::bigint
            AND (id = %(location)s::bigint OR {is_named("name", "%(location_name)s::text")})
    )"""  # noqa: S608, constants
OF_PRODUCT = "id AS product, name, sku, category_id AS category, unit, decimals, average_cost, price"
ROWS = {
    "place": f"""
    SELECT {OF_PRODUCT}, location_id AS location, lot_id AS lot, expiration_date AS own_date, quantity, value_at_cost,
        value_at_price
    FROM valued
    WHERE {OF_LOCATION}
""",  # noqa: S608, constants
    "product": f"""
    SELECT {OF_PRODUCT}, NULL::bigint AS location, NULL::bigint AS lot, NULL::date AS own_date,
        sum(quantity)::bigint AS quantity, sum(value_at_cost) AS value_at_cost, sum(value_at_price) AS value_at_price
    FROM valued
    WHERE {OF_LOCATION}
    GROUP BY id, name, sku, category_id, unit, decimals, average_cost, price
    HAVING sum(quantity) <> 0 OR sum(value_at_cost) <> 0
""",  # noqa: S608, constants
}


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,3})?$", "example": "0.250", "nullable": True})
class AmountInStock(AmountOf):
    """The quantity as an amount, which a late booking can make negative."""


def build_rows(values: Values) -> str:
    """Return the statement of the rows after the cursor, or of those before it, the nearest first."""
    sign, order = ("<", "DESC") if values["backward"] else (">", "ASC")
    return LISTED.format(clock=values["clock"], rows=ROWS[values["by"]], sign=sign, order=order)


def parse_tags(request: Request) -> Values:
    """Return the tags of the parameter, which may be repeated, or None."""
    text = ",".join(filter(None, request.query_params.getlist("tag")))
    item = StrictTextField(max_length=MAX_TAG_LENGTH)
    return {"tags": clean_value("tag", text, ValueListField(item=item, limit=MAX_TAGS))}


@dataclass(frozen=True)
class StockList(Report):
    has_cursor: ClassVar[bool] = True

    def read_parameters(self, request: Request) -> Values:
        return {**FIRST_PAGE, "location": None, "location_name": None, **super().read_parameters(request)}


TAG = Parameter(
    "tag", schema={"type": "array", "items": {"type": "string"}}, is_list=True, parse=parse_tags,
    about="All of these tags, with commas between them, ignoring case; may be repeated",
)  # fmt: skip
LOW_STOCK = Parameter(
    "low_stock", choices=(("", ""), ("true", _("yes")), ("false", _("no"))), schema=bool,
    about="As little in stock at the instant as “Low at”, or less",
    parse=lambda request: {"low_stock": query_value(request, "low_stock", StrictBooleanField())},
)  # fmt: skip
worth = partial(Column, kind="money", is_optional=True, is_cost=True, null=True)

REPORT = StockList(
    name="stock-list",
    title="Stock list",
    beside="valuation",
    about="What of each product is in stock, where it lies, and what it is worth.",
    description="""
        Return what was in stock at an instant: a row for each product, place and lot, by the name of the product.

        The totals are those of the valuation of the same instant. The value of a product is shared over its rows by
        quantity, and the last one has the cents that are left. Goods without stock and archived products are left out.
    """,
    component="Listed",
    row="What of a product lay at a place, in a lot, or in all.",
    parameters=(
        AS_OF, CLOCK, group_by("What a row is about. By default a product at a place, in a lot.", BY), *PRODUCTS,
        SUPPLIER, LOCATION, TAG, LOW_STOCK,
    ),
    statement=build_rows,
    left_out={"product": OF_PLACES},
    columns=(
        PRODUCT_ID, PRODUCT, SKU,
        Column("category", kind="number", null=True),
        Column("category_name", "Category", link=link_to_category, is_optional=True, null=True),
        Column("location", kind="number", null=True, about="Null for what lies nowhere, and with `by=product`."),
        Column("location_name", "Place", links_to="location", is_optional=True, null=True),
        Column("lot", kind="number", null=True, about="Null for what is in no lot, and with `by=product`."),
        Column("lot_code", "Lot", links_to="lot", is_optional=True, null=True),
        Column("expires_on", "Expires", "date", is_optional=True, null=True,
               about="The date of the lot, or that of the product for what is in no lot with a date."),
        replace(QUANTITY, is_summed=True),
        Column("amount", field_class=AmountInStock, only="json"),
        *UNITS,
        worth("average_cost", "Average cost", about="What one unit of the product has cost. Null for workers."),
        worth("value_at_cost", "Value at cost", is_summed=True, about="What it has cost. Null for workers."),
        of_product("price", kind="money"),
        replace(VALUE, is_summed=True, about="The product's price, times the quantity."),
        Column(BY_UNIT, only="totals"),
    ),
    shown=(
        "name", "sku", "category_name", "location_name", "lot_code", "expires_on", "quantity", "average_cost",
        "value_at_cost", "price", "value_at_price",
    ),
    empty="Nothing was in stock.",
    write_title=write_title,
)  # fmt: skip
