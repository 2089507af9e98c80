"""No export has a secret, and none lacks a table of a shop."""

import io
import json
import subprocess
import sys
from hashlib import sha256
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import models

from core.shop_apps import collect, collect_from_modules
from desk.takeout.columns import list_shop_tables
from desk.takeout.importing.archive import ID, IDS_IN_JSON, IDS_IN_QUERIES, SHIFT
from desk.takeout.reading.archive import CHECKER
from desk.takeout.tests.conftest import export, rewrite
from inventory_api.app_order import ORDER
from stock.proofs.services import seal_account
from testing.cast.people import make_product
from testing.cast.shops import rows_of
from testing.laws.walk import generate_schema
from users.models import User
from web.list_routes import list_routes

# Models without rows of a shop.
OF_NO_SHOP = {
    "auth.Group", "auth.Permission", "contenttypes.ContentType", "sessions.Session", "users.AttemptCounter",
    "support.WorkerProcess", "users.ClosedAccount",
}  # fmt: skip
# Columns whose names look like those of secrets.
NO_SECRETS = {
    "closings_closing.digest": "everybody in the shop may read it",
    "invoices_invoice.digest": "everybody in the shop may read it",
    "invoices_invoicefile.digest": "that of a file, which everybody in the shop may read",
    "products_picture.digest": "a part of the address of a picture, which everybody in the shop may read",
    "stock_performer.salt": "without it nobody could check the names in the seals, or erase them after a move",
    "stock_performer.digest": "the seals have it",
    "stock_seal.digest": "everybody in the shop may read it",
    "stock_seal.nonce": "the file of the seal has it",
    "products_customfield.key": "a name that the shop has chosen",
    "tills_till.key_prefix": "a part of a key that finds its row",
    "users_securityevent.api_key_id": "the id of a key",
    "users_user.token_version": "tokens have it, signed",
    "users_knownnetwork.token_version": "the same",
}
# Numbers that are no ids, in columns of the type of ids.
NUMBERS = {
    "closings_closing.from_position", "closings_closing.number", "closings_closing.to_position", "sales_number.number",
    "invoices_invoice.number", "levels_level.fill_to", "levels_level.low_at", "prices_pricerow.least",
    "sales_series.number", "sales_series.position",
    "kits_kitpart.quantity", "kits_soldkit.quantity", "reservations_reservedkit.quantity",
    "events_deliveryattempt.position", "events_event.position", "events_feedhead.position",
    "events_lastnotice.position", "events_webhook.position", "products_code.quantity", "products_product.held",
    "products_offer.min_packs", "products_offer.pack_size",
    "products_product.min_threshold", "products_product.pack_size", "products_product.quantity",
    "products_product.stock_sequence", "purchasing_orderline.pack_size", "purchasing_orderline.quantity",
    "quotes_quotedkits.quantity", "quotes_quoteline.quantity", "reservations_reservationline.quantity",
    "sheets_entry.quantity",
    "stock_holding.quantity", "stock_import.rows", "stock_movement.new_quantity", "stock_movement.old_quantity",
    "stock_movement.quantity", "stock_movement.sequence", "stock_portion.quantity", "stock_seal.from_position",
    "stock_seal.movements", "stock_seal.number", "stock_seal.operations", "stock_seal.to_position",
    "stock_making.quantity", "stock_recipe.makes", "stock_recipepart.quantity",
    "stock_stockcount.counted", "stock_stockcount.expected",
}  # fmt: skip
NOT_IMPORTED = "stock_verification"
LEFT_OUT, SECRETS = collect("not_moved", ORDER), collect("secrets", ORDER)
SUSPICIOUS = ("password", "secret", "digest", "token", "key", "salt", "nonce", "lease")


def test_every_model_is_exported_or_left_out_on_purpose():
    exported = {table.model._meta.label for table in list_shop_tables()}
    ours = {model._meta.label for model in apps.get_models() if model._meta.app_label != "testing"}
    assert exported | LEFT_OUT.keys() | OF_NO_SHOP == ours
    assert not exported & (LEFT_OUT.keys() | OF_NO_SHOP)


def test_no_column_with_a_secret_is_exported():
    columns = {f"{table.name}.{name}" for table in list_shop_tables() for name in table.columns}
    found = {name for name in columns if any(word in name.partition(".")[2] for word in SUSPICIOUS)}
    assert found == NO_SECRETS.keys()


@pytest.mark.quick
def test_every_secret_is_a_column_that_a_move_fills():
    for table in list_shop_tables():
        fields = {field.column: field for field in table.model._meta.concrete_fields}
        assert SECRETS.get(table.name, set()) <= fields.keys()
        needed = {name for name in SECRETS.get(table.name, set()) if not fields[name].null}
        row = {"revoked_at": None, "off_reason": "", "token_version": 0}
        assert needed <= (collect_from_modules("arrivals", "ARRIVALS")[table.name](row).keys() if needed else set())


def test_every_number_is_an_id_that_a_move_shifts_or_no_id():
    """If this fails for a new column, add it to COLUMNS of the app's arrivals.py if it is an id, or else to NUMBERS."""
    numbers = {
        f"{table.name}.{field.column}"
        for table in list_shop_tables()
        for field in table.fields
        if isinstance(field, models.BigIntegerField) and not field.is_relation and not field.primary_key
        and table.name != NOT_IMPORTED
    }  # fmt: skip
    loose = {name for name, kind in collect_from_modules("arrivals", "COLUMNS").items() if kind in (ID, SHIFT)}
    assert numbers == NUMBERS | loose
    assert not NUMBERS & loose


