"""PgBouncer of any release between the service and one PostgreSQL server: `DB_POOLER=on`.

Four connections to the server serve the eight threads of the service. The role has the parameters that the service sets
without a pooler. Commands and the test process connect to the server itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from core.database.settings import PLANNING, TimeLimits
from testing.servers import cluster, pgbouncer
from testing.servers.grounds import DATABASE, Ground

ROLE = "inventory"
PARAMETERS = TimeLimits(statement=5, lock=3, idle_in_transaction=10).as_parameters() | PLANNING


@contextmanager
def run() -> Iterator[Ground]:
    pgbouncer.find_pgbouncer()
    with run_pooled("on") as ground:
        yield ground


@contextmanager
def run_pooled(mode: str) -> Iterator[Ground]:
    """Run the servers for this value of DB_POOLER."""
    with cluster.run_folder() as folder, cluster.run_cluster(folder / "server") as server:
        server.execute(f"CREATE ROLE {ROLE} LOGIN")
        # A test damages the ledger with this permission.
        server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
        server.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        for name, value in PARAMETERS.items():
            server.execute(f"ALTER ROLE {ROLE} SET {name} = '{value}'")
        direct = server.url(DATABASE, ROLE)
        address = pgbouncer.Server(server.folder, server.port)
        with pgbouncer.run_pgbouncer(folder / "pooler", address, DATABASE, ROLE, mode == "prepared") as pooler:
            yield Ground(
                folder,
                {"DATABASE_URL": pooler.url(), "DIRECT_DATABASE_URL": direct, "DB_POOLER": mode},
                tests={"DATABASE_URL": direct, "DB_POOLER": "off"},
                commands=[["check", "--deploy", "--fail-level", "WARNING"]],
            )
