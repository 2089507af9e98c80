"""One PostgreSQL server, which is the embedded one. The service connects to it directly."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.database.embedded import place
from testing import serving
from testing.grounds import DATABASE, Ground


@contextmanager
def run() -> Iterator[Ground]:
    with serving.run_database() as database:
        database.execute(f"CREATE DATABASE {DATABASE}")
        yield Ground(
            database.folder, {"DB_HOST": str(place.socket_folder()), "DB_NAME": DATABASE, "DB_USER": "postgres"}
        )
