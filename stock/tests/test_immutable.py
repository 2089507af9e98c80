"""What was booked stays as it was: the models, the querysets and the database refuse."""

from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction

from stock.models import Movement, Operation

ROWS = [Movement, Operation]


@pytest.mark.parametrize("model", ROWS)
@pytest.mark.parametrize(
    "attempt",
    [
        lambda rows: rows.first().save(),
        lambda rows: rows.first().delete(),
        lambda rows: rows.update(owner_id=1),
        lambda rows: rows.delete(),
        lambda rows: rows.create(),
    ],
)
def test_the_models_refuse(kettle, model, attempt):
    with pytest.raises(TypeError, match="ledger"):
        attempt(model.objects.all())


@pytest.mark.parametrize("table", ["stock_movement", "stock_operation"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET owner_id = owner_id", "DELETE FROM {}"])
def test_the_database_refuses(kettle, table, statement):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert refused.value.__cause__.diag.constraint_name == "stock_immutable"


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["stock_movement", "stock_operation"])
def test_a_real_database_refuses_to_empty_the_ledger(table):
    # Test databases leave it to the test runner, so the trigger's condition is read instead of tripped here.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [f"{table}_not_emptied"])
        definition = cursor.fetchone()[0]
    assert "BEFORE TRUNCATE" in definition
    assert "current_database() !~~ 'test\\_%'" in definition


@pytest.mark.django_db(transaction=True)
def test_truncate_is_refused_where_the_database_is_not_a_test_s():
    name = "scratch_of_immutable"
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # a busy disk takes its time for a new database
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    scratch = connections["default"].copy(alias="scratch")
    scratch.settings_dict["NAME"] = name
    try:
        with scratch.cursor() as cursor:
            cursor.execute(trigger_of("stock_movement"))
            with pytest.raises(IntegrityError, match="immutable"):
                cursor.execute("TRUNCATE stock_movement")
    finally:
        scratch.close()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
            cursor.execute("RESET statement_timeout")


def trigger_of(table: str) -> str:
    """The migration's own statements, on an empty table of the same name."""
    migration = import_module("stock.migrations.0002_immutable")
    return f"CREATE TABLE {table} (id int); {migration.FUNCTION}; {migration.TRIGGERS.format(table=table)}"


@pytest.mark.django_db(transaction=True)  # an index is built concurrently, which no transaction allows
def test_the_migration_can_be_taken_back():
    call_command("migrate", "stock", "0001", verbosity=0)
    call_command("migrate", "stock", verbosity=0)
