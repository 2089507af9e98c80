"""Operations and movements are never changed: models, querysets and triggers refuse changes."""

from importlib import import_module

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction

from stock.models import Movement, Operation
from testing.tables import all_cases

ROWS = [Movement, Operation]


@pytest.mark.measured
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
def test_the_models_refuse_changes(kettle, model, attempt):
    with pytest.raises(TypeError, match="ledger"):
        attempt(model.objects.all())


@pytest.mark.quick
@all_cases("table", ["stock_movement", "stock_operation"])
@all_cases("statement", ["UPDATE {} SET owner_id = owner_id", "DELETE FROM {}"])
def test_the_database_refuses_changes(kettle, table, statement):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert refused.value.__cause__.diag.constraint_name == "stock_immutable"


@pytest.mark.quick
@pytest.mark.whole
@pytest.mark.django_db
@pytest.mark.parametrize("table", ["stock_movement", "stock_operation", "stock_performer"])
def test_a_real_database_refuses_to_empty_the_ledger(table):
    # In a test database the trigger allows TRUNCATE, so this test reads the trigger's condition.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [f"{table}_not_emptied"])
        definition = cursor.fetchone()[0]
    assert "BEFORE TRUNCATE" in definition
    assert "current_database() !~~ 'test\\_%'" in definition


@pytest.mark.django_db(transaction=True)
def test_refuses_truncate_outside_of_a_test_database():
    name = "scratch_of_immutable"
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # creating a database can take long on a busy disk
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    scratch = connections["default"].copy(alias="scratch")
    scratch.settings_dict["NAME"] = name
    try:
        with scratch.cursor() as cursor:
            cursor.execute(make_trigger_statements("stock_movement"))
            with pytest.raises(IntegrityError, match="immutable"):
                cursor.execute("TRUNCATE stock_movement")
    finally:
        scratch.close()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
            cursor.execute("RESET statement_timeout")


def make_trigger_statements(table: str) -> str:
    """Return the migration's statements, preceded by an empty table of the same name."""
    migration = import_module("stock.migrations.0001_initial")
    triggers = [trigger.format(table=table) for trigger in migration.TRIGGERS]
    return "; ".join([f"CREATE TABLE {table} (id int)", migration.FUNCTION, *triggers])


@pytest.mark.long  # test_migrations.py checks that each operation can be reversed
@pytest.mark.django_db(transaction=True)
def test_the_migrations_can_be_reversed():
    call_command("migrate", "stock", "zero", verbosity=0)
    call_command("migrate", verbosity=0)  # the apps above migrate, too, because their tables depend on these
