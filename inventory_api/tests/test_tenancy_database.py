"""Past the code: no SQL links rows of two accounts, or moves a linked one. Every key of every model is tried."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.constraints import OwnedForeignKey
from core.ownership import OwnedModel
from testing.shops import OWNED

KEYS = [
    field
    for model in OWNED
    for field in model._meta.get_fields()
    if (field.many_to_one or field.many_to_many or field.one_to_one)
    and not field.auto_created
    and issubclass(field.related_model, OwnedModel)
]
# What a copied row must have of its own, so that nothing but the foreign key can refuse it.
OF_ITS_OWN = {"sku": "''", "barcode": "''", "sequence": "sequence + 1000"}
every_key = pytest.mark.parametrize("key", KEYS, ids=str)


@pytest.fixture
def writable(world):
    """The ledger's own triggers off: they would refuse an update before a key could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table is not altered while a check is put off
        for model in OWNED:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused_by(statement, *values):
    with pytest.raises(IntegrityError) as refused:
        run(statement, *values)
    return refused.value.__cause__.diag.constraint_name


def name_of(key):
    """The constraint that stands for the key."""
    (name,) = (c.name for c in key.model._meta.constraints if isinstance(c, OwnedForeignKey) and c.field == key.name)
    return name


def linked(key, world):
    """A row of Alice's, and one of Charlie's that it must not point at."""
    row = key.model.objects.filter(owner=world.users["alice"]).exclude(**{key.name: None}).first()
    return row, world.shops["charlie"].id_of(key.related_model)


def update(key):
    return f"UPDATE {key.model._meta.db_table} SET {key.column} = %s WHERE id = %s"


def copy(key):
    """INSERT a row like the one given, with the key's column set."""
    columns = [field.column for field in key.model._meta.local_fields if not field.primary_key]
    values = [OF_ITS_OWN.get(column, "%s" if column == key.column else column) for column in columns]
    table = key.model._meta.db_table
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE id = %s"


def test_there_are_keys_to_try():
    assert {f"{key.model.__name__}.{key.name}" for key in KEYS} >= {
        "Product.supplier", "Product.category", "Movement.product", "Movement.operation", "Operation.reverses",
    }  # fmt: skip
    assert not any(key.many_to_many for key in KEYS)  # its own table would have no owner


@every_key
def test_no_row_is_made_to_point_into_another_account(world, writable, key):
    row, foreign = linked(key, world)
    assert refused_by(update(key), foreign, row.pk) == name_of(key)


@every_key
def test_no_row_that_points_into_another_account_is_added(world, key):
    row, foreign = linked(key, world)
    assert refused_by(copy(key), foreign, row.pk) == name_of(key)


@every_key
def test_no_row_that_is_pointed_at_moves_to_another_account(world, writable, key):
    row, _ = linked(key, world)
    target = key.related_model
    keys = {name_of(one) for one in KEYS if target in (one.model, one.related_model)}
    moved = f"UPDATE {target._meta.db_table} SET owner_id = %s WHERE id = %s"
    assert refused_by(moved, world.users["charlie"].pk, getattr(row, key.column)) in keys


@every_key
def test_no_row_that_points_moves_to_another_account(world, writable, key):
    row, _ = linked(key, world)
    keys = {name_of(one) for one in KEYS if key.model in (one.model, one.related_model)}
    moved = f"UPDATE {key.model._meta.db_table} SET owner_id = %s WHERE id = %s"
    assert refused_by(moved, world.users["charlie"].pk, row.pk) in keys


@every_key
def test_without_the_constraint_the_link_would_be_made(world, writable, key):
    """Negative control: nothing else refuses the same statements."""
    row, foreign = linked(key, world)
    run(f"ALTER TABLE {key.model._meta.db_table} DROP CONSTRAINT {name_of(key)}")
    for statement in (copy(key), update(key)):
        with transaction.atomic():
            assert run(statement, foreign, row.pk) == 1
            transaction.set_rollback(True)
