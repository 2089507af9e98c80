"""A database backend for PostgreSQL with the extension Citus."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import UniqueConstraint

from core.database.citus import tables
from core.database.postgres import base


class SchemaEditor(DatabaseSchemaEditor):
    """Distributes each new table that has an owner, once `manage.py distribute` has distributed the others."""

    def __enter__(self) -> Any:
        editor = super().__enter__()
        if self.atomic_migration and not self.collect_sql:
            with self.connection.cursor() as cursor:
                if tables.has_citus(cursor):
                    tables.prepare_transaction(cursor)
        return editor

    def create_model(self, model: Any) -> None:
        if not self.belongs_to_shards(model):
            super().create_model(model)
            return
        # The unique constraints come first, because one of them replaces the primary key. The others follow when the
        # table is distributed: a local table can't refer to a distributed one.
        constraints, model._meta.constraints = model._meta.constraints, []
        super().create_model(model)
        model._meta.constraints = constraints
        uniques = [one for one in constraints if isinstance(one, UniqueConstraint)]
        for one in uniques:
            self.add_constraint(model, one)
        with self.connection.cursor() as cursor:
            tables.replace_primary_key(cursor, model._meta.db_table)
            tables.distribute_table(cursor, model._meta.db_table)
        for one in constraints:
            if one not in uniques:
                self.add_constraint(model, one)

    def belongs_to_shards(self, model: Any) -> bool:
        """Return whether the table is to be distributed: it has an owner, and the table of owners is distributed."""
        owner = next((field for field in model._meta.local_fields if field.name == "owner"), None)
        if self.collect_sql or owner is None or not owner.is_relation:
            return False
        owners = owner.remote_field.model._meta
        with self.connection.cursor() as cursor:
            is_owned = owners.label == settings.AUTH_USER_MODEL
            return is_owned and tables.has_citus(cursor) and tables.is_distributed(cursor, owners.db_table)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    has_versions = False  # each server has a copy of the users, whose rows have versions of its own
