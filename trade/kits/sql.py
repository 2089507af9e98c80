"""What tills and tiles read of kits."""

from core.money.amounts import money_of
from stock.models.sql import OWNER

# Returns the live kits after an id. A kit without a price costs what its parts do.
CATALOGUE = """
SELECT kit.id, kit.name, kit.sku, kit.barcode, kit.price::text, kit.updated_at, (
    SELECT json_agg(json_build_object('product', part.product_id, 'quantity', part.quantity) ORDER BY part.id)
    FROM kits_kitpart AS part
    WHERE part.owner_id = %(owner)s::bigint AND part.kit_id = kit.id
)
FROM kits_kit AS kit
WHERE kit.owner_id = %(owner)s::bigint AND kit.archived_at IS NULL AND kit.id > %(after)s::bigint
ORDER BY kit.id LIMIT %(limit)s
"""
# The live kits as tiles show them, without a condition on their ids. A kit without a price costs what its parts do.
TILE = f"""SELECT kit.id, kit.name, kit.sku, kit.barcode, coalesce(kit.price, (
        SELECT sum({money_of("part.quantity", "goods.price", "goods")}) FROM kits_kitpart AS part
        JOIN products_product AS goods ON goods.owner_id = {OWNER} AND goods.id = part.product_id
        WHERE part.owner_id = {OWNER} AND part.kit_id = kit.id
    )) AS price
    FROM kits_kit AS kit WHERE kit.owner_id = {OWNER} AND kit.archived_at IS NULL"""
