"""Change places with the offers of the suppliers that a file gives to products: see products.offers.services."""

import json
from typing import Any

from core.fields import MAX_QUANTITY
from products.filing.errors import InvalidRows, RowErrors
from products.filing.states import Columns
from products.offers.errors import TooManyOffers
from products.offers.models import IN_PRODUCT
from products.offers.services import NewSupplier, Terms, take_suppliers, write_price
from records.history.models import Recording
from stock.importing.table import FILE

# Returns the products that get another supplier and have offers, or the supplier of which is archived.
FIND_NEW = f"""
SELECT row.line, product.id, coalesce(product.supplier_id, product.kept_supplier_id), row.supplier_id,
    product.supplier_sku,
    ceil(product.pack_size * power(10::numeric, coalesce(row.decimals, product.decimals) - product.decimals))::bigint,
    product.cost_price
FROM products_product AS product
JOIN {FILE} AS row ON product.owner_id = %(owner)s AND product.id = row.product_id AND row.first_line IS NULL
WHERE product.supplier_id IS DISTINCT FROM row.supplier_id AND (
    product.kept_supplier_id IS NOT NULL
    OR product.id IN (SELECT product_id FROM products_offer WHERE owner_id = %(owner)s)
)
"""  # noqa: S608
# Writes what products get besides the columns of the file. {assignments} are those of columns that it does not have.
TAKE = """
UPDATE products_product AS product SET {assignments}kept_supplier_id = NULL, updated_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(supplier_sku)s::text[], %(pack_size)s::bigint[], %(cost_price)s::numeric[])
    AS taken (id, supplier_sku, pack_size, cost_price)
WHERE product.owner_id = %(owner)s AND product.id = taken.id
"""
CHANGED = """
SELECT id, fields FROM unnest(%(ids)s::bigint[], %(fields)s::jsonb[]) AS given (id, fields) WHERE NOT fields = '{}'
"""
# Keeps the amounts of packs, rounded up, for the offers of products that get other decimals.
RESCALE = f"""
UPDATE products_offer AS offer
SET pack_size = least(ceil(offer.pack_size * power(10::numeric, row.decimals - product.decimals)), {MAX_QUANTITY})
FROM {FILE} AS row
JOIN products_product AS product ON product.owner_id = %(owner)s AND product.id = row.product_id
WHERE row.decimals <> product.decimals AND offer.owner_id = %(owner)s AND offer.product_id = product.id
    AND offer.supplier_id IS DISTINCT FROM coalesce(product.supplier_id, product.kept_supplier_id)
"""  # noqa: S608


def take_imported_suppliers(cursor: Any, parameters: dict[str, Any], layout: Columns, changes: Recording) -> None:
    """Write the offers of products that are about to get other suppliers, and what the products get of these.

    The columns of the file give way to nothing. Raise InvalidRows for a product with too many offers.
    """
    if "decimals" in layout.names:
        cursor.execute(RESCALE, parameters)
    if "supplier" not in layout.names:
        return
    cursor.execute(FIND_NEW, parameters)
    new, lines = {}, {}
    for line, pk, former, supplier, *own in cursor.fetchall():
        new[pk], lines[pk] = NewSupplier(former, Terms(*own), supplier), line
    if not new:
        return
    try:
        taken = take_suppliers(parameters["owner"], new, changes)
    except TooManyOffers as error:
        refused = RowErrors()
        refused.add_error(lines[error.numbers["product"]], "supplier", str(error), "")
        raise InvalidRows(refused.rows, refused.total) from error
    names = [name for name in IN_PRODUCT if name not in layout.names]
    gets = {pk: {**change.own.in_product(), **taken.get(pk, {})} for pk, change in new.items()}
    values = {name: [each[name] for each in gets.values()] for name in IN_PRODUCT}
    assignments = "".join(f"{name} = taken.{name}, " for name in names)
    cursor.execute(TAKE.format(assignments=assignments), {**parameters, "ids": list(gets), **values})
    fields = [
        json.dumps(compare(change.own, gets[pk], names) | changes.noted.get(pk, {})) for pk, change in new.items()
    ]
    changes.record_known(CHANGED, at=parameters["now"], ids=list(new), fields=fields)


def compare(own: Terms, gets: dict[str, Any], names: list[str]) -> dict[str, list[Any]]:
    """Return the old and the new values of these columns of a product that differ, as the history has them."""
    pairs = {name: [getattr(own, name), gets[name]] for name in names}
    if "cost_price" in pairs:
        pairs["cost_price"] = [write_price(price) for price in pairs["cost_price"]]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
