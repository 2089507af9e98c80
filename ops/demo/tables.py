"""Create the tables of the demo."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from core.database.embedded.place import is_created

EMPTY = Path(__file__).with_name("empty.dump")  # a backup of an empty database of the last release


def create_tables() -> None:
    """Migrate the database. A new one first restores a backup, which is much faster than executing all migrations."""
    if is_created():
        call_command("migrate", verbosity=0)
    else:
        call_command("restore", EMPTY, stdout=StringIO())
