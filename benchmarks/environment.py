"""The environment of a benchmark: a PostgreSQL server with fixed settings, and databases that the product filled."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from core.database.embedded import place
from testing.servers import serving

# All data fits into memory. As in production, a commit is on the disk before the response.
SERVER_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "fsync": "on", "synchronous_commit": "on"}
# As in production, requests and working time are counted. The limits are so high that they do not slow down a
# benchmark's few clients.
UNREACHABLE = "1000000"
THROTTLES = {"REQUESTS_PER_MINUTE": UNREACHABLE, "WORK_SECONDS_PER_MINUTE": UNREACHABLE}
PRODUCT_SETTINGS = {**THROTTLES, "ACCESS_TOKEN_MINUTES": "1440", "WEB_CONCURRENCY": "2"}
OWNER = "alice"
NO_TIME_LIMITS = {"DB_STATEMENT_TIMEOUT": "0", "DB_IDLE_IN_TRANSACTION_TIMEOUT": "0"}  # of what fills and measures


@contextmanager
def start_database(kept: Path | None = None) -> Iterator[serving.Database]:
    """Start a separate server and stop it at the end. The folder `kept` keeps its data for the next run."""
    with serving.run_database(kept) as database:
        for name, value in SERVER_SETTINGS.items():
            database.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        database.stop()
        database.start()
        yield database


def make_service(database: serving.Database, name: str = "postgres", **variables: str) -> serving.Service:
    """Return the product's service for this database of the server. It is not started yet."""
    return serving.Service(database, **PRODUCT_SETTINGS, DB_NAME=name, **variables)


def create_database(database: serving.Database, name: str) -> None:
    """Create the database unless it exists."""
    with database.connect() as link:
        if link.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            link.execute(f"CREATE DATABASE {name}")


def analyze_databases() -> None:
    """Update the statistics of all tables, as autovacuum does a minute after the first bookings.

    Until then connections check foreign keys by plans for a table of one operation: with some thousand operations, a
    booking takes twice the time of PostgreSQL.
    """
    with connect("postgres") as link:
        names = [name for (name,) in link.execute("SELECT datname FROM pg_database WHERE datallowconn").fetchall()]
    for name in names:
        with connect(name) as link:
            link.execute("VACUUM ANALYZE")


def connect(name: str) -> psycopg.Connection:
    """Connect to a database of the running server as its superuser."""
    return psycopg.connect(host=str(place.socket_folder()), user="postgres", dbname=name, autocommit=True)


def run_module(service: serving.Service, *module: str, **variables: str) -> str:
    """Run the module in a separate process on the service's database, without a time limit, and return its output."""
    command = [sys.executable, "-m", *module]
    environment = {**service.variables, **NO_TIME_LIMITS, **variables}
    done = subprocess.run(command, cwd=place.CLONE, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


def fill_shop(service: serving.Service, products: int, movements: int = 0) -> dict[str, Any]:
    """Fill the owner's shop up to these numbers by the product's services. Return its ids and counts."""
    options = ["--products", str(products), "--movements", str(movements), "--processes", str(os.cpu_count() or 1)]
    filled: dict[str, Any] = json.loads(run_module(service, "benchmarks.fill", *options))
    return filled


def sign_in(service: serving.Service, username: str = OWNER) -> str:
    """Sign in at a running service and return an access token."""
    credentials = {"username": username, "password": serving.PASSWORD}
    token: str = service.send("POST", "/api/login/", credentials).body["access"]
    return token
