"""A pack of a large shop takes little memory."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection, transaction

from core.database.embedded import place
from products.models import Product
from stock.proofs.services import seal_account
from testing.cast.people import make_product, make_user

PRODUCTS = int(os.environ.get("PACK_PRODUCTS", "10000"))  # each has ten movements
MAX_GROWTH_MB = 60
# Inserts operations that move 100 products each: ten of each product, which add two pieces or take one away in turn.
FILL = """
WITH performer AS (SELECT * FROM stock_performer WHERE owner_id = %(owner)s LIMIT 1), operation AS (
    INSERT INTO stock_operation (owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at, created_at)
    SELECT owner_id, user_id, id, CASE number * 100 / %(products)s %% 2 WHEN 0 THEN 'purchase' ELSE 'sale' END, '', '',
        now(), now()
    FROM performer, generate_series(0, %(products)s / 10 - 1) AS number ORDER BY number RETURNING id, owner_id
), event AS (
    INSERT INTO events_event (owner_id, type, operation, created_at)
    SELECT owner_id, 'operation.booked', id, now() FROM operation
), numbered AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS number FROM operation), product AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM products_product
    WHERE owner_id = %(owner)s AND name LIKE 'Product %%'
), step AS (
    SELECT numbered.owner_id, numbered.id AS operation_id, product.id AS product_id,
        (numbered.number * 100 / %(products)s)::int AS round
    FROM numbered JOIN product
        ON product.number / 100 = numbered.number %% (%(products)s / 100)
)
INSERT INTO stock_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity, value
)
SELECT owner_id, operation_id, product_id, 'Product', round + 1, CASE round %% 2 WHEN 0 THEN 'IN' ELSE 'OUT' END,
    2 - round %% 2, (round + 1) / 2 * 2 - round / 2, (round + 2) / 2 * 2 - (round + 1) / 2, (2 - round %% 2) * 3.33
FROM step ORDER BY operation_id, product_id
"""  # noqa: E501
MOVED = """
UPDATE products_product SET quantity = 5, stock_value = 16.65, stock_sequence = 10
WHERE owner_id = %(owner)s AND name LIKE 'Product %%'
"""
# Writes the packs of these owners, and prints the highest memory of the process and the seconds after each of them.
MEASURE = """
import json, re, sys, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django; django.setup()
from datetime import UTC, datetime
from pathlib import Path
from desk.evidence.reading.pack import write_pack
from desk.evidence.reading.tables import PackRequest
from desk.takeout.reading.archive import read_snapshot
from users.models import User
found = []
for name in sys.argv[3:]:
    now, begun = datetime.now(UTC), time.monotonic()
    with (Path(sys.argv[2]) / f"{name}.zip").open("wb") as file, read_snapshot():
        write_pack(file, PackRequest(User.objects.get(username=name), now, None, "occurred", now, "en"))
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    found.append((peak, time.monotonic() - begun))
print(json.dumps(found))
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_pack_of_many_products_takes_no_more_memory_than_a_small_one(alice, tmp_path):
    make_product(make_user("small"), quantity=1)
    make_product(alice, "Cup", quantity=1)
    names = (f"Product {number}" for number in range(PRODUCTS))
    Product.objects.bulk_create([Product(owner=alice, name=name, price=9) for name in names], batch_size=5000)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # PostgreSQL looks up the foreign keys
        cursor.execute(FILL, {"owner": alice.pk, "products": PRODUCTS})
        cursor.execute(MOVED, {"owner": alice.pk})
    seal_account(owner_id=alice.pk)
    name = str(connection.settings_dict["NAME"])
    environment = {"DJANGO_SETTINGS_MODULE": "inventory_api.settings", "DEMO": "on", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", MEASURE, name, str(tmp_path), "small", "alice"]
    assert settings.DEMO
    done = subprocess.run(command, cwd=place.CLONE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [(before, _), (after, seconds)] = json.loads(done.stdout)
    size = (tmp_path / "alice.zip").stat().st_size
    print(f"{before:.0f} MB before, {after:.0f} MB after, {seconds:.0f} s, {size} bytes")
    assert after - before <= MAX_GROWTH_MB
