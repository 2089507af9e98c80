"""Read from a backup which tables it has and which migrations it has recorded, without restoring it.

pg_restore writes the statements of a backup as text. In its CREATE TABLE, each column is a line of its own.
"""

import re
from collections.abc import Iterator

from core.database.drift import Column, list_models, name_differences

TABLE = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (?:\S+\.)?(\w+) \(\n(.*?)\n\)", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r'^    (?!CONSTRAINT )"?(\w+)"? (.*?),?$', re.MULTILINE)
HAS_DEFAULT = re.compile(r" (DEFAULT|GENERATED) ")
MIGRATION = re.compile(r"^\d+\t(\w+)\t(\w+)\t", re.MULTILINE)  # a row of the table django_migrations


def describe_drift(schema: str, migrations: str) -> str:
    """Return in words how the tables differ from the recorded migrations. Both texts are of pg_restore."""
    return name_differences(list_models(MIGRATION.findall(migrations)), list_columns(schema))


def list_columns(schema: str) -> Iterator[Column]:
    """Yield the columns of all tables that these statements create."""
    for table, lines in TABLE.findall(schema):
        for name, definition in COLUMN.findall(lines):
            yield Column(table, name, "NOT NULL" in definition and not HAS_DEFAULT.search(definition))
