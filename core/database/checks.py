"""Checks of the database.

`manage.py migrate` runs the one of the tables. `manage.py check --deploy` runs those for a service behind a pooler: the
settings of the pooler and of the role.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS
from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from core.database.drift import describe_drift, pending_migrations
from core.database.settings import PLANNING

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
