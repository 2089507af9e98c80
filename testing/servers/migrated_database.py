"""A database of the embedded server with all tables of the service. The tests' databases are copies of it.

Its name changes with the migrations and the requirements.
"""

from django.core.management import call_command
from django.db import connection

from core.database.embedded import place
from testing.servers import migrated_files
from testing.servers.databases import connect_to, use_database

UNFINISHED = "unfinished_migrated"


def make() -> str:
    """Create the database if it does not exist. Return its name."""
    name = migrated_files.find_files(place.home()).name.replace("-", "_")
    connection.ensure_connection()  # connecting starts the server
    with migrated_files.lock(place.home()), connect_to("postgres") as server:
        found = {row[0] for row in server.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'migrated\_%'")}
        if name not in found:
            for outdated in found:
                server.execute(f"DROP DATABASE {outdated}")
            server.execute(f"DROP DATABASE IF EXISTS {UNFINISHED}")
            server.execute(f"CREATE DATABASE {UNFINISHED}")
            with use_database(UNFINISHED):
                call_command("migrate", verbosity=0)
            server.execute(f"ALTER DATABASE {UNFINISHED} RENAME TO {name}")
    return name
