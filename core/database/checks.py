"""Checks of the database, and of its tables against the migrations that it has recorded.

`manage.py migrate` runs the one of the tables. `manage.py check --deploy` runs those for a service behind a pooler: the
settings of the pooler and of the role.

Before release 1.0.0 migrations were rewritten under their old names. So a database of that time has recorded them, but
has other tables. Migrating it may succeed, and then every request fails. Tables that a later release has migrated are
accepted, as `docs/upgrading.md` promises: they may have further columns, which may be null or have a default.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connection
from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import ConnectionHandler

from core.database.sequences import find_set_back
from core.database.settings import PLANNING

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


DEFAULT_STATEMENT_SECONDS = 5
# Returns the role and the names of the parameters that it has to set: time limits of 0, and `jit` if it is on.
MISSING = """
    SELECT quote_ident(current_user), array_agg(name ORDER BY name)
    FROM pg_settings WHERE name = ANY(%s) AND setting IN ('0', 'on')
"""
# Counts the statements whose names psycopg has given.
OWN_NAMES = "SELECT count(*) FROM pg_prepared_statements WHERE starts_with(name, '_pg3_')"


@register(Tags.database)
def check_tables(app_configs: Any, databases: Any = None, **options: Any) -> list[CheckMessage]:
    """Check that the tables are those of the recorded migrations: other tables would only be seen after migrating."""
    drift = describe_drift(pending_migrations()) if DEFAULT_DB_ALIAS in (databases or ()) else ""
    return [Error(drift, id="core.E001")] if drift else []


@register(Tags.database)
def check_sequences(app_configs: Any, databases: Any = None, **options: Any) -> Iterator[CheckMessage]:
    """Check that new rows get new ids. In a copied database that has lost power, sequences may have gone back."""
    for what in find_set_back() if DEFAULT_DB_ALIAS in (databases or ()) else ():
        yield Error(what, id="core.E003")


@register(deploy=True)
def check_pooler(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Check the connection of the service, even if this command uses a direct one."""
    if settings.POOLER == "off":
        return []
    connection = ConnectionHandler({"default": settings.SERVICE_DATABASE})["default"]
    try:
        return [*check_direct_database(), *check_role(connection), *check_prepared_statements(connection)]
    except DatabaseError as error:
        reason = " ".join(str(error).split())
        return [Warning(f"The pooler can't be checked, because it can't be used: {reason}", id="core.W004")]
    finally:
        connection.close()


def check_direct_database() -> Iterator[CheckMessage]:
    if settings.DIRECT_DATABASE is None:
        yield Warning(
            "DIRECT_DATABASE_URL is not set, so commands connect through the pooler: the role's time limits end long"
            " ones, such as migrate and verify_stock.",
            hint="Set DIRECT_DATABASE_URL to the address of the database itself.",
            id="core.W001",
        )


def check_role(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Yield a warning if the role does not set all parameters of the service. Its hint has statements that do."""
    limits = settings.TIME_LIMITS
    wanted = limits._replace(statement=limits.statement or DEFAULT_STATEMENT_SECONDS).as_parameters() | PLANNING
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [list(wanted)])
        role, missing = cursor.fetchone()
    if missing:
        statements = [f"ALTER ROLE {role} SET {name} = '{wanted[name]}';" for name in missing]
        yield Warning(
            f"The service's role does not set {', '.join(missing)}: a pooler does not pass them on.",
            hint=f"Execute in the database: {' '.join(statements)}",
            id="core.W002",
        )


def check_prepared_statements(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Yield a warning if the server has statements with psycopg's names: a pooler that keeps them renames them."""
    if settings.POOLER != "prepared":
        return
    connection.ensure_connection()
    with connection.connection.transaction():
        connection.connection.execute("SELECT 1", prepare=True)
        row = connection.connection.execute(OWN_NAMES).fetchone()
    if row[0]:
        yield Warning(
            "DB_POOLER is 'prepared', but the pooler does not keep prepared statements, so requests may fail.",
            hint="Use PgBouncer 1.22 or newer with max_prepared_statements = 200, or set DB_POOLER=on.",
            id="core.W003",
        )
