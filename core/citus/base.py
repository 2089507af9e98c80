"""A database backend for PostgreSQL with the extension Citus."""

from core.citus.schema import SchemaEditor
from core.postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
