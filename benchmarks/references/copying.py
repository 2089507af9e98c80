"""A minimal import: COPY the file into a staging table, then one upsert. No cell is validated."""

import time

from testing.servers import serving

# The product's tables with their constraints and indexes, but without foreign keys and triggers.
PREPARE = """
CREATE TABLE IF NOT EXISTS copied_product (LIKE products_product INCLUDING ALL);
CREATE TABLE IF NOT EXISTS copied_movement (LIKE stock_movement INCLUDING ALL);
TRUNCATE copied_product, copied_movement;
CREATE TEMPORARY TABLE IF NOT EXISTS staged (
    name text, sku text, barcode text, description text, price numeric, cost_price numeric, quantity bigint,
    min_threshold bigint, expiration_date date, category text
);
TRUNCATE staged
"""
COPY = "COPY staged ({columns}) FROM STDIN WITH (FORMAT csv, HEADER)"
UPSERT = """
INSERT INTO copied_product (
    owner_id, name, sku, barcode, description, unit, price, cost_price, quantity, stock_sequence, min_threshold,
    expiration_date, category_id, created_at, updated_at
)
SELECT %(owner)s, staged.name, sku, barcode, description, '', price, cost_price, quantity, 1, min_threshold,
    expiration_date, category.id, now(), now()
FROM staged LEFT JOIN products_category AS category
    ON category.owner_id = %(owner)s AND lower(category.name) = lower(staged.category)
ON CONFLICT (owner_id, lower(sku)) WHERE archived_at IS NULL AND NOT sku = '' DO UPDATE SET
    name = excluded.name, barcode = excluded.barcode, description = excluded.description, price = excluded.price,
    cost_price = excluded.cost_price, quantity = excluded.quantity, min_threshold = excluded.min_threshold,
    expiration_date = excluded.expiration_date, category_id = excluded.category_id, updated_at = excluded.updated_at
"""
MOVEMENTS = """
INSERT INTO copied_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity,
    value
)
SELECT owner_id, 1, id, name, 1, 'IN', quantity, 0, quantity, quantity * coalesce(cost_price, 0) FROM copied_product
"""


def copy_file(database: serving.Database, file: bytes, columns: tuple[str, ...], owner: int) -> tuple[float, float]:
    """Import the file. Return the seconds until the products are inserted, and until a movement of each is."""
    with database.connect() as connection:
        connection.execute(PREPARE)
        started = time.monotonic()
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(COPY.format(columns=", ".join(columns))) as copying:
                copying.write(file)
            cursor.execute(UPSERT, {"owner": owner})
        products = time.monotonic() - started
        connection.execute(MOVEMENTS)
        return products, time.monotonic() - started
