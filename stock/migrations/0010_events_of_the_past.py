from django.db import migrations

# The creation of the products, then the bookings, then the archiving: the order that each product's events had.
RECORD = [
    """
    INSERT INTO events_event (owner_id, type, product, created_at)
    SELECT owner_id, 'product.created', id, created_at FROM products_product ORDER BY id
    """,
    """
    INSERT INTO events_event (owner_id, type, operation, created_at)
    SELECT owner_id, 'operation.booked', id, created_at FROM stock_operation ORDER BY id
    """,
    """
    INSERT INTO events_event (owner_id, type, product, created_at)
    SELECT owner_id, 'product.archived', id, archived_at FROM products_product
    WHERE archived_at IS NOT NULL ORDER BY archived_at, id
    """,
]


class Migration(migrations.Migration):
    """Record events of the existing products and operations, so that a feed begins with an account's first booking."""

    dependencies = [("stock", "0009_longer_names"), ("events", "0002_immutable")]

    operations = [migrations.RunSQL(RECORD, migrations.RunSQL.noop)]
