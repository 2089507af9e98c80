"""Three PostgreSQL 15 servers with Citus: a coordinator and two workers, two shards, one of which keeps moving.

Needs the extension Citus for PostgreSQL 15: docs/scaling.md says how to install it.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from testing.servers import cluster
from testing.servers.cluster import Cluster
from testing.servers.grounds import DATABASE, Ground, MissingProgramError

RELEASE = 15
WORKERS, SHARDS = 2, 2
SECONDS_BETWEEN_MOVES = 60
# A test that empties the tables and the move of a shard can wait for each other, which PostgreSQL does not detect: the
# test waits for a lock, and the move waits for the end of transactions. Then the move is stopped, and another one is
# tried later.
MOVE_SECONDS = 15
TEST_SECONDS = "300"  # emptying the tables waits for a shard that is moving
SETTINGS = {
    "shared_preload_libraries": "citus",
    "wal_level": "logical",  # Citus moves shards by logical replication
    "max_prepared_transactions": "200",  # Citus uses two-phase commit for writes on two servers
    "max_worker_processes": "20",
    "max_connections": "200",
    "fsync": "off",
    "citus.node_conninfo": "sslmode=disable",
    "citus.shard_count": str(SHARDS),
}
OWN_TESTS = [
    "desk/agents/tests/test_writing.py",
    "records/history/tests/test_recording.py",
    "records/history/tests/test_routes.py",
    "inventory_api/tests/test_citus.py",
    "ops/tests/test_distribute_on_citus.py",
    "ops/tests/test_migrations_on_citus.py",
    "ops/tests/test_removal_on_citus.py",
    "ops/tests/test_worker_on_citus.py",
    "trade/sheets/tests/test_deciding.py",
    "trade/sheets/tests/test_opening.py",
    "suppliers/tests/test_erasing.py",
    "desk/evidence/tests/test_routes.py",
    "desk/takeout/tests/test_exports.py",
    "desk/takeout/tests/test_ids.py",
    "desk/takeout/tests/test_moving.py",
    "desk/takeout/tests/test_refusals.py",
    "trade/customers/tests/test_erasing.py",
    "trade/tills/tests/test_numbers.py",
    "users/leaving/tests/test_closing_shops.py",
    "users/leaving/tests/test_erasing.py",
]
EXCLUDED_TESTS = {
    "desk/reports/tests/test_levels_as_of.py::test_levels_by_recorded_are_computed_from_the_movements": (
        "it switches off the triggers of the ledger by a setting of its connection, which has no effect on the workers"
    ),
}


class CitusCluster:
    """A coordinator and its workers."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.settings = folder, {**SETTINGS, **settings}
        self.programs = find_citus()
        self.servers = ExitStack()
        self.coordinator = self.start_server("coordinator")
        self.workers = [self.start_server(f"worker{number}") for number in range(WORKERS)]

    def start_server(self, name: str) -> Cluster:
        running = cluster.run_cluster(self.folder / name, self.programs, **self.settings)
        return self.servers.enter_context(running)

    def create_database(self, name: str) -> None:
        """Create a database with the extension on every server, and add the workers to it."""
        create_database([self.coordinator.port, *(worker.port for worker in self.workers)], name)

    def move_shard(self, database: str, seconds: int = 0) -> bool:
        """Move one shard of each table, with the rows of its accounts, to the other worker. Return whether it moved.

        Give up after `seconds`. With 0, never give up.
        """
        here, there = self.workers[0].port, self.workers[1].port
        found = self.coordinator.execute(
            "SELECT shardid, nodeport FROM citus_shards WHERE table_name::text = 'stock_movement' ORDER BY 1 LIMIT 1",
            database,
        )
        if not found:
            return False  # the table is not distributed yet
        [(shard, port)] = found
        with self.coordinator.connect(database) as connection:
            connection.execute(f"SET statement_timeout = '{seconds}s'")
            connection.execute(
                f"SELECT citus_move_shard_placement({shard}, '127.0.0.1', {port}, '127.0.0.1',"
                f" {there if port == here else here}, 'force_logical')"
            )
        return True

    def variables(self, database: str) -> dict[str, str]:
        """Return the variables of a service that uses the database."""
        port = str(self.coordinator.port)
        return {"DB_HOST": "127.0.0.1", "DB_PORT": port, "DB_NAME": database, "DB_USER": "postgres", "DB_CITUS": "on"}


def create_database(ports: list[int], name: str) -> None:
    """Create a database with the extension on the servers of these ports, the coordinator first.

    Connect the servers.
    """
    coordinator, *workers = ports
    for port in ports:
        create_extension(port, name)
    execute(coordinator, f"SELECT citus_set_coordinator_host('127.0.0.1', {coordinator})", name)
    for worker in workers:
        execute(coordinator, f"SELECT citus_add_node('127.0.0.1', {worker})", name)


def create_extension(port: int, database: str) -> None:
    """Create the database with the extension on one server."""
    execute(port, f"CREATE DATABASE {database}")
    execute(port, "CREATE EXTENSION citus", database)


def drop_database(ports: list[int], name: str) -> None:
    """Drop the database on the servers of these ports, if it exists."""
    for port in ports:
        execute(port, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def execute(port: int, statement: str, database: str = "postgres") -> None:
    with psycopg.connect(f"postgres://postgres@127.0.0.1:{port}/{database}", autocommit=True) as connection:
        connection.execute(statement)


def find_citus() -> Path:
    """Return the folder of PostgreSQL's programs. Raise MissingProgramError if they lack Citus."""
    programs = cluster.find_programs(RELEASE)
    if not list(programs.parent.glob("lib/citus.so")):
        raise MissingProgramError(
            f"The extension Citus is not installed for PostgreSQL {RELEASE} (see docs/scaling.md)."
        )
    return programs


@contextmanager
def run_citus(folder: Path, **settings: str) -> Iterator[CitusCluster]:
    """Run a cluster in the folder. Stop it at the end."""
    started = CitusCluster(folder, **settings)
    try:
        yield started
    finally:
        started.servers.close()


@contextmanager
def moving_shards(citus: CitusCluster, database: str) -> Iterator[None]:
    """Move a shard from worker to worker until the block ends."""
    is_over, moves = threading.Event(), 0

    def move() -> None:
        nonlocal moves
        while not is_over.wait(SECONDS_BETWEEN_MOVES):
            with suppress(psycopg.Error):
                moves += citus.move_shard(database, MOVE_SECONDS)

    mover = threading.Thread(target=move, daemon=True)
    mover.start()
    try:
        yield
    finally:
        is_over.set()
        mover.join()
        print(f"A shard moved {moves} times meanwhile.")


@contextmanager
def run() -> Iterator[Ground]:
    with cluster.run_folder() as folder, run_citus(folder) as citus:
        citus.create_database(DATABASE)
        with moving_shards(citus, DATABASE):
            tests = {"DB_LOCK_TIMEOUT": TEST_SECONDS, "DB_STATEMENT_TIMEOUT": TEST_SECONDS}
            yield Ground(folder, citus.variables(DATABASE), tests, commands=[["distribute"]])
