"""What a benchmark stands on: a PostgreSQL server with the settings below, and databases that the product filled."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.embedded_postgres import place
from testing import serving

# All data fits into memory; a commit is on the disk before it is answered, as in production.
SERVER_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "fsync": "on", "synchronous_commit": "on"}
# Production's settings. Requests and time are counted, but the few clients of a benchmark may ask as often as they can.
NEVER_REACHED = "1000000"
THROTTLES = {"REQUESTS_PER_MINUTE": NEVER_REACHED, "WORK_SECONDS_PER_MINUTE": NEVER_REACHED}
PRODUCT_SETTINGS = {**THROTTLES, "ACCESS_TOKEN_MINUTES": "1440", "WEB_CONCURRENCY": "2"}
OWNER = "alice"


@contextmanager
def ground(kept: Path | None = None) -> Iterator[serving.Database]:
    """A server of its own, stopped in the end; `kept` is a folder that keeps its data for the next time."""
    with serving.database(kept) as database:
        for name, value in SERVER_SETTINGS.items():
            database.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        database.stop()
        database.start()
        yield database


def product(database: serving.Database, name: str = "postgres", **variables: str) -> serving.Service:
    """The product on this database of the server, not started yet."""
    return serving.Service(database, **PRODUCT_SETTINGS, DB_NAME=name, **variables)


def create_database(database: serving.Database, name: str) -> None:
    """Unless it is there already."""
    with database.connect() as link:
        if link.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            link.execute(f"CREATE DATABASE {name}")


def run(service: serving.Service, *module: str, **variables: str) -> str:
    """What the module prints that runs in a process of its own on the service's database, without a time limit."""
    command = [sys.executable, "-m", *module]
    environment = {**service.variables, "DB_STATEMENT_TIMEOUT": "0", **variables}
    done = subprocess.run(command, cwd=place.CLONE, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


def fill(service: serving.Service, products: int, movements: int = 0) -> dict[str, Any]:
    """Have the product's own services fill the owner's shop, unless it is full already; what is there then."""
    asked = ["--products", str(products), "--movements", str(movements), "--processes", str(os.cpu_count() or 1)]
    filled: dict[str, Any] = json.loads(run(service, "benchmarks.fill", *asked))
    return filled


def sign_in(service: serving.Service, username: str = OWNER) -> str:
    """An access token of a running service."""
    credentials = {"username": username, "password": serving.PASSWORD}
    token: str = service.ask("POST", "/api/login/", credentials).body["access"]
    return token
