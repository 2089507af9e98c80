"""One PostgreSQL server, which is the embedded one. The service connects to it directly."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.database.embedded import place
from testing.servers import serving
from testing.servers.grounds import DATABASE, Ground


@contextmanager
def run(migrated: bool = False) -> Iterator[Ground]:
    """Run the server. With `migrated`, the database has all tables of the service."""
    with serving.run_database(migrated=migrated) as database:
        database.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {'postgres' if migrated else 'template1'}")
        yield Ground(
            database.folder, {"DB_HOST": str(place.socket_folder()), "DB_NAME": DATABASE, "DB_USER": "postgres"}
        )
