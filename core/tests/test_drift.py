"""A database whose tables are not those of its recorded migrations is refused, before anything is changed."""

import sys

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from core.database.checks import MAX_NAMED, describe_drift
from inventory_api import __main__ as start_program
from ops import doctor
from trade.tills.models import Till

pytestmark = pytest.mark.django_db
NAMED = "(suppliers_supplier.lead_days is missing)"


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def rewritten(db):
    """Drop a column, as if the migration that is recorded had another text when it was applied."""
    execute("ALTER TABLE suppliers_supplier DROP COLUMN lead_days")


@pytest.fixture(params=[0, 1], ids=["migrated", "pending"])
def pending(request):
    """Return the number of pending migrations. With any, the tables are compared with the recorded migrations."""
    return request.param


def test_a_migrated_database_has_the_tables_of_its_migrations(pending):
    assert describe_drift(pending) == ""


def test_an_empty_database_has_nothing_to_compare():
    MigrationRecorder.Migration.objects.all().delete()
    assert describe_drift(1) == ""


def test_names_a_missing_column_and_what_to_do(rewritten, pending):
    assert NAMED in describe_drift(pending)
    assert describe_drift(pending).endswith("or in a demo run make reset.")


def test_names_an_unknown_column_that_inserts_would_have_to_fill(pending):
    execute("ALTER TABLE suppliers_supplier ADD COLUMN town text NOT NULL")
    assert "(suppliers_supplier.town is unknown and required)" in describe_drift(pending)


def test_counts_what_it_does_not_name(pending):
    execute("ALTER TABLE tills_till RENAME TO tills_register")
    columns = sorted(field.column for field in Till._meta.local_concrete_fields)
    named = [f"tills_till.{column} is missing" for column in columns[:MAX_NAMED]]
    assert f"({', '.join(named)}, and {len(columns) - MAX_NAMED} more)" in describe_drift(pending)


def test_accepts_the_tables_of_a_later_release(pending):
    execute("ALTER TABLE suppliers_supplier ADD COLUMN town text")
    execute("ALTER TABLE suppliers_supplier ADD COLUMN floors integer NOT NULL DEFAULT 1")
    execute(
        "ALTER TABLE suppliers_supplier ADD COLUMN twins integer NOT NULL GENERATED ALWAYS AS (2 * lead_days) STORED"
    )
    execute("CREATE TABLE buying_order (id bigint PRIMARY KEY)")
    MigrationRecorder.Migration.objects.create(app="buying", name="0001_initial")
    assert describe_drift(pending) == ""


def test_the_database_is_not_ready(client, rewritten):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "tables_differ")
    assert NAMED in answer.json()["detail"]


def test_the_start_refuses_it_in_one_sentence(rewritten, settings, monkeypatch):
    settings.PORT = 0
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.setattr(start_program, "is_created", lambda: True)
    monkeypatch.setattr(start_program.connection, "close", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        start_program.is_prepared()
    assert NAMED in stopped.value.code
    assert "\n" not in stopped.value.code


def test_migrating_refuses_it_and_changes_nothing(rewritten):
    MigrationRecorder.Migration.objects.filter(app="takeout").delete()
    with pytest.raises(SystemCheckError, match=r"core\.E001.*lead_days is missing"):
        call_command("migrate", skip_checks=False, verbosity=0)
    assert not MigrationRecorder.Migration.objects.filter(app="takeout").exists()


def test_the_doctor_names_it(rewritten):
    name, ok, text = [*doctor.check_database()][-1]
    assert (name, ok) == ("tables", False)
    assert NAMED in text
