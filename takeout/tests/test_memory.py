"""The memory of an export does not grow with the shop."""

import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection, transaction

from core.database.embedded import place
from testing.cast import make_product, make_user

OPERATIONS, MOVEMENTS = 5000, 500_000
MAX_GROWTH_MB = 150
# Inserts operations of one product, whose movements add one piece and take it away in turn.
FILL = """
WITH performer AS (SELECT * FROM stock_performer WHERE owner_id = %(owner)s LIMIT 1), operation AS (
    INSERT INTO stock_operation (owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at, created_at)
    SELECT owner_id, user_id, id, 'sale', 'document ' || number, '', now(), now()
    FROM performer, generate_series(1, %(operations)s) AS number RETURNING id, owner_id
), event AS (
    INSERT INTO events_event (owner_id, type, operation, created_at)
    SELECT owner_id, 'operation.booked', id, now() FROM operation
), numbered AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS number FROM operation)
INSERT INTO stock_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity, value
)
SELECT owner_id, id, %(product)s, 'Kettle', n, CASE WHEN n %% 2 = 1 THEN 'IN' ELSE 'OUT' END, 1, 1 - n %% 2, n %% 2, 0
FROM numbered, LATERAL (SELECT number * %(each)s + each AS n FROM generate_series(1, %(each)s) AS each) AS movement
"""  # noqa: E501
# Exports the shops of these owners, and prints the highest memory of the process after each of them, in megabytes.
MEASURE = """
import json, os, re, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django; django.setup()
from pathlib import Path
from django.core.management import call_command
peaks = []
for number, name in enumerate(sys.argv[3:]):
    call_command("export_account", name, Path(sys.argv[2]) / f"{number}.zip", stdout=sys.stderr)
    peaks.append(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
print(json.dumps(peaks))
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_an_export_of_500000_movements_takes_no_more_memory_than_a_small_one(alice, tmp_path):
    make_product(make_user("small"), quantity=1)
    kettle = make_product(alice, quantity=0)
    make_product(alice, "Cup", quantity=1)
    numbers = {"operations": OPERATIONS, "each": MOVEMENTS // OPERATIONS}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # PostgreSQL looks up 500,000 foreign keys
        cursor.execute(FILL, {"owner": alice.pk, "product": kettle.pk, **numbers})
    name = str(connection.settings_dict["NAME"])
    environment = {"DJANGO_SETTINGS_MODULE": "inventory_api.settings", "DEMO": "on", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", MEASURE, name, str(tmp_path), "small", "alice"]
    assert settings.DEMO
    done = subprocess.run(command, cwd=place.CLONE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stdout)
    print(f"{before:.0f} MB before, {after:.0f} MB after; {done.stderr}")
    assert after - before <= MAX_GROWTH_MB
