"""The report of what was not counted for some time."""

from core.translation import gettext_noop as _
from desk.reports.reading.statements import CATEGORY, SELECTED_PRODUCTS, VALUE_AT_PRICE
from desk.reports.toolkit.parameters import PRODUCTS, make_days, parse_days
from desk.reports.toolkit.report import PRODUCT, PRODUCT_ID, QUANTITY, SKU, UNITS, VALUE, Column, Report, of_product

# Returns the live products that were not counted since the instant, by category, the longest not counted first.
NOT_COUNTED = f"""
SELECT product.id AS product, product.name, product.sku, product.quantity, category.name AS category_name,
    product.last_counted_at,
    extract(day FROM %(now)s::timestamptz - coalesce(product.last_counted_at, product.created_at))::int AS days_since,
    {VALUE_AT_PRICE} AS value_at_price, product.unit, product.decimals, count(*) OVER () AS in_all
FROM products_product AS product
{CATEGORY}
WHERE {SELECTED_PRODUCTS} AND product.archived_at IS NULL AND product.keeps_stock
    AND coalesce(product.last_counted_at, product.created_at) <= %(instant)s::timestamptz
ORDER BY lower(category.name) NULLS LAST, coalesce(product.last_counted_at, product.created_at), product.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608, constants

REPORT = Report(
    name="not-counted",
    title="Not counted",
    beside="losses",
    about="Products that were not counted for some time.",
    description="Return the products not counted for a number of days, by category, the longest not counted first.",
    component="NotCounted",
    row="A product that was not counted for some time.",
    parameters=(
        make_days(_("Days without a count"), "Not counted for this number of days.", parse=parse_days),
        *PRODUCTS,
    ),
    statement=NOT_COUNTED,
    columns=(
        PRODUCT_ID, PRODUCT, SKU, QUANTITY,
        Column("category_name", "Category", null=True, about="Null for products without a category: the last."),
        of_product("last_counted_at", kind="moment", null=True, about="Null if it was never counted."),
        Column("days_since", "Days", "number", has_bar=True,
               about="Days since then, or since the product was created."),
        VALUE,
        *UNITS,
    ),
    shown=("name", "sku", "category_name", "quantity", "last_counted_at", "days_since", "value_at_price"),
    empty="Every product was counted in this time.",
)  # fmt: skip
