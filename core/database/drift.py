"""Compare the tables of the database with the migrations that it has recorded.

Before release 1.0.0 migrations were rewritten under their old names. So a database of that time has recorded them, but
has other tables. Migrating it may succeed, and then every request fails. Tables that a later release has migrated are
accepted, as `docs/upgrading.md` promises: they may have further columns, which may be null or have a default.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

MAX_NAMED = 2
# Returns the columns of the tables with these names.
COLUMNS = """
SELECT relname, attname, attnotnull AND NOT atthasdef AND attidentity = ''
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relname = ANY(%s) AND pg_table_is_visible(pg_class.oid) AND attnum > 0 AND NOT attisdropped
"""


class Column(NamedTuple):
    """A column of a table. It is required if an INSERT has to name it."""

    table: str
    name: str
    is_required: bool


def describe_drift(pending: int) -> str:
    """Return why the database can't be used and what to do, or an empty text. `pending` is of pending_migrations()."""
    models = list_models(MigrationRecorder(connection).applied_migrations()) if pending else apps.get_models(True)
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [[model._meta.db_table for model in models]])
        found = name_differences(models, map(Column._make, cursor.fetchall()))
    return found and (
        f"This database can't be used, because its tables are not those of its recorded migrations, as before release"
        f" 1.0.0 ({found}): set another database, restore a backup of a release with REPLACE=yes, or in a demo run"
        " make reset."
    )


def list_models(applied: Iterable[tuple[str, str]]) -> list[Any]:
    """Return the models as these migrations have left them. Migrations that this release does not have are ignored."""
    loader = MigrationLoader(None)
    known = [key for key in applied if key in loader.graph.nodes]
    return loader.project_state(known).apps.get_models(include_auto_created=True) if known else []


def name_differences(models: Iterable[Any], columns: Iterable[Column]) -> str:
    """Return in words which columns of the models' tables are missing, and which unknown ones are required."""
    expected = {(model._meta.db_table, field.column) for model in models for field in model._meta.local_concrete_fields}
    tables = {table for table, _name in expected}
    found = {column[:2]: column.is_required for column in columns if column.table in tables}
    wrong = [f"{table}.{name} is missing" for table, name in sorted(expected - found.keys())]
    unknown = sorted(key for key, is_required in found.items() if is_required and key not in expected)
    wrong += [f"{table}.{name} is unknown and required" for table, name in unknown]
    more = [f"and {len(wrong) - MAX_NAMED} more"] if len(wrong) > MAX_NAMED else []
    return ", ".join([*wrong[:MAX_NAMED], *more])


def pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
