"""SQL without the models: for every key of every model, the database refuses to link rows of two accounts."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.database.constraints import OwnedForeignKey
from core.ownership import OwnedModel
from testing.cast.shops import OWNED

pytestmark = pytest.mark.usefixtures("shared_world")
KEYS = [
    field
    for model in OWNED
    for field in model._meta.get_fields()
    if (field.many_to_one or field.many_to_many or field.one_to_one)
    and not field.auto_created
    and issubclass(field.related_model, OwnedModel)
]
# These values of a copied row satisfy the unique constraints, so that only the foreign key can refuse it.
OTHER_PLACE = "(SELECT max(id) FROM stock_location AS other WHERE other.owner_id = {table}.owner_id)"
OTHER_OPERATION = "(SELECT max(id) FROM stock_operation AS other WHERE other.owner_id = {table}.owner_id)"
UNIQUE_VALUES = {"location_id": OTHER_PLACE, "sku": "''", "barcode": "''", "external_id": "NULL"}
UNIQUE_VALUES |= {"sequence": "sequence + 1000", "operation_id": OTHER_OPERATION, "code": "'other'"}
# The lines of a sheet are unique by their products.
OTHER_PRODUCT = "(SELECT max(other.id) FROM products_product AS other WHERE other.owner_id = {table}.owner_id)"
UNIQUE_IN_TABLE = {
    "sheets_sheetline": {"product_id": OTHER_PRODUCT},
    "products_profile": {"product_id": OTHER_PRODUCT, "options": "jsonb_build_object('other', id)"},
    "products_picture": {"product_id": OTHER_PRODUCT},
    "reservations_reservation": {
        "number": "NULL",
        "operation_id": f"CASE WHEN operation_id IS NOT NULL THEN {OTHER_OPERATION} END",
    },
    "stock_returned": {
        "movement_id": "(SELECT min(id) FROM stock_movement AS other WHERE other.owner_id = {table}.owner_id)"
    },
    "sales_number": {"number": "number + 1000"},
    "closings_closing": {"number": "number + 1000"},
    "invoices_invoice": {"number": "number + 1000"},
    "quotes_quote": {"number": "number + 1000"},
}
# Charlie has the numbers of the first ones, too, but not those of the last ones. So these can be moved to him.
MOVED_LAST = {"invoices_invoice", "invoices_invoicefile", "quotes_quote", "quotes_quotedkits", "quotes_quoteline"}


@pytest.fixture
def without_triggers(world):
    """Disable the triggers of the ledger, because they would refuse an update before a key does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table can't be altered while checks are pending
        for model in OWNED:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")


def run_statement(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def constraint_refusing(statement, *values):
    """Return the name of the constraint that refuses the statement, or None if the statement succeeds."""
    try:
        run_statement(statement, *values)
    except IntegrityError as refused:
        return refused.__cause__.diag.constraint_name


def constraint_name(key):
    """Return the name of the key's constraint."""
    (name,) = (c.name for c in key.model._meta.constraints if isinstance(c, OwnedForeignKey) and c.field == key.name)
    return name


def find_link(key, world):
    """Return a row of Alice that has the key set, and the id of a row of Charlie."""
    rows = key.model.objects.filter(owner=world.users["alice"]).exclude(**{key.name: None})
    row = rows.last() if key.model._meta.db_table in MOVED_LAST else rows.first()
    return row, world.shops["charlie"].id_of(key.related_model)


def update_statement(key):
    return f"UPDATE {key.model._meta.db_table} SET {key.column} = %s WHERE id = %s"


def insert_statement(key):
    """Return a statement that copies a row with another value of the key."""
    columns = [field.column for field in key.model._meta.local_fields if not (field.primary_key or field.generated)]
    table = key.model._meta.db_table
    unique = UNIQUE_VALUES | UNIQUE_IN_TABLE.get(table, {})
    values = ["%s" if column == key.column else unique.get(column, column) for column in columns]
    selected = ", ".join(values).format(table=table)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {selected} FROM {table} WHERE id = %s"


def test_finds_the_keys_between_owned_rows():
    assert {f"{key.model.__name__}.{key.name}" for key in KEYS} >= {
        "Product.supplier", "Product.category", "Movement.product", "Movement.operation", "Operation.reverses",
    }  # fmt: skip
    assert not any(key.many_to_many for key in KEYS)  # the table between the models would have no owner


def test_refuses_to_link_a_row_to_another_account(world, without_triggers):
    for key in KEYS:
        row, foreign = find_link(key, world)
        assert constraint_refusing(update_statement(key), foreign, row.pk) == constraint_name(key), key


def test_refuses_to_insert_a_row_linked_to_another_account(world):
    for key in KEYS:
        row, foreign = find_link(key, world)
        assert constraint_refusing(insert_statement(key), foreign, row.pk) == constraint_name(key), key


def test_refuses_to_move_a_link_target_to_another_account(world, without_triggers):
    for key in KEYS:
        row, _ = find_link(key, world)
        target = key.related_model
        keys = {constraint_name(one) for one in KEYS if target in (one.model, one.related_model)}
        moved = f"UPDATE {target._meta.db_table} SET owner_id = %s WHERE id = %s"
        assert constraint_refusing(moved, world.users["charlie"].pk, getattr(row, key.column)) in keys, key


def test_refuses_to_move_a_linking_row_to_another_account(world, without_triggers):
    for key in KEYS:
        row, _ = find_link(key, world)
        keys = {constraint_name(one) for one in KEYS if key.model in (one.model, one.related_model)}
        moved = f"UPDATE {key.model._meta.db_table} SET owner_id = %s WHERE id = %s"
        assert constraint_refusing(moved, world.users["charlie"].pk, row.pk) in keys, key


def test_the_links_succeed_without_the_constraints(world, without_triggers):
    """This is the negative control: only the constraint refuses the statements."""
    for key in KEYS:
        row, foreign = find_link(key, world)
        for statement in (insert_statement(key), update_statement(key)):
            with transaction.atomic():
                run_statement(f"ALTER TABLE {key.model._meta.db_table} DROP CONSTRAINT {constraint_name(key)}")
                assert run_statement(statement, foreign, row.pk) == 1, key
                transaction.set_rollback(True)
