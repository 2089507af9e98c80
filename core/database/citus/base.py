"""A database backend for PostgreSQL with the extension Citus."""

from core.database.citus.schema import SchemaEditor
from core.database.postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
