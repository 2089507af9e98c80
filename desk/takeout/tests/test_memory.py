"""The memory of an export does not grow with the shop, and that of an import not with what a small file unpacks to."""

import io
import json
import subprocess
import sys
import tracemalloc
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest
from django.conf import settings
from django.db import connection, transaction

from core.database.embedded import place
from desk.takeout.importing import archive
from desk.takeout.importing.archive import FREE_BYTES, MAX_BYTES, ImportedArchive
from desk.takeout.importing.survey import Survey
from desk.takeout.tests.conftest import export, forge, refuse
from products.models import MAX_FIELDS, MAX_TAXES
from records.history.models import Change
from stock.importing.history import KINDS
from stock.models import Import
from testing.cast.people import make_product, make_user

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
        cursor.execute("ANALYZE stock_operation, stock_movement, events_event")  # else autovacuum decides when
    name = str(connection.settings_dict["NAME"])
    environment = {"DJANGO_SETTINGS_MODULE": "inventory_api.settings", "DEMO": "on", "PATH": "/usr/bin:/bin"}
    environment["DB_STATEMENT_TIMEOUT"] = "0"  # commands have no time limit
    command = [sys.executable, "-c", MEASURE, name, str(tmp_path), "small", "alice"]
    assert settings.DEMO
    done = subprocess.run(command, cwd=place.CLONE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = json.loads(done.stdout)
    print(f"{before:.0f} MB before, {after:.0f} MB after; {done.stderr}")
    assert after - before <= MAX_GROWTH_MB


# --- Imports -------------------------------------------------------------------------------------------------

MAX_IMPORT_MB = 100
CATEGORIES, IMPORTS, PEOPLE = (f"tables/{name}.jsonl" for name in ("products_category", "stock_import", "users_user"))
# A name in the archive, its content, and the reason for which it is refused. A small file may unpack to FREE_BYTES.
BOMBS = {
    "a long line": (CATEGORIES, lambda _: b"x" * (FREE_BYTES - 2**20), "a line of more than 524,288 bytes"),
    "a long line of an import": (IMPORTS, lambda _: b"[" * (MAX_BYTES + 1), "a line of more than 8,388,608 bytes"),
    "many lists": (IMPORTS, lambda _: b"[" + b"[]," * (MAX_BYTES // 4) + b"1]", "more than 600,000 values"),
    "many texts": (IMPORTS, lambda _: b'["",' + b'"ab",' * (MAX_BYTES // 6) + b"1]", "more than 600,000 values"),
    "as many lists as there may be": (IMPORTS, lambda _: b"[" + b"[]," * 299_000 + b"1]", "no object"),
    "as many texts as there may be": (IMPORTS, lambda _: b"[" + b'"abcdefghij",' * 599_000 + b"1]", "no object"),
    "many people": (PEOPLE, lambda rows: rows * 50_000, "more than 10,000 users"),
    "more than a small file may have": (CATEGORIES, lambda _: b"\n" * FREE_BYTES, "more than 100 times its own"),
}


def compress(file, **options):
    """Return the archive with compressed files."""
    packed = io.BytesIO()
    with ZipFile(file) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name), **options)
    return packed


def measure(file):
    """Return why the archive is refused, and the most memory that this took, in megabytes."""
    tracemalloc.start()
    try:
        return refuse(file), tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def make_bombs(owner):
    """Yield small files that unpack to much, each with the reason for which it is refused."""
    file = export(owner)
    for name, change, reason in BOMBS.values():
        bomb = compress(forge(file, name, change))
        assert len(bomb.getvalue()) < 2**20
        yield bomb, reason


@pytest.mark.django_db(transaction=True)
def test_a_small_file_that_unpacks_to_much_is_refused(alice, kettle):
    for bomb, reason in make_bombs(alice):
        assert reason in refuse(bomb)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_small_file_takes_little_memory_whatever_it_unpacks_to(alice, kettle):
    for bomb, reason in make_bombs(alice):
        said, megabytes = measure(bomb)
        assert reason in said
        assert megabytes < MAX_IMPORT_MB, said


@pytest.mark.django_db(transaction=True)
def test_about_json_and_the_list_of_files_are_limited(alice, kettle, monkeypatch):
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as new:
        new.writestr("about.json", b"{" + b" " * MAX_BYTES + b"}")
    said, megabytes = measure(file)
    assert ("about.json has a line of more than" in said, megabytes < MAX_IMPORT_MB) == (True, True)
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    assert "a list of files with more than 1,000 bytes" in refuse(export(alice))


@pytest.mark.django_db(transaction=True)
def test_other_methods_of_compression_are_refused_because_they_need_much_memory(alice, kettle):
    assert "packed by another method" in refuse(compress(export(alice), compress_type=ZIP_LZMA))


@pytest.mark.django_db(transaction=True)
def test_the_longest_lines_that_the_service_writes_are_read(as_alice, alice, kettle):
    """An import of 100,000 rows with the ids of all that it has created, and a description of 10,000 characters."""
    created = {kind: list(range(10**9, 10**9 + 100_000)) for kind in KINDS} | {
        "fields": list(range(1, MAX_FIELDS + 1)), "rates": list(range(1, MAX_TAXES + 1)),
    }  # fmt: skip
    Import.objects.create(owner=alice, performed_by=alice, rows=100_000, created=created)
    before, after = "\U0001fad6" * 10_000, "\U0001f375" * 10_000
    for text in (before, after):
        assert as_alice.patch(f"/api/products/{kettle.pk}/", {"description": text}).status_code == 200
    assert Change.objects.filter(changes={"description": [before, after]}).exists()
    assert Survey(ImportedArchive(export(alice))).rows > 5
