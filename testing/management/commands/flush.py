"""Empties the tables after each test that ran without a surrounding transaction."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.management.commands import flush
from django.db import connection, transaction

from core.database.citus.tables import has_citus
from testing.servers.databases import is_superuser
from users.access import support_group

# Django's command would empty these tables and fill them again, which takes a second.
FILLED_BY_MIGRATIONS = {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type"}


def list_emptied_tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [f'"{name}"' for name in names if name not in FILLED_BY_MIGRATIONS]


@transaction.atomic
def delete_rows() -> None:
    """Delete all rows after all running writes have ended.

    Triggers would refuse it, so they are off for this transaction.
    """
    tables = list_emptied_tables()
    with connection.cursor() as cursor:
        if has_citus(cursor):
            cursor.execute("SET LOCAL citus.propagate_set_commands = 'local'")  # the servers with the rows need it, too
            cursor.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(";".join(f"DELETE FROM {table}" for table in tables))


def restore_permissions() -> None:
    """Seed the group again if a test has deleted it or created others. Number its rows after those that exist."""
    if [group.name for group in Group.objects.all()] != [support_group.NAME]:
        Group.objects.all().delete()
        support_group.seed()
    with connection.cursor() as cursor:  # a test with `reset_sequences` starts these at 1 as well
        for statement in connection.ops.sequence_reset_sql(no_style(), [Group, Permission, ContentType]):
            cursor.execute(statement)


class Command(flush.Command):
    """Deletes all rows. Django truncates all tables: a tenth of a second even if they are empty, seconds on Citus."""

    def handle(self, **options: Any) -> None:
        if is_superuser():
            delete_rows()
            restore_permissions()
        else:
            super().handle(**options)