def test_every_key_that_only_commit_checks_is_checked_by_the_import():
    """If this fails for a new key, the import must look for missing rows, as RULES of importing/sql.py do."""
    deferred = {
        f"{table.name}.{field.column}"
        for table in list_shop_tables()
        for field in table.fields
        if isinstance(field, models.ForeignKey) and field.db_constraint and field.related_model is not User
    }  # fmt: skip
    assert deferred == {"users_securityevent.api_key_id"}


def list_names(value, name=""):
    """Yield the name of each whole number in the value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from list_names(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from list_names(item, name)
    elif type(value) is int:
        yield name


# Numbers in JSON columns that are no ids.
NUMBERS_IN_JSON = {
    "quantity", "min_threshold", "number", "from_position", "to_position", "position", "created", "line", "pack_size",
    "threshold", "row", "total", "lead_days", "invoice_days", "decimals", "digits", "places", "sales", "returns",
    "late_count",
    "recipe_makes", "min_packs", "count",
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_every_number_in_json_is_known(world):
    """If this fails for a new name, add it to IDS_IN_JSON if it is an id, or else to NUMBERS_IN_JSON."""
    found = set()
    with ZipFile(export(world.shops["alice"].owner)) as archive:
        for table in list_shop_tables():
            columns = [field.column for field in table.fields if isinstance(field, models.JSONField)]
            for line in archive.read(f"tables/{table.name}.jsonl").splitlines() if table.name != NOT_IMPORTED else ():
                found |= {name for column in columns for name in list_names(json.loads(line)[column], column)}
    assert found >= {"id", "quantity", "seal"}
    assert found - NUMBERS_IN_JSON <= IDS_IN_JSON


# Parameters of lists and reports that are numbers, but no ids.
NUMBERS_IN_QUERIES = {"cover", "days", "number", "page", "page_size", "threshold"}


def test_every_number_in_the_query_of_a_view_is_known():
    """If this fails for a new parameter, add it to IDS_IN_QUERIES if it is an id, or else to NUMBERS_IN_QUERIES."""
    paths = generate_schema()["paths"]
    lists = [paths[f"/api/{address}/"]["get"].get("parameters", []) for address in list_routes()]
    numbers = {
        parameter["name"]
        for parameters in lists
        for parameter in parameters
        if parameter.get("in") == "query" and parameter["schema"].get("type") == "integer"
    }
    assert numbers >= {"customer", "days"}
    assert numbers - NUMBERS_IN_QUERIES <= IDS_IN_QUERIES


@pytest.mark.django_db(transaction=True)
def test_the_archive_has_all_rows_of_the_shop_and_no_others(world):
    alice, charlie = (world.shops[name].owner for name in ("alice", "charlie"))
    with ZipFile(export(alice)) as archive:
        counts = json.loads(archive.read("about.json"))["tables"]
        texts = b"".join(archive.read(name) for name in archive.namelist())
    rows = {apps.get_model(label)._meta.db_table: len(rows) for label, rows in rows_of(alice).items()}
    assert counts.items() >= {name: rows[name] for name in rows.keys() & counts.keys()}.items()
    assert rows.keys() - counts.keys() == {
        "evidence_pack", "idempotency_idempotencykey", "products_tally", "reports_salesday",
        "takeout_export", "users_factor",
    }  # fmt: skip
    assert b"xylograph" in texts
    assert b"quokkaberry" not in texts
    assert charlie.password.encode() not in texts
    assert alice.password.encode() not in texts


# --- The checker ---------------------------------------------------------------------------------------------


def check(file, tmp_path):
    path = tmp_path / "shop.zip"
    path.write_bytes(file.getvalue())
    done = subprocess.run([sys.executable, "-I", CHECKER, path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
def sealed(alice, kettle, charlie):
    """Return the export of a shop with two seals. Another shop has a seal, too."""
    make_product(charlie, "Pan", quantity=1)
    for owner in (alice, charlie):
        seal_account(owner_id=owner.pk)
    make_product(alice, "Cup", quantity=1)
    return export(alice)


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_the_checker_of_ten_lines_confirms_the_files_and_the_chain_of_seals(sealed, tmp_path):
    with ZipFile(sealed) as archive:
        assert archive.read("check.py").count(b"\n") <= 14
        files = len(archive.namelist()) - 1
    assert check(sealed, tmp_path) == (0, f"{files} files and 2 seals are as exported.\n")


@pytest.mark.django_db(transaction=True)
def test_the_checker_finds_a_changed_file_and_a_changed_seal_even_with_new_digests(sealed, tmp_path):
    changed = rewrite(sealed, **{"tables/products_product.csv": b"id\r\n"})
    assert check(changed, tmp_path) == (1, "Wrong: tables/products_product.csv.\n")
    with ZipFile(sealed) as archive:
        about = json.loads(archive.read("about.json"))
        seal = archive.read("seals/1.jsonl").replace(b"Kettle", b"Cattle")
    about["files"]["seals/1.jsonl"] = sha256(seal).hexdigest()
    changed = rewrite(sealed, **{"seals/1.jsonl": seal, "about.json": json.dumps(about).encode()})
    assert check(changed, tmp_path) == (1, "Wrong: the chain at seals/2.jsonl.\n")


def test_an_empty_file_is_no_archive(tmp_path):
    assert check(io.BytesIO(), tmp_path)[0] == 1
