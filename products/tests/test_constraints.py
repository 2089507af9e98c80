"""Raw SQL that breaks a named constraint is refused by this constraint."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from psycopg.errors import CheckViolation

from products.models import Category, Code, Picture, Product, Tax
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases

MODELS = (Product, Category, Supplier, Code, Picture)
POT = "UPDATE products_product SET {} WHERE name = 'Pot'"
STORED = ", ".join(field.column for field in Product._meta.concrete_fields if not field.generated)
PICTURE = "UPDATE products_picture SET {} WHERE digest = 'pot'"
CASE = "UPDATE products_code SET {} WHERE code = 'Case'"

# The statements that break each constraint. Alice has a kettle with all links and a pot without links; Charlie has some
# rows.
BROKEN_BY = {
    "products_product_quantity": [POT.format("quantity = 1000000001")],  # -1 would also be less than what is held
    "products_product_held": [
        POT.format("held = quantity + 1"),
        POT.format("held = -1"),
        POT.format("quantity = -1"),
    ],
    "products_product_keeps_stock": [
        POT.format("keeps_stock = false, min_threshold = 5"),
        POT.format("keeps_stock = false, min_threshold = NULL, quantity = 1"),
    ],
    "products_product_stock_sequence": [POT.format("stock_sequence = -1")],
    "products_product_stock_value": [
        POT.format("stock_value = -0.01"),
        POT.format("stock_value = 0.01"),  # a value without a quantity
        POT.format("stock_value = 'NaN'"),
    ],
    "products_product_min_threshold": [POT.format("min_threshold = -1"), POT.format("min_threshold = 1000000001")],
    "products_product_pack_size": [POT.format("pack_size = 0"), POT.format("pack_size = 1000000001")],
    "products_product_decimals": [POT.format("decimals = -1"), POT.format("decimals = 4")],
    "products_product_price": [POT.format("price = -0.01"), POT.format("price = 'NaN'")],
    "products_product_cost_price": [POT.format("cost_price = -0.01"), POT.format("cost_price = 'NaN'")],
    "products_product_sku": [POT.format("sku = 'öL'"), "UPDATE products_product SET archived_at = NULL"],
    "products_product_barcode": [POT.format("barcode = 'öL'")],
    "products_product_external_id": [POT.format("external_id = 'öL'")],
    "products_product_supplier": [
        POT.format("supplier_id = (SELECT id FROM suppliers_supplier WHERE name = 'Theirs')"),
        POT.format("supplier_id = 1000000000000"),
        "UPDATE suppliers_supplier SET owner_id = 1000000000000 WHERE name = 'Ours'",
        "DELETE FROM suppliers_supplier WHERE name = 'Ours'",
    ],
    "products_product_tax": [
        POT.format("tax_id = (SELECT id FROM products_tax WHERE name = 'Theirs')"),
        POT.format("tax_id = 1000000000000"),
        "UPDATE products_tax SET owner_id = 1000000000000 WHERE name = 'Ours'",
        "DELETE FROM products_tax WHERE name = 'Ours'",
    ],
    "products_product_category": [
        POT.format("category_id = (SELECT id FROM products_category WHERE name = 'Theirs')"),
        POT.format("category_id = 1000000000000"),
        "UPDATE products_category SET owner_id = 1000000000000 WHERE name = 'Ours'",
        "DELETE FROM products_category WHERE name = 'Ours'",
    ],
    "products_category_name": ["UPDATE products_category SET name = 'oURS' WHERE name = 'Unused'"],
    "suppliers_supplier_name": ["UPDATE suppliers_supplier SET name = 'oURS' WHERE name = 'Unused'"],
    "suppliers_supplier_external_id": ["UPDATE suppliers_supplier SET external_id = 'x'"],
    "suppliers_supplier_lead_days": [
        "UPDATE suppliers_supplier SET lead_days = -1",
        "UPDATE suppliers_supplier SET lead_days = 366",
    ],
    "products_product_code_count": [POT.format("code_count = -1"), POT.format("code_count = 21")],
    "products_code_product": [
        CASE.format("product_id = (SELECT id FROM products_product WHERE name = 'Theirs')"),
        CASE.format("product_id = 1000000000000"),
        "UPDATE products_product SET id = 1000000000000 WHERE name = 'Pot'",
    ],
    "products_code_code": [
        CASE.format("code = 'tASSE'"),
        "UPDATE products_code SET is_live = true",
    ],
    "products_code_not_empty": [CASE.format("code = ''")],
    "products_code_quantity": [CASE.format("quantity = 0"), CASE.format("quantity = 1000000001")],
    "products_code_owner_row": ["INSERT INTO products_code SELECT * FROM products_code LIMIT 1"],
    "products_picture_product": [
        PICTURE.format("product_id = (SELECT id FROM products_product WHERE name = 'Theirs')"),
        PICTURE.format("product_id = 1000000000000"),
    ],
    "products_picture_of_product": [
        "INSERT INTO products_picture (owner_id, product_id, large, small, digest, created_at, updated_at)"
        " SELECT owner_id, product_id, large, small, digest, created_at, updated_at FROM products_picture"
    ],
    "products_picture_large": [PICTURE.format("large = convert_to(repeat('x', 200001), 'UTF8')")],
    "products_picture_small": [PICTURE.format("small = convert_to(repeat('x', 12001), 'UTF8')")],
    "products_picture_owner_row": ["INSERT INTO products_picture SELECT * FROM products_picture LIMIT 1"],
    "products_product_owner_row": [
        f"INSERT INTO products_product ({STORED}) SELECT {STORED} FROM products_product WHERE name = 'Pot'"
    ],
    "products_category_owner_row": ["INSERT INTO products_category SELECT * FROM products_category LIMIT 1"],
    "suppliers_supplier_merged_into": [
        "UPDATE suppliers_supplier SET archived_at = now(), merged_into_id = 1000000000000 WHERE name = 'Unused'",
        "UPDATE suppliers_supplier SET archived_at = now(), merged_into_id = "
        "(SELECT id FROM suppliers_supplier WHERE name = 'Theirs') WHERE name = 'Unused'",
    ],
    "suppliers_supplier_is_merged": [
        "UPDATE suppliers_supplier SET archived_at = now(), merged_into_id = id WHERE name = 'Unused'",
    ],
    "suppliers_supplier_owner_row": ["INSERT INTO suppliers_supplier SELECT * FROM suppliers_supplier LIMIT 1"],
}


@pytest.fixture
def shop(alice, charlie):
    ours = {}
    for field, model in (("supplier", Supplier), ("category", Category)):
        ours[field] = model.objects.create(owner=alice, name="Ours")
        model.objects.create(owner=alice, name="Unused")
        model.objects.create(owner=charlie, name="Theirs")
    for owner, name in ((alice, "Ours"), (charlie, "Theirs")):
        tax = Tax.objects.create(owner=owner, name=name, rate=19)
        ours.setdefault("tax", tax)
    make_product(alice, "Kettle", quantity=10, sku="Öl", barcode="Öl", external_id="Öl", **ours)
    pot = make_product(alice, "Pot")
    old = make_product(alice, "Old kettle", sku="Öl", archived_at="2026-01-01T00:00:00Z")
    for product, code, is_live in ((pot, "Case", True), (pot, "Tasse", True), (old, "Tasse", False)):
        Code.objects.create(owner=alice, product=product, code=code, is_live=is_live)
    Picture.objects.create(owner=alice, product=pot, large=b"large", small=b"small", digest="pot")
    make_product(charlie, "Theirs", sku="Öl", barcode="Öl")


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_every_constraint_has_a_statement_that_breaks_it():
    assert set(BROKEN_BY) == {constraint.name for model in MODELS for constraint in model._meta.constraints}


@pytest.mark.quick
@pytest.mark.usefixtures("shop")
@all_cases("name", BROKEN_BY)
def test_the_database_refuses_the_statement_and_names_the_constraint(name):
    if name.endswith("_owner_row"):
        drop_primary_key(name.removesuffix("_owner_row"))
    for statement in BROKEN_BY[name]:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            run(statement)
        assert refused.value.__cause__.diag.constraint_name == name


@pytest.mark.quick
@pytest.mark.usefixtures("shop")
def test_the_database_refuses_other_decimals_once_the_product_has_moved():
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        run("UPDATE products_product SET decimals = 2 WHERE name = 'Kettle'")
    assert refused.value.__cause__.diag.constraint_name == "products_product_decimals_fixed"
    run(POT.format("decimals = 2"))


# The values that triggers refuse.
REFUSED = {
    "min_threshold": -1, "pack_size": 0, "price": "NaN", "cost_price": -0.01, "decimals": 4, "code_count": 21
}  # fmt: skip
POT_WITH = f"SELECT {STORED} FROM products_product WHERE name = 'Pot'"


def pot_with(column, value):
    """Return the SELECT of a new row like that of the pot, but with this value."""
    return POT_WITH.replace(f" {column},", f" '{value}',").replace("SELECT id,", "SELECT id + 1000000,")


@pytest.mark.quick
@pytest.mark.usefixtures("shop")
@all_cases("column", REFUSED)
def test_the_database_refuses_an_inserted_row_and_names_the_trigger(column):
    insert = f"INSERT INTO products_product ({STORED})"
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        run(f"{insert} {pot_with(column, REFUSED[column])}")
    assert refused.value.__cause__.diag.constraint_name == f"products_product_{column}"
    run(f"{insert} {pot_with(column, 1)}")


def copy_row(select):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row::text FROM ({select}) AS row")
        [[row]] = cursor.fetchall()
        with cursor.copy(f"COPY products_product ({STORED}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(row.strip("()"))


@pytest.mark.usefixtures("shop")
@all_cases("column", REFUSED)
def test_the_database_refuses_a_copied_row_and_names_the_trigger(column):
    with pytest.raises(CheckViolation) as refused, transaction.atomic():
        copy_row(pot_with(column, REFUSED[column]))
    assert refused.value.diag.constraint_name == f"products_product_{column}"
    copy_row(pot_with(column, 1))


def drop_primary_key(table):
    """Drop the primary key, because the statement would break it before the unique constraint on owner and id."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")


@pytest.mark.usefixtures("shop")
def test_the_database_accepts_valid_rows():
    for change in ("quantity = 1000000000", "min_threshold = 0", "price = 9999999999.99", "sku = '', barcode = ''"):
        run(POT.format(change))
    for table, field in (("suppliers_supplier", "supplier"), ("products_category", "category")):
        run(POT.format(f"{field}_id = (SELECT id FROM {table} WHERE name = 'Ours')"))
        run(POT.format(f"{field}_id = NULL"))
    run("UPDATE products_product SET archived_at = now() WHERE name = 'Kettle'")
    run(POT.format("sku = 'ÖL', barcode = 'ÖL'"))


@pytest.mark.usefixtures("shop")
@all_cases("price", ["price", "cost_price"])
def test_the_column_refuses_a_price_that_is_too_long(price):
    with pytest.raises(DataError, match="numeric field overflow"):
        run(POT.format(f"{price} = 10000000000"))
